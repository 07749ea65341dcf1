"""Planted secrets and words: in no record, no table, no file of the home (ASVS 16.2.5)."""

from __future__ import annotations

import re

import pytest

from security.errors import Refused
from security.model import BotMessage, Choice
from tests.security.stored import stored
from tests.security.visitor import TRANSACTIONS, Visitor
from tests.security.world import World

SENTENCE = "PLANTED-SENTENCE my aunt Ottilie owes me money"
ANSWER = "PLANTED-ANSWER your balance is fine"
NAME = "PLANTED-NAME-typed-by-mistake"
OPERATION = "banking.PLANTED-OPERATION"
ARGUMENT = "PLANTED-ARGUMENT"
MEANING = "PLANTED-MEANING"
RESULT = {"accounts": [{"name": "PLANTED-RESULT", "balance": "123456.78"}]}


def shows(content: bytes, secret: str) -> bool:
    """Tell whether `secret` stands there as a word: six digits may be part of any hash."""
    word = rb"(?<![0-9A-Za-z])" + re.escape(secret.encode()) + rb"(?![0-9A-Za-z])"
    return re.search(word, content) is not None


async def a_long_visit(world: World) -> list[str]:
    """Let alice do everything once; return what must not be readable afterwards."""
    world.api.answer = RESULT
    alice = Visitor(world)
    await alice.arrive()
    secrets = [alice.cookie, alice.csrf]
    with pytest.raises(Refused):
        await alice.give_password(NAME, "PLANTED-WRONG-PASSWORD", "northwind-bank")
    turn = await alice.say(SENTENCE)
    with pytest.raises(Refused):
        await alice.bot_invokes(turn, TRANSACTIONS, {"limit": 7, "note": ARGUMENT})
    secrets += [turn.ticket, turn.conversation_key]
    choice = Choice(title="PLANTED-TITLE", intent=MEANING, entities={"of": "PLANTED-ENTITY"})
    heard = await alice.hear(turn, BotMessage(text=ANSWER, choices=[choice], card={"a": RESULT}))
    await alice.give_password("alice")
    code = world.code_of("alice")
    await alice.open(text=f"is it {code}?")
    await alice.answer(code)
    secrets += [alice.cookie, alice.csrf, code]
    assert heard[0].choices is not None
    opened = await alice.open(choice=heard[0].choices[0].id)
    assert opened.turn is not None
    with pytest.raises(Refused):
        await alice.bot_invokes(opened.turn, OPERATION)
    await alice.bot_invokes(opened.turn)
    secrets += [opened.turn.ticket, world.api.calls[0].token]
    turn = await alice.come_back()
    with pytest.raises(Refused):
        await world.actions.resume(turn.ticket)
    return [*secrets, "123456.78", world.password_of("alice"), *_secret_of(world)]


def _secret_of(world: World) -> list[str]:
    secret = world.person("alice").totp_secret
    assert secret is not None
    return [secret]


async def undelivered_result(world: World) -> None:
    """Leave a result in the database that its person has not seen yet."""
    bob = Visitor(world)
    await bob.arrive()
    await bob.is_refused("authentication_required")
    await bob.sign_in("bob")
    turn = await bob.come_back()
    await world.actions.resume(turn.ticket)


async def test_no_file_of_the_home_shows_a_secret_or_a_word(world: World) -> None:
    """ASVS 11.3.3, 16.2.5: neither the database, a server's too, nor its write-ahead log."""
    secrets = await a_long_visit(world)
    await undelivered_result(world)
    files = [file for file in world.home.rglob("*") if file.is_file()]
    assert any(file.name.endswith("-wal") and file.stat().st_size for file in files)
    kept = {file.name: file.read_bytes() for file in files} | {"database": stored(world)}
    for name, content in kept.items():
        assert b"PLANTED" not in content, name
        for secret in secrets:
            assert not shows(content, secret), name


async def test_no_record_shows_a_secret_or_a_word(world: World) -> None:
    """ASVS 16.2.5: nor who somebody is."""
    secrets = await a_long_visit(world)
    trail = b"".join(world.records()).decode()
    assert "PLANTED" not in trail
    [(person_id,)] = world.sql(
        "SELECT id FROM people WHERE username_hash = hashed(tenant_id, 'alice')"
    )
    conversations = [one for (one,) in world.sql("SELECT id FROM conversations")]
    for hidden in (*secrets, person_id, *conversations, "alice", "Alice", "192.0.2.1"):
        assert not shows(trail.encode(), hidden)


async def test_no_log_shows_a_secret_or_a_word(
    world: World, capfd: pytest.CaptureFixture[str]
) -> None:
    """ASVS 16.2.5."""
    secrets = await a_long_visit(world)
    world.sql("UPDATE conversations SET key_sealed = x'00'")
    alice = Visitor(world)
    await alice.arrive()
    world.api.error = RuntimeError("PLANTED-ERROR")
    await alice.sign_in("bob")
    with pytest.raises(Refused):
        await alice.ask()
    logged = "".join(capfd.readouterr())
    assert "PLANTED" not in logged
    for secret in secrets:
        assert not shows(logged.encode(), secret)


@pytest.mark.sqlite_alone("a server overwrites nothing: see docs/postgresql.md")
async def test_what_was_erased_cannot_be_dug_up(world: World) -> None:
    """A delivered result is gone from its row, and its sealed bytes from the file."""
    await undelivered_result(world)
    [(sealed,)] = world.sql("SELECT result_sealed FROM pending_operations")
    world.sql("UPDATE pending_operations SET result_sealed = NULL")
    world.close()
    assert sealed[20:60] in sealed
    world.sql("PRAGMA wal_checkpoint(TRUNCATE)")
    stored = world.database_file.read_bytes()
    assert sealed[20:60] not in stored


async def test_what_was_said_can_be_read_with_the_key_alone(world: World) -> None:
    """So that the test above is about sealing, not about losing."""
    alice = Visitor(world)
    await alice.arrive()
    await alice.hear(await alice.say(SENTENCE), BotMessage(text=ANSWER))
    past = await world.gateway.past_messages(alice.cookie)
    assert [one.text for one in past] == [SENTENCE, ANSWER]
