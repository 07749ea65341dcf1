"""The page of `make compliance`: each requirement, the tests that show it, what they came to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from tools.compliance_rows import STATES, Catalogue, Row, Verdict

_HEAD = """# What the tests show of which requirement

Written by `make compliance` from [the catalogues](../tools/requirements/) and the last outcome
of each test. A row is **shown** when at least one of its tests passed and none failed; a row
without a passing test says so. The words are ours and short: what a standard asks for exactly
stands there. That a row is shown makes nobody compliant: an assessor judges an installation,
with its settings, its people and its operator.

{when}

<picture>
  <source media="(prefers-color-scheme: dark)" srcset="pictures/compliance-dark.svg">
  <img alt="How much of each standard is shown" src="pictures/compliance-light.svg">
</picture>

"""
_ROWS_SHOWN = 3
_FILES_SHOWN = 6
_RUNS_SHOWN = 4


@dataclass(frozen=True)
class Run:
    """One run of tests, and how many of the outcomes are from it."""

    at: str
    commit: str
    tests: int


def page(
    catalogues: Iterable[Catalogue], verdicts: Mapping[str, Verdict], runs: Iterable[Run]
) -> str:
    """Return the page, Markdown."""
    every = list(catalogues)
    parts = [_HEAD.format(when=_when(list(runs))), *_summary(every, verdicts)]
    for catalogue in every:
        parts += _standard(catalogue, verdicts)
    return "".join(parts).rstrip("\n") + "\n"


def _when(runs: list[Run]) -> str:
    if not runs:
        return "**No test has been run**: every row that has tests says “not run”."
    total = sum(run.tests for run in runs)
    told = "; ".join(
        f"{run.at} on `{run.commit}` ({run.tests:,} tests)" for run in runs[:_RUNS_SHOWN]
    )
    others = f"; and {len(runs) - _RUNS_SHOWN} smaller runs" if len(runs) > _RUNS_SHOWN else ""
    return f"The outcomes of {total:,} tests, from the run of {told}{others}."


def _summary(catalogues: list[Catalogue], verdicts: Mapping[str, Verdict]) -> Iterator[str]:
    yield f"| | rows | {' | '.join(STATES)} |\n|---|---:|{'---:|' * len(STATES)}\n"
    for catalogue in catalogues:
        said = Counter(verdicts[row.id].state for row in catalogue.rows)
        figures = " | ".join(str(said[state] or "–") for state in STATES)
        anchor = _anchor(catalogue.title)
        yield f"| [{catalogue.title}](#{anchor}) | {len(catalogue.rows)} | {figures} |\n"


def _anchor(title: str) -> str:
    kept = "".join(c for c in title.lower() if c.isalnum() or c in "-_ ")
    return kept.replace(" ", "-")


def _standard(catalogue: Catalogue, verdicts: Mapping[str, Verdict]) -> Iterator[str]:
    yield f"\n## {catalogue.title}\n\n{catalogue.about} [The text]({catalogue.link})\n"
    for state in ("failing", "not shown", "skipped", "not run"):
        ids = [row.label for row in catalogue.rows if verdicts[row.id].state == state]
        if ids:
            yield f"\n**{state.capitalize()}**: {', '.join(ids)}.\n"
    for chapter in catalogue.chapters:
        levels = any(row.level for row in chapter.rows)
        yield f"\n### {chapter.title}\n\n"
        yield f"| id |{' level |' if levels else ''} what | state | tests |\n"
        yield f"|---|{'---|' if levels else ''}---|---|---|\n"
        for row in chapter.rows:
            level = f" {row.level} |" if levels else ""
            yield f"| {row.label} |{level} {_what(row)} | {_state(verdicts[row.id])} |"
            yield f" {_tests(verdicts[row.id])} |\n"


def _what(row: Row) -> str:
    reason = f"Not applicable: {row.not_applicable}." if row.not_applicable else ""
    operator = f"Operator: {row.operator}." if row.operator else ""
    more = " ".join(part for part in (reason, operator, row.note) if part)
    return f"{row.says}<br>*{more}*" if more else row.says


def _state(verdict: Verdict) -> str:
    return verdict.state if verdict.state in ("shown", "not applicable") else f"**{verdict.state}**"


def _tests(verdict: Verdict) -> str:
    if not verdict.tests:
        return "–"
    words = ("passed", "failed", "skipped", "not run")
    told = ", ".join(f"{verdict.counts[w]} {w}" for w in words if verdict.counts.get(w))
    if len(verdict.tests) <= _ROWS_SHOWN:
        lines = [_link(test) for test in verdict.tests]
    else:
        files = Counter(test.partition("::")[0] for test in verdict.tests).most_common()
        lines = [f"{_link(file)} {count}" for file, count in files[:_FILES_SHOWN]]
        more = len(files) - _FILES_SHOWN
        lines += [f"and {more} more files"] if more > 0 else []
    return f"<details><summary>{told}</summary>{'<br>'.join(lines)}</details>"


def _link(test: str) -> str:
    file, _, name = test.partition("::")
    short = name or file.removeprefix("tests/")
    return f"[{short}](../{file})"
