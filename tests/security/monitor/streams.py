"""Streams of records for the watch: short to write, numbered and timed as on the trail."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from security.monitor.alerts import Alert
from security.monitor.engine import Engine
from security.monitor.rules import Rule, read_rules
from security.monitor.seen import Seen, seen

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
RULES = {rule.name: rule for rule in read_rules()}

TAG = "a:b:c"
FAILED, PASSED = "sign_in:password:fail", "sign_in:password:pass"
DENY, ALLOW = "operation:guard:deny", "operation:guard:allow"


def at(seconds: float, tag: str, **fields: Any) -> dict[str, Any]:
    """Return one record, so many seconds after the start."""
    return {"at": seconds, "tag": tag, "tenant": "acme", **fields}


def each(count: int, seconds: float, tag: str, **fields: Any) -> list[dict[str, Any]]:
    """Return records so many seconds apart; `#` in a text is the record's number."""
    return [
        at(
            number * seconds,
            tag,
            **{
                key: value.replace("#", str(number)) if isinstance(value, str) else value
                for key, value in fields.items()
            },
        )
        for number in range(count)
    ]


def later(seconds: float, records: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the same, later."""
    return [{**one, "at": one["at"] + seconds} for one in records]


def numbered(records: Iterable[dict[str, Any]]) -> list[Seen]:
    """Number records as one writer does; one that has a `sequence` keeps it."""
    told, sequence = [], 0
    for one in records:
        sequence = one.get("sequence", sequence + 1)
        moment = (START + timedelta(seconds=one["at"])).isoformat(timespec="microseconds")
        told.append(seen({**one, "at": moment, "sequence": sequence}))
    return told


def alerts_of(rules: Iterable[Rule], records: Iterable[dict[str, Any]]) -> list[Alert]:
    """Return what these rules say of a stream."""
    engine = Engine(list(rules))
    return [alert for one in numbered(records) for alert in engine.feed(one)]


def fired(name: str, records: Iterable[dict[str, Any]]) -> list[Alert]:
    """Return what one rule of the table says of a stream."""
    return alerts_of([RULES[name]], records)


def rule_of(correlation: dict[str, Any] | None, **other: Any) -> Rule:
    """Return a rule about `TAG`."""
    return Rule.model_validate(
        {
            "title": "A rule",
            "name": "of_the_test",
            "id": uuid4(),
            "status": "test",
            "description": "Sees what the test makes.",
            "logsource": {"product": "gatehouse", "service": "trail"},
            "detection": {"selection": {"tag": TAG}, "condition": "selection"},
            "correlation": correlation,
            "level": "low",
            "tags": ["attack.t1110"],
            "falsepositives": ["the test"],
            "response": ["notify"],
            "steps_to_take": "Look at the test.",
            **other,
        }
    )


def counting(kind: str, least: int, **other: Any) -> Rule:
    """Return a rule that counts what one person does within a minute."""
    condition = {"gte": least, **({"field": "value"} if kind != "event_count" else {})}
    spec = {"type": kind, "group-by": ["who"], "timespan": "60s", "condition": condition}
    return rule_of({**spec, **other})
