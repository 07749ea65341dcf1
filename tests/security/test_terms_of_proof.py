"""What a refusal says of the proof that would be enough: RFC 9470, between guard and callers."""

from __future__ import annotations

import pytest

from security.checks import terms_of
from security.errors import KINDS, Needed, Refused, needed_by
from security.model import BotMessage
from tests.security.payments import TO_ANNA, TRANSFER
from tests.security.questions import FIFTEEN_MINUTES, grow_old
from tests.security.visitor import BALANCE, Visitor

EVERY_TIME = Needed("aal2", 0)
QUARTER_OF_AN_HOUR = Needed("aal2", FIFTEEN_MINUTES)


async def refusal(visitor: Visitor, operation: str = BALANCE, **arguments: str) -> Refused:
    """Ask for an operation that is refused; return the refusal as the actions get it."""
    turn = await visitor.say()
    with pytest.raises(Refused) as caught:
        await visitor.bot_invokes(turn, operation, arguments)
    await visitor.hear(turn)
    return caught.value


@pytest.mark.parametrize("late", [-1, 0, 1])
async def test_max_age_is_the_very_age_at_which_a_proof_is_too_old(
    alice: Visitor, late: int
) -> None:
    """RFC 9470 section 3: whole seconds, and what is asked for is what is enough."""
    assert QUARTER_OF_AN_HOUR.max_age is not None
    await grow_old(alice, QUARTER_OF_AN_HOUR.max_age + late)
    if late < 0:
        await alice.ask()
        return
    refused = await refusal(alice)
    assert (refused.code, needed_by(refused)) == ("step_up_required", QUARTER_OF_AN_HOUR)
    assert refused.details["error"] == "insufficient_user_authentication"
    assert type(refused.details["max_age"]) is int


async def test_too_weak_a_session_hears_which_level_is_needed(alice: Visitor) -> None:
    """RFC 9470: `acr_values`."""
    alice.world.sql("UPDATE sessions SET assurance = 'aal1'")
    refused = await refusal(alice)
    assert (refused.code, needed_by(refused)) == ("step_up_required", QUARTER_OF_AN_HOUR)


async def test_an_approval_is_a_proof_of_its_own_each_time(alice: Visitor) -> None:
    """RFC 9470, PSD2 RTS 5: no age of an earlier proof is young enough."""
    refused = await refusal(alice, TRANSFER, **TO_ANNA)
    assert (refused.code, needed_by(refused)) == ("confirmation_required", EVERY_TIME)


@pytest.mark.parametrize(
    ("operation", "arguments", "needed"),
    [(BALANCE, {}, QUARTER_OF_AN_HOUR), (TRANSFER, TO_ANNA, EVERY_TIME)],
)
async def test_who_cannot_give_the_proof_hears_the_same_terms(
    alice: Visitor, operation: str, arguments: dict[str, str], needed: Needed
) -> None:
    """RFC 9470: also where nothing is asked of the person."""
    await grow_old(alice, FIFTEEN_MINUTES)
    alice.world.sql("DELETE FROM authenticators")
    refused = await refusal(alice, operation, **arguments)
    assert (refused.code, needed_by(refused)) == ("step_up_impossible", needed)


@pytest.mark.parametrize("reason", ["forbidden", "invalid_arguments"])
async def test_what_no_proof_changes_carries_no_terms(alice: Visitor, reason: str) -> None:
    """RFC 9470 section 3: a proof that would not help is not asked for."""
    if reason == "forbidden":
        alice.world.give_roles("alice", "teller")
    refused = await refusal(alice, TRANSFER)
    assert (refused.code, needed_by(refused)) == (reason, None)


async def test_a_stranger_is_told_to_sign_in_not_how_strongly(visitor: Visitor) -> None:
    refused = await refusal(visitor)
    assert (refused.code, needed_by(refused)) == ("authentication_required", None)


async def test_the_page_hears_the_code_and_never_the_terms(alice: Visitor) -> None:
    """They are between guard and callers; the person gets a challenge."""
    turn = await alice.say()
    with pytest.raises(Refused) as caught:
        await alice.bot_invokes(turn, TRANSFER, TO_ANNA)
    [heard] = await alice.hear(turn, BotMessage(text="Please check.", refused=caught.value.code))
    shown = heard.model_dump_json()
    assert "confirmation_required" in shown
    assert not any(word in shown for word in ("acr_values", "max_age", "insufficient_user"))


def test_every_declared_operation_has_terms_that_its_class_allows(alice: Visitor) -> None:
    """Levels that a person can reach, ages in whole seconds."""
    for operation in alice.world.core.operations.values():
        needed = needed_by(Refused("step_up_required", **terms_of(operation.demand)))
        assert needed is not None
        assert needed.acr_values in {"none", "aal1", "aal2"}
        assert needed.max_age is None or 0 <= needed.max_age <= FIFTEEN_MINUTES


@pytest.mark.parametrize(
    ("details", "needed"),
    [
        ({}, None),
        ({"acr_values": ""}, None),
        ({"acr_values": 2}, None),
        ({"max_age": 5}, None),
        ({"acr_values": "aal2"}, Needed("aal2")),
        ({"acr_values": "aal2", "max_age": 0}, Needed("aal2", 0)),
        ({"acr_values": "aal2", "max_age": -1}, Needed("aal2")),
        ({"acr_values": "aal2", "max_age": 1.5}, Needed("aal2")),
        ({"acr_values": "aal2", "max_age": True}, Needed("aal2")),
        ({"acr_values": "aal2", "max_age": "900"}, Needed("aal2")),
    ],
)
def test_terms_that_are_not_well_formed_are_none(
    details: dict[str, object], needed: Needed | None
) -> None:
    assert needed_by(Refused("step_up_required", **details)) == needed


def test_no_sentence_for_people_speaks_of_levels() -> None:
    assert not any("aal" in kind.sentence for kind in KINDS.values())
