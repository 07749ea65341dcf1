"""A PIN that is typed into the panel with the code: for one card, once, and never anywhere else."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from security.errors import Refused
from security.minting import commitment
from tests.security.decisions import claims_of
from tests.security.payments import asked_to_approve
from tests.security.pins import CARD, CHANGE_PIN, PIN, asked, changed, next_code, typed
from tests.security.services.contacts import ADDRESS, give, notices_to
from tests.security.visitor import Visitor


async def test_the_panel_is_told_what_to_ask_for(alice: Visitor) -> None:
    challenge = await asked(alice)
    assert challenge.binding == "Change the PIN of your debit card •••• 4417"
    [field] = challenge.panel or []
    assert field.model_dump() == {
        "name": "new_pin",
        "label": "New PIN",
        "form": "pin",
        "min_length": 4,
        "max_length": 6,
    }
    assert "sms" not in challenge.methods


async def test_other_approvals_have_no_such_fields(alice: Visitor) -> None:
    assert (await asked_to_approve(alice)).panel is None


async def test_the_pin_reaches_the_api_once_and_its_owner_is_told(alice: Visitor) -> None:
    give(alice.world, "alice", "email", ADDRESS)
    await asked(alice)
    await changed(alice)
    [call] = alice.world.api.calls
    assert call.arguments == {**CARD, "new_pin": PIN, "salt": call.arguments["salt"]}
    assert len(call.arguments["salt"]) == 43
    assert notices_to(alice.world, ADDRESS) == 1


async def test_the_token_commits_to_the_pin_and_does_not_tell_it(alice: Visitor) -> None:
    """Attack: whoever sees the token tries all ten thousand PINs."""
    await asked(alice)
    await changed(alice)
    [call] = alice.world.api.calls
    [details] = claims_of(call.token)["authorization_details"]
    assert details["arguments"] == CARD
    sent = {name: call.arguments[name] for name in ("new_pin", "salt")}
    assert details["committed"] == commitment(sent)
    assert details["committed"] not in {
        commitment({"new_pin": PIN}),
        commitment({"new_pin": PIN, "salt": ""}),
    }


async def test_each_change_has_a_salt_of_its_own(alice: Visitor) -> None:
    for _ in range(2):
        await asked(alice)
        await changed(alice)
    salts = {call.arguments["salt"] for call in alice.world.api.calls}
    assert len(salts) == 2


async def test_the_trail_says_which_card_and_nothing_of_the_pin(alice: Visitor) -> None:
    await asked(alice)
    await changed(alice)
    done = [r for r in alice.world.trail("operation:guard:allow") if r["operation"] == CHANGE_PIN]
    assert [r["object"] for r in done] == ["•••• 4417"]
    assert len(alice.world.trail("operation:api:done")) == 1


async def test_digests_are_the_same_whatever_the_pin_is(alice: Visitor) -> None:
    """Attack: digests that stand on the trail and in tables are compared with those of a guess."""
    for pin in (PIN, "7391"):
        await asked(alice)
        await changed(alice, pin)
    rows = alice.world.sql("SELECT digest FROM pending_operations")
    assert len({digest for (digest,) in rows}) == 1
    digests = {r.get("arguments") for r in alice.world.trail() if r.get("operation") == CHANGE_PIN}
    assert len(digests - {None}) == 1


async def test_the_pin_is_in_no_file(alice: Visitor) -> None:
    """Attack: everything under the state folder is searched, plain and in every file."""
    await asked(alice)
    await changed(alice)
    alice.world.core.database.close()
    for file in alice.world.home.rglob("*"):
        if file.is_file():
            assert PIN.encode() not in file.read_bytes(), file.name


REFUSED = [
    (None, "entry_required"),
    ({}, "entry_required"),
    ({"new_pin": "123"}, "entry_invalid"),
    ({"new_pin": "1234"}, "entry_guessable"),
    ({"new_pin": "1990"}, "entry_guessable"),
    ({"new_pin": "4417"}, "entry_guessable"),
    ({"new_pin": PIN, "salt": "s" * 43}, "invalid_request"),
    ({"new_pin": PIN, "card": "crd_other"}, "invalid_request"),
]


@pytest.mark.parametrize(("panel", "code"), REFUSED)
async def test_what_is_refused_uses_up_no_code(
    alice: Visitor, panel: Mapping[str, str] | None, code: str
) -> None:
    """It is looked at before the code is: the same code is good afterwards."""
    await asked(alice)
    number = next_code(alice)
    with pytest.raises(Refused, match=f"^{code}$"):
        await typed(alice, number, panel)
    assert (await alice.look_at_challenge()).attempts_left == 5
    await typed(alice, number, {"new_pin": PIN})
    await alice.resume()
    assert len(alice.world.api.calls) == 1


@pytest.mark.parametrize("said", ["change my PIN to 482613", "my new pin is 4826"])
async def test_a_pin_typed_into_the_chat_is_taken_out(alice: Visitor, said: str) -> None:
    """ASVS 16.2.5: whether or not anything waits: rasa is not asked, nothing of it is kept."""
    opened = await alice.open(text=said)
    assert opened.turn is None
    [answer] = opened.answered or []
    assert "never type a PIN into the chat" in (answer.text or "")
    words = [one.text or "" for one in await alice.world.gateway.past_messages(alice.cookie)]
    assert not any(char.isdigit() for char in words[0])
    assert len(alice.world.trail("turn:code:remove")) == 1


async def test_bare_digits_are_taken_out_while_a_pin_is_asked_for(alice: Visitor) -> None:
    """They are as good as certainly meant for the panel; before that, they name a card."""
    assert (await alice.open(text="4417")).turn is not None
    await asked(alice)
    assert (await alice.open(text="4826")).turn is None
    assert (await alice.look_at_challenge()).attempts_left == 5
    await alice.cancel()
    assert (await alice.open(text="4417")).turn is not None
