"""Those who come at once share a commit: each by itself, none before it is on disk."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from sqlalchemy import Connection, event, select
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.orm import Session

from security.adapters import savepoints
from security.adapters.grouping import MOST
from security.adapters.personal_tables import LeaseRow
from security.adapters.savepoints import _say
from security.adapters.tables import PersonRow
from security.adapters.tenancy import bind_tenant
from security.adapters.touching import touch
from security.errors import Refused
from tests.security.adapters.groups import (
    add,
    commits,
    core,
    fail,
    refuse,
    together,
    whole,
    wrong,
)
from tests.security.fakes import NOW
from tests.security.world import World

both = pytest.mark.both_databases
BANK = "northwind-bank"


@pytest.fixture(autouse=True)
def no_hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """A busy machine ends no transaction early; where that is tested, it is said."""
    monkeypatch.setattr(savepoints, "LONGEST_SECONDS", 60)


@both
async def test_those_who_come_at_once_share_a_commit(world: World) -> None:
    """Issue: callers that write in the same instant share one commit."""
    database, before = world.core.database, whole(world)
    with commits(database) as seen:
        ids = await together(database, *core(database, *[add] * 64))
    assert len(seen) == 2  # The slow one's, and theirs.
    assert ids == [f"1-{before + n + 1}" for n in range(64)]
    assert whole(world) == before + 64


async def test_no_more_than_so_many_share_one(world: World) -> None:
    database = world.core.database
    with commits(database) as seen:
        await together(database, *core(database, *[add] * (2 * MOST + 1)))
    assert len(seen) == 4


@both
async def test_nobody_waits_long_for_others(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Once the time is over, those who are through are told, and the next have a commit."""
    monkeypatch.setattr(savepoints, "LONGEST_SECONDS", 0)
    database, before = world.core.database, whole(world)
    with commits(database) as seen:
        ids = await together(database, *core(database, add, fail, add, add))
    assert len(seen) == 5
    assert [ids[0], *ids[2:]] == [f"1-{before + n}" for n in (1, 2, 3)]
    assert isinstance(ids[1], KeyError)


@both
async def test_one_that_fails_takes_no_other_down(world: World) -> None:
    """GH-4: what it has added to the trail is gone with it, and leaves no gap."""
    database, before = world.core.database, whole(world)
    found = await together(database, *core(database, add, fail, wrong, refuse, add))
    assert found[0] == f"1-{before + 1}"
    assert isinstance(found[1], KeyError)
    assert [str(one) for one in found[2:4]] == ["security_unavailable", "forbidden"]
    assert found[4] == f"1-{before + 3}"  # A refusal is an outcome: its record lasts.
    assert whole(world) == before + 3


@both
async def test_attack_somebody_elses_tenant_is_not_the_next_ones(world: World) -> None:
    """ASVS 8.4.1: they share a transaction, and nothing else."""
    database = world.core.database
    tenants = select(PersonRow.__table__.c.tenant_id).distinct()

    def of_the_bank(connection: Connection) -> Any:
        bind_tenant(connection, BANK)
        return connection.execute(tenants).scalars().all()

    def of_nobody(connection: Connection) -> Any:
        return connection.execute(tenants).scalars().all()

    def fails_as_the_bank(connection: Connection) -> None:
        of_the_bank(connection)
        raise KeyError("not foreseen")

    def of_the_shop(connection: Connection) -> Any:
        bind_tenant(connection, "acme-shop")
        return connection.execute(tenants).scalars().all()

    works = (of_the_bank, of_nobody, fails_as_the_bank, of_nobody, of_the_shop)
    found = await together(database, *core(database, *works))
    assert found[0] == [BANK]
    assert [str(found[place]) for place in (1, 3)] == ["security_unavailable"] * 2
    assert found[4] == ["acme-shop"]


@pytest.mark.postgres_alone
async def test_attack_words_of_sql_behind_somebody_elses_tenant(world: World) -> None:
    """ASVS 8.4.1: the server forgets it as well, also where a savepoint was given up."""
    database = world.core.database

    def of_the_bank(connection: Connection) -> None:
        bind_tenant(connection, BANK)
        connection.execute(select(PersonRow.__table__.c.id)).all()

    def gives_up(connection: Connection) -> None:
        of_the_bank(connection)
        connection.begin_nested().rollback()

    def smuggled(connection: Connection) -> Any:
        return connection.exec_driver_sql("SELECT id FROM people").all()

    found = await together(database, *core(database, of_the_bank, smuggled, gives_up, smuggled))
    assert found == [None, [], None, []]


@both
async def test_a_mapped_row_that_is_not_taken_undoes_those_before_it_alone(world: World) -> None:
    """They are refused, as nothing of theirs is there; who comes after is served."""
    database, before = world.core.database, whole(world)

    def twice(store: Session) -> None:
        store.execute(LeaseRow.__table__.insert(), {"name": "a", "holder": "b", "until": NOW})
        store.add(LeaseRow(name="a", holder="c", until=NOW))

    def mapped() -> Any:
        return database.run(twice)

    one, two, three = core(database, add, add, add)
    found = await together(database, one, mapped, two, three)
    assert [str(each) for each in found[:2]] == ["security_unavailable"] * 2
    assert found[2:] == [f"1-{before + 1}", f"1-{before + 2}"]
    assert whole(world) == before + 2


@both
async def test_a_commit_that_fails_is_nobodys_success(world: World) -> None:
    """GH-4, ASVS 16.5.3: told only what is on disk."""
    database, before = world.core.database, whole(world)

    def broken(_connection: Connection) -> None:
        raise OperationalError("COMMIT", None, Exception("the disk is full"))

    async def break_it() -> None:
        await database.run_core(lambda _: event.listen(database._engine, "commit", broken))

    found = await together(database, break_it, *core(database, add, refuse))
    event.remove(database._engine, "commit", broken)
    assert [str(each) for each in found] == ["security_unavailable"] * 3
    assert whole(world) == before


@pytest.mark.sqlite_alone
async def test_a_savepoint_that_cannot_be_taken_back_ends_all(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SQLite itself undoes a transaction whose disk is full."""
    database, before = world.core.database, whole(world)

    def lost(connection: Connection) -> None:
        connection.connection.cursor().execute("ROLLBACK")
        raise KeyError("not foreseen")

    found = await together(database, *core(database, add, lost, add))
    assert [str(each) for each in found] == ["security_unavailable"] * 3
    assert whole(world) == before


async def test_whoever_goes_away_before_their_turn_leaves_nothing(world: World) -> None:
    database, before = world.core.database, whole(world)
    gone: list[asyncio.Future[Any]] = []

    async def goes_away() -> None:
        gone.append(asyncio.ensure_future(database.run_core(add)))
        await asyncio.sleep(0)
        gone[0].cancel()

    await together(database, goes_away, *core(database, add, add))
    assert whole(world) == before + 2
    assert gone[0].cancelled()


async def test_pages_hear_of_what_lasts_alone(world: World) -> None:
    told: list[set[str]] = []
    database = world.core.database
    database._tell = told.append

    def touches(name: str, fails: bool) -> Callable[[Connection], None]:
        def work(connection: Connection) -> None:
            touch(connection, name)
            if fails:
                raise KeyError("not foreseen")

        return work

    await together(database, *core(database, touches("a", False), touches("b", True), add))
    assert told == [{"a"}]


async def test_what_was_asked_before_the_end_is_done(world: World) -> None:
    database, before = world.core.database, whole(world)
    asked = [asyncio.ensure_future(database.run_core(add)) for _ in range(3 * MOST)]
    await asyncio.sleep(0)
    await asyncio.to_thread(database.close)
    assert len(await asyncio.gather(*asked)) == 3 * MOST
    with pytest.raises(RuntimeError):
        await database.run_core(add)
    assert whole(world) == before + 3 * MOST


def test_the_words_past_sqlalchemy_are_those_of_savepoints(world: World) -> None:
    """A wrong one is an error of the driver's, and ends the transaction."""
    with (
        pytest.raises(Exception, match=r"no such savepoint|savepoint .* does not exist"),
        world.core.database._engine.begin() as connection,
    ):
        _say(connection, "ROLLBACK TO SAVEPOINT job")


def _swallows(store: Session) -> str:
    """Go on as if nothing were wrong, where the database has not taken a row."""
    store.execute(LeaseRow.__table__.insert(), {"name": "a", "holder": "b", "until": NOW})
    store.add(LeaseRow(name="a", holder="c", until=NOW))
    with suppress(IntegrityError):
        store.flush()
    return "done"


def _swallows_and_refuses(store: Session) -> str:
    _swallows(store)
    raise Refused("forbidden")


@both
@pytest.mark.parametrize("work", [_swallows, _swallows_and_refuses])
async def test_attack_what_was_undone_is_told_as_done(
    world: World, work: Callable[[Session], str]
) -> None:
    """ASVS 16.5.3: a mapped session that swallowed an error has undone all; alone, in a group."""
    database, before = world.core.database, whole(world)
    with pytest.raises(Refused, match="security_unavailable"):
        await database.run(work)
    with pytest.raises(Refused, match="security_unavailable"):
        await database.run_relaxed_mapped(work)
    found = await together(database, *core(database, add), lambda: database.run(work))
    assert [str(each) for each in found] == ["security_unavailable"] * 2
    assert whole(world) == before


@pytest.mark.postgres_alone
async def test_attack_the_server_goes_away_where_it_is_spoken_to_past_sqlalchemy(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """ASVS 16.5.3: a failing driver is a refusal, as any failing database is."""
    database = world.core.database

    def gone(connection: Connection) -> None:
        bind_tenant(connection, BANK)
        connection.connection.dbapi_connection.close()  # type: ignore[union-attr]
        connection.execute(select(PersonRow.__table__.c.id))

    def many(connection: Connection) -> None:
        for _ in range(8):
            add(connection)
        connection.connection.dbapi_connection.close()  # type: ignore[union-attr]

    for work in (gone, many):
        with pytest.raises(Refused, match="security_unavailable"):
            await database.run_core(work)
        found = await together(database, *core(database, add, work, add))
        assert [str(each) for each in found] == ["security_unavailable"] * 3
