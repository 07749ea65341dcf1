"""Attacks on what several callers are told whose work shares a transaction that goes wrong."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import Connection, make_url, text
from sqlalchemy.orm import Session

from security.adapters.alert_tables import WatchRow
from security.adapters.database import Database
from security.errors import Refused
from tests.security.adapters.groups import add, core, together, whole
from tests.security.world import World
from tests.support.postgres import Server

LOCKED = "LOCK TABLE audit IN ACCESS EXCLUSIVE MODE"


class Panic(BaseException):
    """What a library in Rust raises where it gives up."""


@pytest.fixture
def database(world: World) -> Database:
    return world.core.database


@pytest.fixture
def somebody_else(database: Database) -> Iterator[psycopg.Connection]:
    """A connection to the same database, past Gatehouse."""
    url = make_url(database._engine.url)
    server = Server(Path(str(url.query["host"])), int(str(url.query["port"])))
    connection = server.connect(str(url.database))
    connection.autocommit = False
    yield connection
    connection.close()


@pytest.mark.both_databases
async def test_attack_a_panic_in_one_is_no_success_of_those_before_it(
    world: World, database: Database
) -> None:
    before = whole(world)

    def panics(_connection: Connection) -> None:
        raise Panic

    told = await together(database, *core(database, add, panics, add))
    assert [str(one) for one in told] == [str(Refused("security_unavailable"))] * 3
    assert whole(world) == before
    assert await database.run_core(add)


@pytest.mark.both_databases
async def test_attack_a_row_that_cannot_be_written_refuses_nobody_afterwards(
    world: World, database: Database
) -> None:
    def wrong(store: Session) -> None:
        store.add(WatchRow(name="x", position={"a": object()}))

    await together(database, *core(database, add), lambda: database.run(wrong))
    before = whole(world)
    for number in range(3):
        assert await database.run_core(add)
        assert whole(world) == before + number + 1


@pytest.mark.postgres_alone
async def test_attack_who_holds_the_trail_for_long_makes_nobody_believe(
    world: World, database: Database, somebody_else: psycopg.Connection
) -> None:
    """The trail cannot be read in time: what came before it is there, or was refused."""

    before = whole(world)
    world.sql("CREATE TABLE planted (x integer primary key)")
    world.sql("GRANT ALL ON planted TO gatehouse")

    def good(connection: Connection) -> str:
        connection.execute(text("INSERT INTO planted VALUES (1)"))
        somebody_else.execute(LOCKED)
        return "told"

    def late(connection: Connection) -> str:
        try:
            return add(connection)
        finally:
            somebody_else.rollback()

    told = await together(database, *core(database, good, late))
    assert told[0] == "told"
    assert str(told[1]) == str(Refused("security_unavailable"))
    assert world.sql("SELECT count(*) FROM planted") == [(1,)]
    assert await database.run_core(add)
    assert whole(world) == before + 1


@pytest.mark.postgres_alone
async def test_attack_a_failure_that_was_swallowed_is_no_success(database: Database) -> None:
    def swallows(connection: Connection) -> str:
        raw = connection.connection.dbapi_connection
        assert raw is not None
        with pytest.raises(psycopg.Error):
            raw.cursor().execute("SELECT no_such_column")
        return "told"

    with pytest.raises(Refused) as refused:
        await database.run_core(swallows)
    assert refused.value.code == "security_unavailable"
