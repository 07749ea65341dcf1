"""GDPR 5(1)(e): each class of data goes on its day; a day earlier it is there."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from pydantic import ValidationError
from sqlalchemy.dialects import postgresql

from security.adapters import erasing
from security.adapters.tables import Base
from security.personal_parts import build_housekeeping
from security.retention import TABLE, Kept, Nobodys, Retention, Stays, read_retention
from security.services.retention import BATCH, PURGES_EVERY, Housekeeping
from security.services.retention_words import periods
from tests.security.conftest import MakeWorld
from tests.security.texter import Texter, carry
from tests.security.visitor import Visitor
from tests.security.world import World

PURGED = {one.table: one for one in read_retention().purged}
FILLED = {"BYTEA": b"", "BOOLEAN": False, "JSON": "[]", "BIGINT": 0, "INTEGER": 0}
"""What a column of this type that must have a value is given; a text begins like the row's key."""
MICROSECOND = timedelta(microseconds=1)


def nobody(*_: object) -> None:
    raise AssertionError("nobody asked to be erased")


def housekeeping(world: World) -> Housekeeping:
    return Housekeeping(world.core, world.core.retention, nobody)


def micros(moment: datetime) -> int:
    return round(moment.timestamp() * 1_000_000)


def plant(world: World, table: str, key: str, at: datetime, state: str | None = None) -> None:
    """Insert a row with this moment; what else it must have is filled in by its type."""
    period, columns = PURGED[table], Base.metadata.tables[table].columns
    values: dict[str, object] = {}
    for column in columns:
        if column.primary_key:
            values[column.name] = key
        elif column.name == period.since:
            values[column.name] = micros(at)
        elif column.name == "state" and state is not None:
            values[column.name] = state
        elif not column.nullable:
            kind = column.type.compile(dialect=postgresql.dialect())
            values[column.name] = FILLED.get(kind, key[:8])
    if world.server is not None:  # These rows refer to nothing, which SQLite does not look at.
        world.sql(f"ALTER TABLE {table} DISABLE TRIGGER ALL")
    names = ", ".join(f'"{name}"' for name in values)
    marks = ", ".join("?" for _ in values)
    world.sql(f"INSERT INTO {table} ({names}) VALUES ({marks})", *values.values())


def there(world: World, table: str) -> set[str]:
    [key] = Base.metadata.tables[table].primary_key.columns
    return {str(name) for (name,) in world.sql(f"SELECT {key.name} FROM {table}")}


@pytest.mark.both_databases
@pytest.mark.parametrize("table", sorted(PURGED))
async def test_a_row_goes_when_its_time_is_over_and_not_before(world: World, table: str) -> None:
    """At exactly its period it is there, a moment later it is gone; -1, ==, +1."""
    period, now = PURGED[table], world.clock.now
    state = period.only[0] if period.only else None
    edge = now - timedelta(days=period.days)
    moments = {"younger": edge + MICROSECOND, "exactly": edge, "older": edge - MICROSECOND}
    for key, at in moments.items():
        plant(world, table, key, at, state)
    if period.only:
        plant(world, table, "under way", edge - MICROSECOND, "other")
    await housekeeping(world).purge()
    assert "older" not in there(world, table)
    assert {"younger", "exactly"} <= there(world, table)
    assert not period.only or "under way" in there(world, table)


@pytest.mark.both_databases
async def test_what_somebody_said_goes_and_then_their_session(alice: Visitor) -> None:
    world = alice.world
    await alice.hear(await alice.say("dear purple armadillo"))
    world.clock.advance(days=89)
    await housekeeping(world).purge()
    assert len(world.sql("SELECT id FROM turns")) == 1
    world.clock.advance(days=2)
    await housekeeping(world).purge()
    for table in ("turns", "challenges", "sessions", "conversations"):
        assert world.sql(f"SELECT count(*) FROM {table}") == [(0,)], table


async def test_a_purge_works_in_batches_and_is_on_the_trail(world: World) -> None:
    old = world.clock.now - timedelta(days=8)
    for number in range(BATCH + 3):
        plant(world, "sms_received", f"m{number}", old)
    assert (await housekeeping(world).purge())["sms_received"] == BATCH + 3
    told = [record["reason"] for record in world.trail("data:retention:purge")]
    assert told == [f"sms_received:{BATCH}", "sms_received:3"]


async def test_nothing_is_written_where_nothing_is_old(world: World) -> None:
    await housekeeping(world).purge()
    assert world.trail() == []


async def test_it_purges_once_an_hour(world: World) -> None:
    keeper, old = housekeeping(world), world.clock.now - timedelta(days=30)
    await keeper.round()
    plant(world, "sms_received", "one", old)
    world.clock.now += PURGES_EVERY - timedelta(seconds=1)
    await keeper.round()
    assert there(world, "sms_received") == {"one"}
    world.clock.advance(seconds=1)
    await keeper.round()
    assert there(world, "sms_received") == set()


@pytest.mark.parametrize(("seconds", "works"), [(119, False), (120, True), (121, True)])
async def test_one_process_at_a_time_works(world: World, seconds: int, works: bool) -> None:
    """Another one takes over when the first has not renewed its lease for two minutes."""
    await housekeeping(world).round()
    plant(world, "sms_received", "one", world.clock.now - timedelta(days=30))
    world.clock.advance(seconds=seconds)
    await housekeeping(world).round()
    assert (there(world, "sms_received") == set()) is works


async def test_two_that_start_at_once_do_not_both_work(world: World) -> None:
    keepers = [housekeeping(world) for _ in range(5)]
    await asyncio.gather(*(keeper.round() for keeper in keepers))
    assert world.sql("SELECT count(*) FROM leases") == [(1,)]


@pytest.mark.both_databases
async def test_the_number_of_a_stranger_goes_and_one_that_said_stop_stays(
    make_world: MakeWorld,
) -> None:
    """Who texted once is forgotten, whoever it was; who must not be texted is not."""
    world = make_world()
    carry(world)
    once, often, stopped = (Texter(world, f"+120255502{at:02}") for at in range(3))
    for phone, words in ((once, "hello"), (often, "hello"), (stopped, "STOP")):
        await phone.says(words)
    world.clock.advance(days=30)
    await housekeeping(world).purge()
    assert len(there(world, "sms_threads")) == 3
    await often.says("hello again")
    world.clock.advance(days=1)
    await housekeeping(world).purge()
    opted_out = world.sql("SELECT opted_out_at IS NOT NULL FROM sms_threads ORDER BY rowid")
    assert [bool(one) for (one,) in opted_out] == [False, True]
    assert await once.says("hello") is not None


@pytest.mark.parametrize("table", ["sms_threads", "people", "choices", "leases", "client_tokens"])
def test_a_table_without_a_period_is_refused(
    world: World, monkeypatch: pytest.MonkeyPatch, table: str
) -> None:
    """GDPR 5(1)(e): no data without a period, or a reason why there is none; both ways."""
    held, along = world.core.retention, dict(erasing._GOES_ALONG)
    silent = replace(
        held,
        purged=[one for one in held.purged if one.table != table],
        stays=[_without(one, table) for one in held.stays],
        nobodys=[_without(one, table) for one in held.nobodys],
    )
    along.pop("conversations")
    monkeypatch.setattr(
        erasing, "_GOES_ALONG", along if table == "choices" else erasing._GOES_ALONG
    )
    with pytest.raises(ValueError, match=f"how long {table} is kept"):
        Housekeeping(world.core, silent, nobody)


def _without[T: (Stays, Nobodys)](one: T, table: str) -> T:
    return one.model_copy(update={"tables": [name for name in one.tables if name != table]})


def test_a_reason_for_no_table_is_refused(world: World) -> None:
    gossip = Nobodys(tables=["gossip"], why="a slip")
    with pytest.raises(ValueError, match="gossip"):
        Housekeeping(world.core, replace(world.core.retention, nobodys=[gossip]), nobody)


def test_people_are_told_of_each_class() -> None:
    """Also of what no period ends, and of what Rasa's process keeps."""
    told = {one["what"]: one["for"] for one in periods(read_retention())}
    assert told["Telephone numbers that have said STOP"] == "until START"
    [trackers] = [words for what, words in told.items() if "dialogue remembers" in what]
    assert trackers == "91 days"


def test_a_period_without_a_reason_or_for_no_table_is_refused(world: World, tmp_path: Path) -> None:
    file = tmp_path / "retention.yml"
    file.write_text(TABLE.read_text().replace("days: 90", "days: 0"))
    with pytest.raises(ValidationError):
        read_retention(file)
    file.write_text(TABLE.read_text().replace("table: turns", "table: gossip"))
    with pytest.raises(ValueError, match="gossip"):
        Housekeeping(world.core, read_retention(file), nobody)


@pytest.mark.parametrize(
    ("today", "until"),
    [
        (datetime(2026, 11, 26, tzinfo=UTC), "2028-11-26"),
        (datetime(2028, 2, 29, tzinfo=UTC), "2030-02-28"),
    ],
)
def test_what_is_kept_has_a_date(today: datetime, until: str) -> None:
    one = Kept(what="tickets", years=2, why="law")
    retention = Retention((), {"it": [one]}, one)
    assert {k.until.isoformat() for k in retention.kept_of(["it"], today.date())} == {until}


def _said(apis: Path, api: str, *kept: str) -> None:
    (apis / api).mkdir(parents=True)
    rows = [{"what": one, "tables": ["rows"], "years": 2, "why": "a law"} for one in kept]
    said = json.dumps({"erased": [], "kept": rows, "nobodys": []})
    (apis / api / "erasure.json").write_text(said, "utf-8")


def test_attack_what_an_api_keeps_unsaid_begins_no_erasure(tmp_path: Path) -> None:
    """GDPR 17(3): an API that has not said what it keeps makes no shorter list."""
    _said(tmp_path, "it", "tickets")
    retention = read_retention(apis=tmp_path)
    assert retention.kept_of(["it"], date(2026, 11, 26))[0].what == "tickets"
    with pytest.raises(ValueError, match="apis/hr/erasure"):
        retention.kept_of(["it", "hr"], date(2026, 11, 26))


def test_two_classes_are_never_told_in_the_same_words(tmp_path: Path) -> None:
    """What is approved is one row a class, by its words."""
    _said(tmp_path, "it", "tickets")
    _said(tmp_path, "hr", "tickets")
    with pytest.raises(ValueError, match="same words"):
        read_retention(apis=tmp_path)


def test_security_does_not_start_beside_an_api_that_says_nothing(world: World) -> None:
    kept = {api: rows for api, rows in world.core.retention.kept.items() if api != "orders"}
    core = replace(world.core, retention=replace(world.core.retention, kept=kept))
    with pytest.raises(ValueError, match="apis/orders/"):
        build_housekeeping(core)
