"""Whatever comes together, in whatever order: the trail is what lasts, without a gap."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection

from security.adapters import audit_log, savepoints
from security.adapters.database import Database
from security.audit.chain import Whole, verify_chain
from security.audit.record import AuditEvent, Tag
from security.errors import Refused
from tests.security.adapters.gathered import core, together
from tests.security.fakes import NOW
from tests.security.world import World


@pytest.fixture(autouse=True)
def no_hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """A busy machine ends no transaction early."""
    monkeypatch.setattr(savepoints, "LONGEST_SECONDS", 60)


KINDS = st.sampled_from(["add", "fail", "refuse", "read", "inner"])


@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(KINDS, min_size=2, max_size=12))
def test_whatever_comes_together_the_trail_is_what_lasts(world: World, kinds: list[str]) -> None:
    """ASVS 16.4.2: no gap, nothing of who failed, everything of who did not."""
    database, before = world.core.database, len(world.records())

    def work_of(place: int, kind: str) -> Callable[[Connection], Any]:
        def note(connection: Connection) -> None:
            audit_log.append(connection, AuditEvent(Tag.STARTED, reason=f"{place}-{kind}"), NOW)

        def work(connection: Connection) -> None:
            note(connection)
            if kind == "read":  # What was added is written before it is read.
                audit_log.head(connection)
                note(connection)
            if kind == "inner":
                nested = connection.begin_nested()
                note(connection)
                audit_log.head(connection)
                note(connection)
                nested.rollback()
                note(connection)
            if kind == "fail":
                raise KeyError("not foreseen")
            if kind == "refuse":
                raise Refused("forbidden")

        return work

    works = [work_of(place, kind) for place, kind in enumerate(kinds)]
    asyncio.run(_all(database, works))
    count = {"add": 1, "fail": 0, "refuse": 1, "read": 2, "inner": 2}
    expected = [f"{n}-{kind}" for n, kind in enumerate(kinds) for _ in range(count[kind])]
    records = world.records()
    assert isinstance(verify_chain(records), Whole)
    assert [_reason(one) for one in records[before:]] == expected


async def _all(database: Database, works: list[Callable[[Connection], Any]]) -> None:
    await together(database, *core(database, *works))


def _reason(record: bytes) -> str:
    return record.partition(b'"reason":"')[2].partition(b'"')[0].decode()
