"""What was asked before sign-in is answered after it: once, for who signed in, if they may."""

from __future__ import annotations

import pytest

from security.errors import Refused
from tests.security.fakes import ACCOUNTS
from tests.security.questions import (
    FIFTEEN_MINUTES,
    asked_before_sign_in,
    asked_for_a_proof,
    grow_old,
    states,
)
from tests.security.visitor import BALANCE, TRANSACTIONS, Visitor
from tests.security.world import World


async def test_the_question_before_sign_in_is_answered_after_it(visitor: Visitor) -> None:
    """The bot comes back by itself, with the same operation, arguments and action."""
    turn = await visitor.say()
    with pytest.raises(Refused, match="authentication_required"):
        await visitor.bot_invokes(turn, TRANSACTIONS, {"limit": 3})
    await visitor.hear(turn)
    passed = await visitor.sign_in("alice")
    assert passed.resume is True
    resumed = await visitor.resume()
    assert (resumed.operation, resumed.arguments) == (TRANSACTIONS, {"limit": 3})
    assert resumed.action == "action_check_balance"
    assert resumed.result == ACCOUNTS
    assert dict(visitor.world.api.calls[0].arguments) == {"limit": 3}
    assert states(visitor.world) == ["done"]


async def test_the_resumed_operation_is_done_by_who_signed_in(visitor: Visitor) -> None:
    """ASVS 8.2.2."""
    await asked_before_sign_in(visitor)
    await visitor.sign_in("bob")
    await visitor.resume()
    [intended] = visitor.world.trail("operation:guard:allow")
    [(person,)] = visitor.world.sql(
        "SELECT id FROM people WHERE username_hash = hashed(tenant_id, 'bob')"
    )
    assert intended["person"] == visitor.world.core.keys.pseudonym(person)


async def test_without_a_question_there_is_nothing_to_resume(visitor: Visitor) -> None:
    passed = await visitor.sign_in("alice")
    assert passed.resume is False
    with pytest.raises(Refused, match="nothing_pending"):
        await visitor.come_back()


async def test_only_the_last_read_resumes(visitor: Visitor) -> None:
    """The one before is void, and both are on the trail."""
    await asked_before_sign_in(visitor, BALANCE)
    await asked_before_sign_in(visitor, TRANSACTIONS)
    assert states(visitor.world) == ["void", "waiting"]
    await visitor.sign_in("alice")
    assert (await visitor.resume()).operation == TRANSACTIONS
    assert [call.operation for call in visitor.world.api.calls] == [TRANSACTIONS]


async def test_a_displaced_read_is_on_the_trail(visitor: Visitor) -> None:
    """The design: each move is committed together with its record."""
    await asked_before_sign_in(visitor, BALANCE)
    await asked_before_sign_in(visitor, TRANSACTIONS)
    assert len(visitor.world.trail("pending:operation:void")) == 1


async def test_what_the_role_does_not_allow_is_refused_when_it_resumes(visitor: Visitor) -> None:
    """ASVS 8.2.2: every resume runs the whole guard again."""
    await asked_before_sign_in(visitor)
    await visitor.sign_in("tess")
    with pytest.raises(Refused, match="forbidden"):
        await visitor.resume()
    assert states(visitor.world) == ["failed"]
    assert visitor.world.api.calls == []


async def test_a_customer_of_a_shop_gets_nothing_of_the_bank(visitor: Visitor) -> None:
    """ASVS 8.4.1."""
    await asked_before_sign_in(visitor)
    await visitor.sign_in("carl")
    with pytest.raises(Refused, match="forbidden"):
        await visitor.resume()
    assert visitor.world.api.calls == []


async def test_the_question_of_another_session_does_not_resume(world: World) -> None:
    """ASVS 8.2.2: not even for the same person."""
    kiosk, home = Visitor(world), Visitor(world)
    await kiosk.arrive()
    await home.arrive()
    await asked_before_sign_in(kiosk)
    assert (await home.sign_in("alice")).resume is False
    with pytest.raises(Refused, match="nothing_pending"):
        await home.come_back()
    assert states(world) == ["waiting"]


async def test_arguments_that_do_not_fit_are_refused_when_they_resume(visitor: Visitor) -> None:
    turn = await visitor.say()
    with pytest.raises(Refused, match="authentication_required"):
        await visitor.bot_invokes(turn, TRANSACTIONS, {"limit": 100_000})
    await visitor.hear(turn)
    await visitor.sign_in("alice")
    with pytest.raises(Refused, match="invalid_arguments"):
        await visitor.resume()
    assert visitor.world.api.calls == []


async def test_what_alice_asked_does_not_resume_for_bob(alice: Visitor) -> None:
    """ASVS 8.2.2: bob signs in over alice's conversation; it is another one for him."""
    await grow_old(alice, FIFTEEN_MINUTES)
    await asked_for_a_proof(alice)
    passed = await alice.sign_in("bob")
    assert passed.resume is False
    with pytest.raises(Refused, match="nothing_pending"):
        await alice.come_back()
    assert alice.world.api.calls == []
    assert await alice.world.gateway.past_messages(alice.cookie) == []


async def test_what_alice_released_does_not_run_for_bob(visitor: Visitor) -> None:
    """ASVS 8.2.2: between her proof and the resumption."""
    await asked_before_sign_in(visitor)
    await visitor.sign_in("alice")
    await visitor.sign_in("bob")
    with pytest.raises(Refused, match="nothing_pending"):
        await visitor.come_back()
    assert visitor.world.api.calls == []


async def test_a_turn_opened_to_resume_for_alice_is_dead_for_bob(visitor: Visitor) -> None:
    """ASVS 8.2.2."""
    await asked_before_sign_in(visitor)
    await visitor.sign_in("alice")
    turn = await visitor.come_back()
    await visitor.sign_in("bob")
    with pytest.raises(Refused, match="turn_over"):
        await visitor.world.actions.resume(turn.ticket)
    assert visitor.world.api.calls == []
