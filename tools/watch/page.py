"""The measured part of docs/watch.md, and its table of rules."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from security.monitor.rules import Rule
from tools.watch.attacks import read_list
from tools.watch.month import Found, Month
from tools.watch.people import LEARNING
from tools.watch.picture import words

BEGIN, END = "<!-- {}: written by make watch-report -->", "<!-- end -->"


def put(path: Path, part: str, lines: Sequence[str]) -> None:
    """Replace one part of a page. Raises `ValueError` where the page does not have it."""
    text = path.read_text("utf-8")
    begin = BEGIN.format(part)
    before, found, rest = text.partition(begin)
    _, closed, after = rest.partition(END)
    if not found or not closed:
        raise ValueError(f"{path.name} has no part {part}")
    path.write_text(f"{before}{begin}\n{chr(10).join(lines)}\n{END}{after}", "utf-8")


def rules_of(rules: Sequence[Rule]) -> Iterator[str]:
    """Yield the table of rules."""
    yield "| rule | what it sees | level | ATT&CK | by itself |"
    yield "|---|---|---|---|---|"
    for rule in rules:
        techniques = [tag.removeprefix("attack.").upper() for tag in rule.tags if ".t" in tag]
        does = [words(one.value) for one in rule.response]
        yield (
            f"| `{rule.name}` | {rule.description} | {rule.level} | {', '.join(techniques)}"
            f" | {', '.join(does)} |"
        )


def measured(months: Sequence[Month]) -> Iterator[str]:
    """Yield what was measured; the first month is the one of the picture."""
    yield f"Each month begins after {LEARNING} days in which the watch learns what is usual. The"
    yield "rate of false alarms is in 1,000 sessions."
    yield ""
    yield "| month | people | sessions | records | attacks | seen | false alarms | rate |"
    yield "|---|---|---|---|---|---|---|---|"
    for number, one in enumerate(months, start=1):
        seen = sum(bool(found.alerts) for found in one.found)
        yield (
            f"| {number} | {one.people:,} | {one.sessions:,} | {one.records:,} | {len(one.found)}"
            f" | {seen} ({one.detected:.1%}) | {len(one.false)} | {one.false_rate:.2f} |"
        )
    yield ""
    yield from _by_attack([found for one in months for found in one.found])
    yield ""
    alarms = Counter(alert.rule for one in months for alert, _ in one.false)
    said = ", ".join(f"`{rule}` {count}" for rule, count in alarms.most_common())
    yield f"False alarms of all months, by rule: {said or 'none'}."


def _by_attack(found: Sequence[Found]) -> Iterator[str]:
    yield "| attack | what is done | seen | events until then | time until then |"
    yield "|---|---|---|---|---|"
    for listed in read_list():
        mine = [one for one in found if one.planted.how == listed["how"]]
        seen = [one for one in mine if one.alerts]
        events = f"{statistics.median(one.events for one in seen):.0f}" if seen else "–"
        time = _span(statistics.median(one.seconds for one in seen)) if seen else "–"
        yield (
            f"| {words(listed['how'])} | {listed['what']} | {len(seen)} of {len(mine)}"
            f" | {events} | {time} |"
        )


def _span(seconds: float) -> str:
    for size, name in ((3_600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds / size:.1f} {name}"
    return f"{seconds:.0f} s"
