"""What the trail says: before anything happens, and of everything that is refused."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from sqlalchemy import Connection

from security.audit.chain import Whole, verify_chain
from security.errors import Refused
from tests.security.conftest import MakeWorld
from tests.security.payments import RECEIPT, asked_to_approve
from tests.security.visitor import BALANCE, TRANSACTIONS, Visitor
from tests.security.world import World


async def test_the_intent_is_on_disk_before_the_api_is_called(alice: Visitor) -> None:
    """No action without a record: another connection sees the intent when the call arrives."""
    seen: list[list[str]] = []
    alice.world.api.before = lambda: seen.append(alice.world.tags())
    await alice.ask()
    [at_the_call] = seen
    assert at_the_call[-1] == "operation:guard:allow"
    assert "operation:api:done" not in at_the_call


async def test_the_outcome_is_on_disk_before_anyone_hears_of_it(alice: Visitor) -> None:
    """ASVS 16.3.2: intent and outcome are joined by the intent's number and the token's id."""
    turn = await alice.say()
    await alice.bot_invokes(turn)
    intent, outcome = alice.world.trail()[-2:]
    assert (intent["tag"], outcome["tag"]) == ("operation:guard:allow", "operation:api:done")
    assert outcome["intent"] == f"{intent['writer']}-{intent['sequence']}"
    assert outcome["token"] == intent["token"]
    assert outcome["duration_us"] >= 0
    assert intent["decision"] == "allow"


async def test_only_the_good_end_of_a_plain_read_does_not_wait_for_the_disk(
    alice: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """ASVS 16.3.2: intents, refusals, failures and whatever changes something do (ADR 2)."""
    waited: list[str] = []
    database, tags = alice.world.core.database, alice.world.tags
    durable = database.run_core

    async def watched(work: Callable[[Connection], Any]) -> Any:
        before = len(tags())
        try:
            return await durable(work)
        finally:
            waited.extend(tags()[before:])

    monkeypatch.setattr(database, "run_core", watched)
    await alice.ask()
    assert waited == ["operation:guard:allow"]
    assert tags()[-1] == "operation:api:done"
    waited.clear()
    alice.world.api.error = Refused("api_invalid")
    with pytest.raises(Refused):
        await alice.ask()
    assert waited == ["operation:guard:allow", "operation:api:fail"]
    waited.clear()
    alice.world.api.error = None
    alice.world.api.answer = RECEIPT
    await asked_to_approve(alice)
    alice.world.clock.advance(seconds=30)
    await alice.answer(alice.world.code_of("alice"))
    await alice.resume()
    assert waited[-1] == "operation:api:done"


async def test_the_moves_of_a_pending_operation_are_on_the_trail(visitor: Visitor) -> None:
    """ASVS 16.3.2: from the question to its answer, in this order."""
    await visitor.is_refused("authentication_required")
    await visitor.sign_in("alice")
    await visitor.resume()
    assert visitor.world.tags() == [
        "session:anonymous:create",
        "operation:guard:deny",
        "pending:operation:store",
        "sign_in:password:pass",
        "challenge:person:open",
        "challenge:person:pass",
        "session:device:new",
        "pending:operation:approve",
        "operation:guard:allow",
        "operation:api:done",
    ]


async def test_the_same_question_has_the_same_digest_along_its_way(visitor: Visitor) -> None:
    """A reader of the trail can follow one operation without seeing its arguments."""
    turn = await visitor.say()
    with pytest.raises(Refused):
        await visitor.bot_invokes(turn, TRANSACTIONS, {"limit": 7})
    await visitor.hear(turn)
    await visitor.sign_in("alice")
    await visitor.resume()
    records = [record for record in visitor.world.trail() if record.get("operation")]
    digests = {record["arguments"] for record in records if "arguments" in record}
    assert len(digests) == 1
    assert len(digests.pop()) == 64


async def test_a_digest_cannot_be_looked_up_without_the_key(make_world: MakeWorld) -> None:
    """Arguments are easy to guess, so the digest is keyed; each home has its own key."""
    seen = set()
    for _ in range(2):
        world = make_world()
        alice = Visitor(world)
        await alice.arrive()
        with pytest.raises(Refused):
            await alice.ask()
        seen.add(world.trail("operation:guard:deny")[0]["arguments"])
    assert hashlib.sha256(f'["{BALANCE}",{{}}]'.encode()).hexdigest() not in seen


async def test_the_trail_of_a_busy_day_is_whole(world: World) -> None:
    """ASVS 16.4.2: many people, many refusals, one chain."""
    people = [Visitor(world) for _ in range(4)]
    for person, name in zip(people, ("alice", "bob", "carl", "tess"), strict=True):
        await person.arrive()
        with pytest.raises(Refused):
            await person.give_password(name, "wrong")
        await person.sign_in(name)
    for person in people[:2]:
        await person.ask()
    for person in people[2:]:
        await person.is_refused("forbidden")
    records = world.records()
    found = verify_chain(records)
    assert isinstance(found, Whole)
    assert found.count == len(records) > 20
    [(head,)] = world.sql("SELECT sha256 FROM audit ORDER BY sequence DESC LIMIT 1")
    assert found.head == head


async def test_the_trail_goes_on_after_a_restart(make_world: MakeWorld) -> None:
    """ASVS 16.4.2: the next record follows the last one on disk."""
    world = make_world()
    await Visitor(world).arrive()
    before = world.records()
    world.core.database.close()
    world.wire(world.core_again())
    await Visitor(world).arrive()
    assert isinstance(verify_chain(world.records()), Whole)
    assert world.records()[:1] == before


# Every refusal has its record

Attempt = Callable[[Visitor, Visitor], Awaitable[object]]


async def _wrong_password(alice: Visitor, _: Visitor) -> object:
    return await alice.give_password("alice", "wrong")


async def _unknown_name(alice: Visitor, _: Visitor) -> object:
    return await alice.give_password("nobody", "wrong", "northwind-bank")


async def _unknown_tenant(alice: Visitor, _: Visitor) -> object:
    return await alice.arrive("no-such-bank")


async def _too_many_passwords(alice: Visitor, _: Visitor) -> object:
    for _attempt in range(11):
        try:
            await alice.give_password("bob", "wrong")
        except Refused as refusal:
            if refusal.code == "rate_limited":
                raise
    return None


async def _wrong_code(alice: Visitor, _: Visitor) -> object:
    await alice.give_password("alice")
    return await alice.answer(alice.world.wrong_code_for("alice"))


async def _foreign_challenge(alice: Visitor, mallory: Visitor) -> object:
    await alice.give_password("alice")
    return await mallory.answer("123456", alice.challenge_id)


async def _expired_challenge(alice: Visitor, _: Visitor) -> object:
    await alice.give_password("alice")
    alice.world.clock.advance(seconds=299)
    await alice.extend()
    alice.world.clock.advance(seconds=1)
    return await alice.answer(alice.world.code_of("alice"))


async def _unknown_method(alice: Visitor, _: Visitor) -> object:
    await alice.give_password("alice")
    return await alice.choose("sms")


async def _foreign_choice(_: Visitor, mallory: Visitor) -> object:
    return await mallory.open(choice="made-up")


async def _foreign_csrf(alice: Visitor, mallory: Visitor) -> object:
    return await alice.world.gateway.extend_session(alice.cookie, mallory.csrf)


async def _expired_session(alice: Visitor, _: Visitor) -> object:
    alice.world.clock.advance(minutes=5)
    return await alice.say()


async def _copied_cookie(alice: Visitor, _: Visitor) -> object:
    await alice.sign_out()
    return await alice.say()


async def _kept_ticket(alice: Visitor, _: Visitor) -> object:
    turn = await alice.say()
    await alice.hear(turn)
    return await alice.bot_invokes(turn)


async def _sixth_operation(alice: Visitor, _: Visitor) -> object:
    turn = await alice.say()
    for _attempt in range(6):
        await alice.bot_invokes(turn)
    return None


async def _unbidden_resumption(alice: Visitor, _: Visitor) -> object:
    turn = await alice.say()
    return await alice.world.actions.resume(turn.ticket)


async def _not_a_customer(alice: Visitor, _: Visitor) -> object:
    alice.world.give_roles("alice", "teller")
    return await alice.ask()


async def _undeclared(alice: Visitor, _: Visitor) -> object:
    return await alice.ask("banking.steal")


async def _anonymous(_: Visitor, mallory: Visitor) -> object:
    return await mallory.ask()


REFUSALS: dict[str, tuple[Attempt, str, str]] = {
    "a wrong password": (_wrong_password, "invalid_credentials", "sign_in:password:fail"),
    "an unknown name": (_unknown_name, "invalid_credentials", "sign_in:password:fail"),
    "an unknown organisation": (_unknown_tenant, "unknown_tenant", "session:tenant:unknown"),
    "too many passwords": (_too_many_passwords, "rate_limited", "sign_in:password:limit"),
    "a wrong code": (_wrong_code, "wrong_code", "challenge:person:fail"),
    "a challenge of another": (_foreign_challenge, "unknown_challenge", "challenge:caller:refuse"),
    "an expired challenge": (_expired_challenge, "expired", "challenge:caller:refuse"),
    "an unknown method": (_unknown_method, "unknown_method", "challenge:caller:refuse"),
    "a choice of another": (_foreign_choice, "unknown_choice", "turn:choice:refuse"),
    "a forged request": (_foreign_csrf, "csrf_failed", "session:caller:refuse"),
    "an expired session": (_expired_session, "session_expired", "session:caller:refuse"),
    "a copied cookie": (_copied_cookie, "session_expired", "session:caller:refuse"),
    "a ticket that was kept": (_kept_ticket, "turn_over", "operation:guard:deny"),
    "a sixth operation": (_sixth_operation, "turn_over", "operation:guard:deny"),
    "an unbidden resumption": (
        _unbidden_resumption,
        "nothing_pending",
        "operation:guard:deny",
    ),
    "a role that may not": (_not_a_customer, "forbidden", "operation:guard:deny"),
    "an undeclared operation": (_undeclared, "forbidden", "operation:guard:deny"),
    "a stranger": (_anonymous, "authentication_required", "operation:guard:deny"),
}


@pytest.mark.parametrize(("attempt", "code", "tag"), REFUSALS.values(), ids=REFUSALS)
async def test_every_refusal_has_its_record(
    alice: Visitor, attempt: Attempt, code: str, tag: str
) -> None:
    """ASVS 16.3.2: a clear code for who asked, a record for who watches."""
    mallory = Visitor(alice.world)
    await mallory.arrive()
    before = len(alice.world.trail(tag))
    with pytest.raises(Refused, match=f"^{code}$"):
        await attempt(alice, mallory)
    assert len(alice.world.trail(tag)) > before
