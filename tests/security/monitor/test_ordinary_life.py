"""What the rules are made of is really written, and ordinary days raise none of them."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import fields
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

import pytest

from security.audit.record import AuditEvent, Tag
from security.monitor.engine import Engine
from security.monitor.seen import Seen
from tests.security.monitor.streams import RULES
from tools.watch.life import Life, Record
from tools.watch.month import START
from tools.watch.people import everybody

PROJECT = Path(__file__).resolve().parents[3]
DAYS = 6
EVERY = 4
"""Of four people one is enough for a test; `make watch-report` has all of them, for months."""

FIELDS = {field.name for field in fields(AuditEvent)} | {"who", "sequence", "tag"}
PUT_TOGETHER = {
    "code_sms": 'f"{row.kind}_{row.channel}"',
    "policy": "policy:",
    "badsignatureerror": "Unreadable(type(error).__name__)",
}
"""Reasons that stand in no source as they are, and what they are made of."""


@cache
def _source() -> str:
    """Return all that may write a record: security's own code, and what manifests let pass."""
    rooms = [*PROJECT.glob("security/**/*.py"), *PROJECT.glob("security/operations/*.yml")]
    without = {"tags.py", "kinds.py", "ocsf.py", "schema.py", "reported.py"}
    # Reasons of refused tokens are written as sentences, in the verifier and at the APIs' door.
    rooms.append(PROJECT / "apis" / "common" / "caller.py")
    texts = [path.read_text("utf-8") for path in rooms if path.name not in without]
    return "\n".join(texts)


@cache
def _days() -> tuple[Counter[str], Counter[str]]:
    """Return the alerts of ordinary days by rule, and the records by tag."""
    random = Random(71)
    people, life = list(everybody(random))[::EVERY], Life(random)
    told: list[Record] = []
    for day in range(DAYS):
        for person in people:
            told += life.of_day(person, day)
    told.sort(key=lambda one: float(one["at"]))
    engine, alerts = Engine(list(RULES.values())), Counter[str]()
    for number, said in enumerate(told, start=1):
        who = said.get("actor") or said.get("person")
        known = {key: value for key, value in said.items() if value is not None}
        record = {**known, "sequence": number, **({"who": who} if who else {})}
        at = START + said["at"]
        alerts.update(alert.rule for alert in engine.feed(Seen(record, at, "1", number)))
    return alerts, Counter(str(one["tag"]) for one in told)


@pytest.mark.parametrize("name", sorted(RULES))
def test_ordinary_days_do_not_raise_it(name: str) -> None:
    """Issue 9.4: quiet on ordinary traffic. An emergency is no attack, and is told all the same."""
    alerts, _ = _days()
    assert alerts[name] == 0 or name == "break_glass"


def test_the_days_are_not_empty() -> None:
    """They hold mistakes: wrong passwords and codes, denials, late tickets, first payees."""
    _, tags = _days()
    assert sum(tags.values()) > 20_000
    touched = {name for name, rule in RULES.items() if (rule.tags_on_trail() or set()) & set(tags)}
    assert len(touched) >= 20
    for tag in (Tag.PASSWORD_FAILED, Tag.CHALLENGE_FAILED, Tag.OPERATION_DENIED):
        assert tags[tag.value] > 10


def _named(rule: Any) -> set[str]:
    said = {key for name, one in rule.detection.items() if name != "condition" for key in one}
    spec = rule.correlation
    bound = {spec.condition.field} if spec and spec.condition and spec.condition.field else set()
    grouped = {*spec.group_by, *spec.peers} if spec else set()
    return {key.partition("|")[0] for key in said} | bound | grouped


@pytest.mark.parametrize("name", sorted(RULES))
def test_it_looks_at_what_a_record_has(name: str) -> None:
    """A rule over a field that no record has would watch nothing."""
    assert _named(RULES[name]) <= FIELDS


@pytest.mark.parametrize("name", sorted(RULES))
def test_something_writes_each_tag_that_it_looks_for(name: str) -> None:
    """ASVS 16.3.2: not only named in the list of tags, but put on the trail by a service."""
    for tag in RULES[name].tags_on_trail() or ():
        assert f"Tag.{Tag(tag).name}" in _source(), tag


@pytest.mark.parametrize("name", sorted(RULES))
def test_something_writes_each_reason_that_it_looks_for(name: str) -> None:
    """A reason that was renamed in a service takes the rule with it."""
    for selection in (one for one in RULES[name].detection.values() if isinstance(one, dict)):
        given = selection.get("reason", selection.get("reason|startswith", ()))
        for reason in [given] if isinstance(given, str) else given:
            made = PUT_TOGETHER.get(reason, f'"{reason}"')
            sentence = re.sub("_", "[ _]", reason)
            found = made in _source() or re.search(rf"\b{sentence}\b", _source(), re.IGNORECASE)
            assert found, reason
