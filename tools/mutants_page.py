"""The page of `make mutants`: what was killed, and what lives for which reason."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

_HEAD = """# Mutants

Written by `make mutants`, which changes the rules of `security/` one small thing at a time
(mutmut) and runs the tests that touch each change; whoever lives meets all tests of the group. A
mutant is killed where a test fails or, as a column of its own tells, does not end, twice. Which
rules and tests belong together, and why a survivor may live, stands in
[`tools/mutants.yml`](../tools/mutants.yml). Of a group with fewer tried than made a sample was run:
one in five (`make mutants SAMPLE=1`). A group that is not listed has not been run yet.

| rules | made | tried | killed | share | endless | minutes |
|---|---:|---:|---:|---:|---:|---:|
"""


@dataclass(frozen=True)
class Survivor:
    """A change that no test noticed."""

    where: str
    was: str
    becomes: str
    why: str
    """The reason why it may live; empty where nobody has given one."""


@dataclass(frozen=True)
class Group:
    """What came of one group of rules."""

    name: str
    made: int
    tried: int
    killed: int
    endless: int
    """How many of the killed were killed by a test that did not end."""

    seconds: float
    survivors: tuple[Survivor, ...]

    @property
    def share(self) -> float:
        """The share of the tried mutants that were killed, of 1."""
        return self.killed / self.tried if self.tried else 1.0

    @property
    def unexplained(self) -> list[Survivor]:
        """The survivors without a reason."""
        return [each for each in self.survivors if not each.why]


def page(groups: Iterable[Group]) -> str:
    """Return the page, Markdown."""
    every = list(groups)
    total = Group(
        "**all**",
        sum(each.made for each in every),
        sum(each.tried for each in every),
        sum(each.killed for each in every),
        sum(each.endless for each in every),
        sum(each.seconds for each in every),
        (),
    )
    rows = "".join(_row(each) for each in (*every, total))
    return _HEAD + rows + "\n## Survivors\n" + "".join(_survivors(every)).rstrip("\n") + "\n"


def _row(group: Group) -> str:
    minutes = group.seconds / 60
    share = f"{100 * group.share:.1f} %"
    counts = f"{group.made} | {group.tried} | {group.killed}"
    numbers = f"{counts} | {share} | {group.endless} | {minutes:.0f}"
    return f"| {group.name} | {numbers} |\n"


def _survivors(groups: Iterable[Group]) -> Iterator[str]:
    for group in groups:
        if not group.survivors:
            continue
        yield f"\n### {group.name}\n\n| where | from | to | why it lives |\n|---|---|---|---|\n"
        for each in group.survivors:
            why = each.why or "**no reason given**"
            yield f"| `{each.where}` | {_code(each.was)} | {_code(each.becomes)} | {why} |\n"


def _code(text: str) -> str:
    short = text if len(text) <= 120 else text[:119] + "…"
    quoted = short.replace("|", "\\|").replace("`", "'")
    return f"`` {quoted} ``" if quoted else ""
