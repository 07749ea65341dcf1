"""Attacks on a PIN that is typed into the panel: planted, moved, replayed, lost."""

from __future__ import annotations

import pytest

from security.errors import Refused
from security.ports import Unanswered
from tests.security.decisions import claims_of
from tests.security.payments import asked_to_approve
from tests.security.pins import CARD, CHANGE_PIN, OTHER, PIN, asked, changed, next_code, typed
from tests.security.visitor import Visitor
from tests.security.world import World


async def test_a_wrong_code_with_a_right_pin_keeps_nothing(alice: Visitor) -> None:
    """Attack: the PIN is planted with a guess, and the person's own code releases it."""
    await asked(alice)
    with pytest.raises(Refused, match=r"^wrong_code$"):
        await typed(alice, alice.world.wrong_code_for("alice"), {"new_pin": "7391"})
    assert alice.world.core.entries._kept == {}
    await changed(alice)
    assert [call.arguments["new_pin"] for call in alice.world.api.calls] == [PIN]


async def test_no_action_can_bring_a_pin(alice: Visitor) -> None:
    """Attack: the dialogue engine, or an action, chooses the PIN."""
    for brought in ({"new_pin": PIN}, {"salt": "s" * 43}):
        turn = await alice.say()
        with pytest.raises(Refused, match=r"^invalid_arguments$"):
            await alice.bot_invokes(turn, CHANGE_PIN, {**CARD, **brought})
        await alice.hear(turn)
    assert not alice.world.sql("SELECT 1 FROM pending_operations")


async def test_a_pin_for_another_approval_is_refused(alice: Visitor) -> None:
    """Nothing rides along with the approval of a payment."""
    await asked_to_approve(alice)
    with pytest.raises(Refused, match=r"^invalid_request$"):
        await typed(alice, next_code(alice), {"new_pin": PIN})


async def test_the_pin_of_one_card_is_not_given_to_another(alice: Visitor) -> None:
    """Attack: another card is put in the place of the one that was approved."""
    first = await asked(alice)
    await asked(alice, **OTHER)
    with pytest.raises(Refused, match=r"^expired$"):
        await typed(alice, next_code(alice), {"new_pin": PIN}, first.id)
    assert alice.world.api.calls == []


async def test_a_row_that_was_changed_runs_nothing(alice: Visitor) -> None:
    """Attack: what waits is moved onto the pending change of another card."""
    await asked(alice)
    await typed(alice, next_code(alice), {"new_pin": PIN})
    alice.world.sql("UPDATE pending_operations SET digest = 'x'")
    with pytest.raises(Refused, match=r"^nothing_pending$"):
        await alice.resume()
    assert alice.world.api.calls == []


async def test_another_session_can_neither_fill_in_nor_run_it(alice: Visitor) -> None:
    """Attack: alice's own second browser, or a thief's."""
    challenge = await asked(alice)
    other = Visitor(alice.world)
    await other.arrive()
    alice.world.clock.advance(seconds=30)
    await other.sign_in("alice")
    with pytest.raises(Refused, match=r"^unknown_challenge$"):
        await typed(other, next_code(other), {"new_pin": "7391"}, challenge.id)
    await typed(alice, next_code(alice), {"new_pin": PIN})
    with pytest.raises(Refused, match=r"^nothing_pending$"):
        await other.resume()
    await alice.resume()
    assert [call.arguments["new_pin"] for call in alice.world.api.calls] == [PIN]


async def test_an_answer_that_is_replayed_changes_nothing(alice: Visitor) -> None:
    """Attack: the request is sent a second time."""
    challenge = await asked(alice)
    code = next_code(alice)
    await typed(alice, code, {"new_pin": PIN})
    await alice.resume()
    with pytest.raises(Refused, match=r"^expired$"):
        await typed(alice, code, {"new_pin": "7391"}, challenge.id)
    with pytest.raises(Refused, match=r"^nothing_pending$"):
        await alice.resume()
    assert len(alice.world.api.calls) == 1


async def test_a_process_that_died_has_forgotten_the_pin(alice: Visitor) -> None:
    """Nothing is done then, and whoever asked is told so."""
    await asked(alice)
    await typed(alice, next_code(alice), {"new_pin": PIN})
    alice.world.core.database.close()
    alice.world.wire(alice.world.core_again())
    with pytest.raises(Refused, match=r"^entry_lost$"):
        await alice.resume()
    assert alice.world.api.calls == []
    assert alice.world.trail("operation:guard:deny")[-1]["reason"] == "entry_lost"
    assert alice.world.sql("SELECT state FROM pending_operations") == [("failed",)]


async def test_a_further_try_brings_the_same_pin_and_the_same_commitment(alice: Visitor) -> None:
    """The API compares them: one key, one request, however often it is sent."""
    await asked(alice)
    await typed(alice, next_code(alice), {"new_pin": PIN})
    world, tries = alice.world, [Unanswered(sent=True, again=0.0), None]

    def fail() -> None:
        world.api.error = tries.pop(0)

    world.api.before = fail
    await alice.resume()
    first, second = world.api.calls
    assert first.arguments == second.arguments
    assert first.key == second.key
    [one], [two] = (claims_of(call.token)["authorization_details"] for call in world.api.calls)
    assert one == two


async def test_nothing_of_the_kind_is_taken_from_a_text_message(alice: Visitor) -> None:
    """Contract: by text message there is only a link to the page."""
    await asked(alice)
    alice.world.sql("UPDATE sessions SET channel = 'sms'")
    with pytest.raises(Refused, match=r"^unknown_method$"):
        await typed(alice, next_code(alice), {"new_pin": PIN})
    assert alice.world.api.calls == []


async def test_an_approval_that_waits_too_long_takes_its_pin_along(
    world: World, alice: Visitor
) -> None:
    """Abuse: at a minute it is gone."""
    await asked(alice)
    await typed(alice, next_code(alice), {"new_pin": PIN})
    world.clock.advance(seconds=60)
    with pytest.raises(Refused, match=r"^confirmation_required$"):
        await alice.resume()
    assert world.api.calls == []
    assert world.core.entries._kept == {}
