"""Whatever fails, denies: the trail, the database, the keys, the API."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import event

from security.adapters.database import Database, open_engine
from security.errors import Refused
from security.model import MAX_TEXT, BotMessage
from tests.security.fakes import ACCOUNTS
from tests.security.hasty import hasty_engine
from tests.security.in_process import post
from tests.security.visitor import Visitor
from tests.security.world import World


def break_trail(world: World) -> None:
    """Make the database refuse every further record."""
    if world.server is None:
        _before_a_record(world, "no_records", "SELECT RAISE(ABORT, 'the trail is full')")
    else:
        _before_a_record(world, "no_records", "RAISE EXCEPTION 'the trail is full'")


def _before_a_record(world: World, name: str, statement: str, when: str = "") -> None:
    """Let the database do something before a record is added."""
    if world.server is None:
        world.sql(f"CREATE TRIGGER {name} BEFORE INSERT ON audit {when} BEGIN {statement}; END")
        return
    body = f"BEGIN {statement}; RETURN NEW; END"
    world.sql(f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ {body} $$")
    condition = f"FOR EACH ROW {when.replace('WHEN ', 'WHEN (') + ')' if when else ''}"
    world.sql(f"CREATE TRIGGER {name} BEFORE INSERT ON audit {condition} EXECUTE FUNCTION {name}()")


def repair_trail(world: World) -> None:
    world.sql("DROP TRIGGER no_records" + ("" if world.server is None else " ON audit"))


# The trail


async def test_without_a_trail_nothing_is_called(alice: Visitor) -> None:
    """ASVS 16.5.3: no action without a record."""
    turn = await alice.say()
    break_trail(alice.world)
    with pytest.raises(Refused, match="security_unavailable"):
        await alice.bot_invokes(turn)
    assert alice.world.api.calls == []


async def test_without_a_trail_nothing_is_resumed(visitor: Visitor) -> None:
    """ASVS 16.5.3."""
    await visitor.is_refused("authentication_required")
    await visitor.sign_in("alice")
    turn = await visitor.come_back()
    break_trail(visitor.world)
    with pytest.raises(Refused, match="security_unavailable"):
        await visitor.world.actions.resume(turn.ticket)
    assert visitor.world.api.calls == []


async def test_without_a_trail_nobody_signs_in(visitor: Visitor) -> None:
    """ASVS 16.5.3: neither by password nor by code; the code is not used up."""
    await visitor.give_password("alice")
    break_trail(visitor.world)
    code = visitor.world.code_of("alice")
    with pytest.raises(Refused, match="security_unavailable"):
        await visitor.answer(code)
    with pytest.raises(Refused, match="security_unavailable"):
        await visitor.give_password("bob")
    assert not (await visitor.look()).session.authenticated
    repair_trail(visitor.world)
    await visitor.answer(code)


async def test_without_a_trail_no_session_begins(world: World) -> None:
    """ASVS 16.5.3."""
    break_trail(world)
    with pytest.raises(Refused, match="security_unavailable"):
        await Visitor(world).arrive()


async def test_without_a_trail_one_can_still_sign_out(alice: Visitor) -> None:
    """The design: sign-out works even then."""
    break_trail(alice.world)
    await alice.sign_out()
    repair_trail(alice.world)
    with pytest.raises(Refused, match="session_expired"):
        await alice.look()


async def test_without_a_trail_a_forged_sign_out_fails_as_ever(alice: Visitor) -> None:
    """ASVS 3.5.1."""
    break_trail(alice.world)
    with pytest.raises(Refused):
        await alice.world.gateway.end_session(alice.cookie, "forged")
    assert (await alice.look()).session.authenticated


@pytest.fixture
def unforeseen_trail(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Let every record fail in a way that is no failure of the database."""

    def fail(*_: object) -> None:
        raise RuntimeError("planted")

    return lambda: monkeypatch.setattr("security.adapters.audit_log.append", fail)


async def test_a_record_that_fails_in_an_unforeseen_way_stops_the_call(
    alice: Visitor, unforeseen_trail: Callable[[], None]
) -> None:
    """ASVS 16.5.3."""
    turn = await alice.say()
    unforeseen_trail()
    with pytest.raises(Refused, match="security_unavailable"):
        await alice.bot_invokes(turn)
    assert alice.world.api.calls == []


async def test_one_can_sign_out_whatever_is_wrong_with_the_trail(
    alice: Visitor, unforeseen_trail: Callable[[], None]
) -> None:
    """The design: sign-out works even then."""
    unforeseen_trail()
    await alice.sign_out()
    [(ended,)] = alice.world.sql("SELECT ended_at FROM sessions")
    assert ended is not None


async def test_an_outcome_that_cannot_be_recorded_is_not_told(alice: Visitor) -> None:
    """Nobody hears of a result that is not on the trail; its intent is."""
    alice.world.api.before = lambda: break_trail(alice.world)
    await alice.is_refused("security_unavailable")
    assert len(alice.world.api.calls) == 1
    assert len(alice.world.trail("operation:guard:allow")) == 1
    assert alice.world.trail("operation:api:done") == []


async def test_a_trail_that_somebody_else_writes_to_stops_the_call(alice: Visitor) -> None:
    """ASVS 16.4.2: two writers would fork the chain; the second one fails."""
    alice.world.sql(
        "INSERT INTO audit SELECT '1', 1000000, record, 'x' FROM audit WHERE sequence = 1"
    )
    rival = "INSERT INTO audit VALUES ('1', 1000001, x'7b7d', 'rival')"
    # PostgreSQL's is called for its own row as well.
    when = "WHEN NEW.sequence = 1000001 AND NEW.record != x'7b7d'"
    _before_a_record(alice.world, "rival", rival, when)
    await alice.is_refused("security_unavailable")
    assert alice.world.api.calls == []


# The database

Failure = Callable[[World], None]


def _file_gone(world: World) -> None:
    world.sql("DROP TABLE turns" + ("" if world.server is None else " CASCADE"))


def _read_only(world: World) -> None:
    if world.server is not None:
        world.sql(f"ALTER DATABASE {world.database_name} SET default_transaction_read_only = on")
        _use(world, Database(hasty_engine(world.core.settings)))
        return
    url = f"sqlite:///file:{world.database_file}?mode=ro&uri=true"
    _use(world, Database(open_engine(url)))


def _closed(world: World) -> None:
    if world.server is not None:
        elsewhere = {"security_database_url": world.server.url("nowhere_at_all")}
        _use(world, Database(hasty_engine(world.core.settings.model_copy(update=elsewhere))))
        return
    _use(world, Database(open_engine("sqlite:////nowhere/at/all.sqlite3")))


def _use(world: World, database: Database) -> None:
    world.core.database.close()
    world.wire(replace(world.core, database=database))


FAILURES: dict[str, Failure] = {
    "a table that is gone": _file_gone,
    "a file that cannot be written": _read_only,
    "a file that cannot be opened": _closed,
}


@pytest.mark.parametrize("failure", FAILURES.values(), ids=FAILURES)
async def test_without_its_database_security_denies(alice: Visitor, failure: Failure) -> None:
    """ASVS 16.5.3: the same clear refusal everywhere, and no API is called."""
    turn = await alice.say()
    failure(alice.world)
    for call in (
        lambda: alice.bot_invokes(turn),
        lambda: alice.world.actions.resume(turn.ticket),
        alice.say,
        lambda: alice.hear(turn),
    ):
        with pytest.raises(Refused, match="security_unavailable"):
            await call()
    assert alice.world.api.calls == []


@contextmanager
def _held(world: World) -> Iterator[None]:
    """Take the one place of whoever writes."""
    if world.server is not None:
        with world.server.connect(world.database_name) as blocker:
            blocker.execute("SELECT pg_advisory_lock(7449363237540164979)")
            yield
        return
    with closing(sqlite3.connect(world.database_file)) as blocker:
        blocker.execute("BEGIN IMMEDIATE")
        yield
        blocker.rollback()


@pytest.mark.slow
async def test_a_database_that_somebody_else_holds_denies_after_a_while(alice: Visitor) -> None:
    """ASVS 16.5.3: it neither hangs nor goes on without."""
    turn = await alice.say()
    with _held(alice.world), pytest.raises(Refused, match="security_unavailable"):
        await alice.bot_invokes(turn)
    assert alice.world.api.calls == []
    assert await alice.bot_invokes(turn) == ACCOUNTS


@pytest.mark.sqlite_alone("bounds the pages of a file")
async def test_a_full_disk_denies_and_loses_nothing(alice: Visitor) -> None:
    """ASVS 16.5.3: no turn, and no call of the turn before; with room again, all goes on."""
    world, words = alice.world, "what is my balance? " * (MAX_TEXT // 20)
    turn = await alice.say()
    held, room = world.records(), world.core
    engine = hasty_engine(room.settings)
    event.listen(engine.pool, "connect", _fill)
    world.wire(replace(room, database=Database(engine)))
    with pytest.raises(Refused, match="security_unavailable"):
        await alice.hear(turn, *(BotMessage(text=words) for _ in range(50)))
    assert world.records() == held
    world.core.database.close()
    world.wire(room)
    assert await alice.bot_invokes(turn) == ACCOUNTS
    assert len(await alice.hear(turn, BotMessage(text=words))) == 1


@pytest.mark.postgres_alone
async def test_a_server_whose_disk_is_full_denies_and_loses_nothing(alice: Visitor) -> None:
    """ASVS 16.5.3: it says so of one statement; with room again, all goes on."""
    world, turn = alice.world, await alice.say()
    held, said = world.records(), "BEGIN RAISE EXCEPTION USING ERRCODE = 'disk_full'; END"
    world.sql(f"CREATE FUNCTION no_room() RETURNS trigger LANGUAGE plpgsql AS $$ {said} $$")
    world.sql("CREATE TRIGGER no_room BEFORE INSERT OR UPDATE ON turns EXECUTE FUNCTION no_room()")
    with pytest.raises(Refused, match="security_unavailable"):
        await alice.hear(turn, BotMessage(text="Your balance is fine."))
    assert world.records() == held
    world.sql("DROP TRIGGER no_room ON turns")
    assert await alice.bot_invokes(turn) == ACCOUNTS
    assert len(await alice.hear(turn, BotMessage(text="Your balance is fine."))) == 1


def _fill(raw: Any, _record: object) -> None:
    """Let the database not grow by one page: what SQLite then says is what a full disk says."""
    [pages] = raw.execute("PRAGMA page_count").fetchone()
    raw.execute(f"PRAGMA max_page_count={pages}")


# What is not foreseen


async def test_what_is_not_foreseen_denies_and_says_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """ASVS 16.5.1, 16.2.5: neither the answer nor the log repeats what it was about."""

    def fail(*_: object) -> None:
        raise RuntimeError("planted secret")

    monkeypatch.setattr("security.guard.hash_of", fail)
    body = b'{"ticket":"planted-ticket","operation":"o","arguments":{},"action":"a"}'
    status, raw = await post(world.actions_face, "/invoke", body)
    assert status == 503
    assert b'"security_unavailable"' in raw
    assert b"planted" not in raw
    logged = "".join(capfd.readouterr())
    assert "RuntimeError" in logged
    assert "planted" not in logged
