"""What is sensitive: for a named purpose alone, never on another channel than the page."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from security.errors import Refused
from security.model import Invoked, OpenTurn
from security.operations.classes import CLASSES
from security.operations.manifest import Operation
from security.operations.operation import Rate
from tests.security.conftest import MakeWorld
from tests.security.decisions import claims_of, denied, signed_in
from tests.security.fakes import ACCOUNTS
from tests.security.questions import FIFTEEN_MINUTES, grow_old
from tests.security.visitor import BALANCE, TRANSACTIONS, Visitor
from tests.security.world import Origin

PURPOSES = frozenset({"own_care", "treatment"})


def sensitive(origin: Origin) -> dict[str, Operation]:
    """Return a read of the project as if it were of the class sensitive."""
    operation = replace(
        origin.operations[BALANCE],
        kind="sensitive",
        demand=replace(CLASSES["sensitive"]),
        purposes=PURPOSES,
        sensitive=frozenset({"accounts.balance", "accounts.available"}),
    )
    return {BALANCE: operation}


@pytest.fixture
async def pat(make_world: MakeWorld, origin: Origin) -> Visitor:
    return await signed_in(make_world(operations=sensitive(origin)), "alice")


async def asked(visitor: Visitor, turn: OpenTurn, purpose: str | None) -> Invoked:
    return await visitor.world.actions.invoked(turn.ticket, BALANCE, {}, "a", purpose)


async def test_a_purpose_is_on_the_trail_and_in_the_token(pat: Visitor) -> None:
    """ASVS 16.3.2, HIPAA 164.312(b): the decision's record says for what; an API relies on it."""
    await asked(pat, await pat.say(), "treatment")
    [record] = pat.world.trail("operation:guard:allow")
    assert record["purpose"] == "treatment"
    assert claims_of(pat.world.api.calls[0].token)["purpose"] == "treatment"


@pytest.mark.parametrize("purpose", [None, "", "curiosity", "TREATMENT", "treatment "])
async def test_without_one_of_its_purposes_it_is_refused(pat: Visitor, purpose: str | None) -> None:
    """HIPAA 164.502(b): nothing is called; what the caller wrote stays out of the trail."""
    with pytest.raises(Refused) as refused:
        await asked(pat, await pat.say(), purpose)
    assert refused.value.code in ("invalid_arguments", "invalid_request")
    assert pat.world.api.calls == []
    assert not any("purpose" in record for record in pat.world.trail("operation:guard:deny"))


async def test_a_purpose_of_what_names_none_is_refused(alice: Visitor) -> None:
    turn = await alice.say()
    with pytest.raises(Refused) as refused:
        await asked(alice, turn, "treatment")
    assert (refused.value.code, refused.value.details) == (
        "invalid_arguments",
        {"field": "purpose"},
    )
    assert denied(alice.world) == [("deny", "purpose")]


async def test_a_proof_for_one_purpose_runs_it_for_this_purpose(pat: Visitor) -> None:
    """It is sealed with the arguments, and bound into their digest."""
    for _ in range(2):
        pat.world.clock.advance(seconds=200)
        await pat.extend()
    turn = await pat.say()
    with pytest.raises(Refused, match="step_up_required"):
        await asked(pat, turn, "own_care")
    await pat.hear(turn)
    await pat.prove("alice")
    await pat.resume()
    assert claims_of(pat.world.api.calls[0].token)["purpose"] == "own_care"
    digests = {record["arguments"] for record in pat.world.trail() if "arguments" in record}
    assert len(digests) == 1


async def test_what_is_sensitive_is_marked_for_the_page(pat: Visitor) -> None:
    found = await asked(pat, await pat.say(), "own_care")
    assert found.result == ACCOUNTS
    assert found.sensitive == ["accounts.available", "accounts.balance"]


@pytest.fixture
async def carol(make_world: MakeWorld, origin: Origin) -> Visitor:
    """Somebody at a bank whose balances are sensitive, but of the class personal."""
    balance = replace(origin.operations[BALANCE], sensitive=sensitive(origin)[BALANCE].sensitive)
    return await signed_in(make_world(operations={BALANCE: balance}), "alice")


async def test_what_is_sensitive_never_leaves_by_another_channel(carol: Visitor) -> None:
    """ASVS 8.2.3: dropped by the core, whatever the action would do with it."""
    turn = await carol.say()
    carol.world.sql("UPDATE sessions SET channel = 'sms'")
    [account] = (await asked(carol, turn, None)).result["accounts"]
    assert set(account) == {"name", "number", "currency"}


async def test_the_class_sensitive_stays_on_the_page(pat: Visitor) -> None:
    turn = await pat.say()
    pat.world.sql("UPDATE sessions SET channel = 'sms'")
    with pytest.raises(Refused, match="forbidden"):
        await asked(pat, turn, "own_care")
    assert pat.world.api.calls == []


async def test_a_resumed_result_is_marked_and_trimmed_alike(carol: Visitor) -> None:
    await grow_old(carol, FIFTEEN_MINUTES)
    turn = await carol.say()
    with pytest.raises(Refused):
        await asked(carol, turn, None)
    await carol.hear(turn)
    await carol.prove("alice")
    coming = await carol.come_back()
    first = await carol.world.actions.resume(coming.ticket)
    assert first.sensitive == ["accounts.available", "accounts.balance"]
    carol.world.sql("UPDATE sessions SET channel = 'sms'")
    again = await carol.world.actions.resume(coming.ticket)
    assert "2480.15" not in json.dumps(again.result)


async def test_one_thing_may_be_limited_by_itself(make_world: MakeWorld, origin: Origin) -> None:
    """ASVS 2.4.1: other operations, and other people, go on."""
    limited = replace(origin.operations[BALANCE], rate=Rate(per_minute=2))
    world = make_world(operations={BALANCE: limited})
    alice, bob = await signed_in(world, "alice"), await signed_in(world, "bob")
    for _ in range(2):
        await alice.ask()
    await alice.is_refused("rate_limited")
    world.api.answer = {"transactions": []}
    await alice.ask(TRANSACTIONS)
    await bob.ask()
    assert denied(world) == [("deny", "rate")]
