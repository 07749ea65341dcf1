"""Holds each record against the rules. Pure: the only clock is that of the records."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from security.monitor.alerts import Alert
from security.monitor.detection import Test
from security.monitor.groups import Groups, Piece
from security.monitor.outliers import Outlier, key_of
from security.monitor.rules import Bound, Correlation, Rule
from security.monitor.seen import Seen
from security.monitor.windows import (
    ClockJump,
    EventCount,
    Evidence,
    Gap,
    Key,
    NewValue,
    Ordered,
    ValueCount,
    Window,
)

Windows = Mapping[str, Callable[[Correlation, Bound], Window]]
WINDOWS: Windows = {
    "event_count": EventCount,
    "value_count": ValueCount,
    "new_value": NewValue,
    "outlier": Outlier,
    "gap": lambda _spec, _bound: Gap(),
    "clock_jump": lambda spec, _bound: ClockJump(spec),
}
_PERSONAL = frozenset({"who", "person", "actor", "session"})
_ALONE = ("tenant", "who", "session")
"""What a rule without a correlation is quiet for, each of them there or not."""


class Each:
    """No correlation: each record that matches is an alert."""

    def add(self, key: Key, record: Seen, piece: Piece, matches: bool) -> Evidence | None:
        """See `security.monitor.windows.Window`."""
        return [piece]


@dataclass(slots=True)
class _Quiet:
    until: float = float("-inf")


@dataclass(frozen=True)
class _Running:
    """A rule with what it remembers."""

    rule: Rule
    matches: Test
    learns: Test | None
    window: Window
    group_by: tuple[str, ...]
    quiet: Groups[_Quiet] = field(default_factory=lambda: Groups(_Quiet))


class Engine:
    """All rules over one stream of records."""

    def __init__(self, rules: Sequence[Rule], windows: Windows = WINDOWS) -> None:
        """`windows` are the correlations by their type."""
        self._anywhere: list[_Running] = []
        self._by_tag: dict[str, list[_Running]] = {}
        for rule in rules:
            running, tags = _run(rule, windows), rule.tags_on_trail()
            if tags is None:
                self._anywhere.append(running)
            for tag in tags or ():
                self._by_tag.setdefault(tag, []).append(running)

    def feed(self, record: Seen) -> list[Alert]:
        """Return the alerts that this record raises; the next record comes after it."""
        alerts = []
        for running in (*self._by_tag.get(record.fields.get("tag", ""), ()), *self._anywhere):
            alert = _held_against(running, record)
            if alert is not None:
                alerts.append(alert)
        return alerts


def _held_against(running: _Running, record: Seen) -> Alert | None:
    matches = running.matches(record.fields)
    if not matches and (running.learns is None or not running.learns(record.fields)):
        return None
    key = key_of(record, running.group_by)
    if None in key and running.group_by is not _ALONE:
        return None
    said = record.fields
    piece = Piece(record.at, record.reference, said.get("session"), said.get("origin"))
    evidence = running.window.add(key, record, piece, matches)
    if evidence is None:
        return None
    quiet = running.quiet.of(key)
    if record.at < quiet.until:
        return None
    quiet.until = record.at + running.rule.quiet.total_seconds()
    return _alert(running, record, evidence, key)


def _alert(running: _Running, record: Seen, evidence: Evidence, key: Key) -> Alert:
    rule, fields = running.rule, record.fields
    # Grouped by a network or an organisation, it is about no one person.
    personal = bool(_PERSONAL & set(running.group_by))
    sessions = dict.fromkeys(piece.session for piece in evidence if piece.session is not None)
    origins = dict.fromkeys(piece.origin for piece in evidence if piece.origin is not None)
    return Alert(
        rule=rule.name,
        title=rule.title,
        level=rule.level,
        at=record.moment,
        tenant=fields.get("tenant"),
        who=fields.get("who") if personal else None,
        origin=next(iter(origins)) if len(origins) == 1 else None,
        origins=tuple(origins),
        sessions=tuple(sessions),
        evidence=tuple(piece.reference for piece in evidence),
        responses=rule.response,
        group=dict(zip(running.group_by, key, strict=True)),
        quiet_seconds=rule.quiet.total_seconds(),
    )


def _run(rule: Rule, windows: Windows) -> _Running:
    spec, selections = rule.correlation, rule.selections()
    if spec is None:
        return _Running(rule, rule.matcher(), None, Each(), _ALONE)
    learns = selections[spec.learns] if spec.learns else None
    return _Running(rule, rule.matcher(), learns, _window(spec, selections, windows), spec.group_by)


def _window(spec: Correlation, selections: dict[str, Test], windows: Windows) -> Window:
    if spec.type == "temporal_ordered":
        return Ordered(spec, [selections[step] for step in spec.steps])
    return windows[spec.type](spec, spec.condition or Bound(gte=1))
