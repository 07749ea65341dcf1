"""GDPR 5(1)(e): conversations that fell silent go whole, by the day of their last turn."""

from __future__ import annotations

from pathlib import Path

import pytest

from dialogue import event_table, server_table
from dialogue.event_table import BATCH, EventTable, StoreDown, today
from dialogue.sealing import seal
from tests.support.postgres import OWNER

from .tables import KEY, Elsewhere, MakeTable, Today, fill


@pytest.mark.both_databases
@pytest.mark.parametrize(("days", "there"), [(90, True), (91, True), (92, False)])
async def test_a_conversation_goes_when_it_has_been_silent_for_long(
    table: EventTable, elsewhere: Elsewhere, calendar: Today, days: int, there: bool
) -> None:
    """GDPR 5(1)(e): by its last turn, and whole: also the turns of somebody whose key is gone."""
    await fill(table, "c", 2, key=b"destroyed" + bytes(23))
    calendar.day += days
    await fill(table, "d", 1)
    assert await table.forget_silent(91) == (0 if there else 2)
    kept = elsewhere.run("SELECT DISTINCT conversation FROM events ORDER BY 1")
    assert kept == ([("c",), ("d",)] if there else [("d",)])
    assert await table.last_turns(KEY, "d") == [(1, b"d1")]


@pytest.mark.both_databases
async def test_a_conversation_that_goes_on_loses_no_turn(
    table: EventTable, calendar: Today
) -> None:
    """One row of it is old, one is not: a gap could not be read."""
    await table.append(KEY, "c", 1, b"c1")
    calendar.day += 92
    await table.append(KEY, "c", 2, b"c2")
    assert await table.forget_silent(91) == 0
    assert await table.last_turns(KEY, "c") == [(1, b"c1"), (2, b"c2")]


@pytest.mark.both_databases
async def test_what_is_forgotten_goes_in_batches(
    table: EventTable, elsewhere: Elsewhere, calendar: Today
) -> None:
    count = BATCH + 3
    for number in range(count):
        await table.append(KEY, f"c{number}", 1, b"")
    calendar.day += 92
    assert await table.forget_silent(91) == count
    assert elsewhere.run("SELECT count(*) FROM events") == [(0,)]


@pytest.mark.both_databases
async def test_what_an_earlier_version_has_kept_counts_from_now(
    make_table: MakeTable, elsewhere: Elsewhere, calendar: Today, path: Path, which_database: str
) -> None:
    """An update forgets nothing that is going on; what it finds is kept no longer by each start."""
    path.parent.mkdir(parents=True)
    own = {"postgres": server_table, "sqlite": event_table}[which_database]
    box = seal(KEY, "c", 1, b"c1").hex()
    elsewhere.run(own._CREATE)
    elsewhere.run(f"INSERT INTO events VALUES ('c', 1, x'{box}')")
    if which_database == "postgres":
        elsewhere.run(f"ALTER TABLE events OWNER TO {OWNER}")
    for days, rows in ((0, 0), (91, 0), (93, 1)):
        table = make_table()
        table.open()
        calendar.day = today() + days
        assert await table.last_turns(KEY, "c") == [(1, b"c1")]
        assert await table.forget_silent(91) == rows
        table.close()


@pytest.mark.both_databases
async def test_a_start_does_not_count_anew(make_table: MakeTable, calendar: Today) -> None:
    first, second = make_table(), make_table()
    first.open()
    calendar.day -= 92
    await fill(first, "c", 1)
    first.close()
    calendar.day += 92
    second.open()
    assert await second.forget_silent(91) == 1
    second.close()


@pytest.mark.both_databases
async def test_a_store_that_is_down_forgets_nothing_and_says_so(make_table: MakeTable) -> None:
    with pytest.raises(StoreDown):
        await make_table().forget_silent(91)
