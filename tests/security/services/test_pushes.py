"""Pushes on the real core: enrolled, sent, answered with a number, and passed once."""

from __future__ import annotations

import orjson
import pytest

from security.errors import Refused
from security.services import change_kinds
from tests.security.letters import enrol, letters
from tests.security.payments import RECEIPT, asked_to_approve, rows
from tests.security.services.changing import (
    OLD_ADDRESS,
    begin,
    go_on,
    notices,
    proved,
    signed_in,
    type_password,
)
from tests.security.services.pushed import (
    DONE,
    asked_by_push,
    confirms,
    enrolled,
    number_of,
    other_than,
    refused,
    the_one,
    waiting,
    with_device,
)
from tests.security.visitor import Visitor
from tests.security.world import World
from tests.support.push_device import SoftDevice


async def test_a_device_is_added_by_name_and_its_person_is_told(world: World) -> None:
    """ASVS 7.5.1, 6.3.7: with the password and a proof, and a notice by another channel."""
    enrol(world, "alice", "email", OLD_ADDRESS)
    phone = await signed_in(world)
    await enrolled(phone, SoftDevice(), "alice", "Alice's phone")
    listed = (await world.gateway.authenticators(phone.cookie)).authenticators
    [device] = [one for one in listed if one.method == "push"]
    assert device.hint == "Alice's phone"
    told = notices(world, OLD_ADDRESS)
    assert any("A device for confirmations has been added" in words for words in told)


async def test_what_is_kept_of_a_device_and_of_a_number_tells_nothing(world: World) -> None:
    """ASVS 14.2.4: neither where it is reached nor name nor number stands in the database."""
    device = await with_device(world)
    number = number_of(await asked_by_push(world))
    [(sealed, found)] = world.sql(
        "SELECT secret_sealed, credential_hash FROM authenticators WHERE method = 'push'"
    )
    assert b"fcm.googleapis" not in bytes(sealed)
    assert b"Phone" not in bytes(sealed)
    assert device.key not in found
    [(kept,)] = world.sql("SELECT number_sealed FROM pushes")
    assert number.encode() not in bytes(kept)[:2]
    assert len(bytes(kept)) > 16


async def test_a_sign_in_is_finished_on_the_other_device(world: World) -> None:
    """The contract: push with number is aal2 with a password."""
    device = await with_device(world)
    visitor = await asked_by_push(world)
    assert visitor.challenge is not None
    assert visitor.challenge.method == "push"
    assert visitor.challenge.attempts_left == 3
    assert await refused(visitor.answer(DONE)) == "not_answered_yet"
    assert (await confirms(world, device, number_of(visitor))).status == "approved"
    assert (await visitor.look_at_challenge()).answered is True
    before = visitor.cookie
    await visitor.answer(DONE)
    session = (await visitor.look()).session
    assert (session.assurance, session.authenticated) == ("aal2", True)
    assert visitor.cookie != before
    [(method,)] = world.sql("SELECT method FROM sign_ins ORDER BY at DESC LIMIT 1")
    assert method == "push"


async def test_a_payment_is_approved_by_a_push_that_says_so(world: World) -> None:
    """PSD2 RTS 5(1): the device shows, and signs, exactly this amount and payee."""
    world.api.answer = RECEIPT
    device = await with_device(world)
    owner = await signed_in(world)
    owner.challenge = await asked_to_approve(owner)
    owner.challenge = await owner.choose("push")
    push = await the_one(world, device)
    assert ["Amount", "EUR 50.00"] in push.details or any("50.00" in v for _, v in push.details)
    assert (await confirms(world, device, number_of(owner))).status == "approved"
    passed = await owner.answer(DONE)
    assert (passed.resume, passed.confirmed) == (True, True)
    assert (await owner.resume()).result == RECEIPT
    assert rows(owner) == [("write", "done")]


async def test_a_change_of_factors_is_approved_by_push(world: World) -> None:
    device = await with_device(world)
    owner = await signed_in(world)
    await type_password(owner, "alice")
    change = await begin(owner, "recovery")
    owner.challenge = await owner.choose("push")
    await confirms(world, device, number_of(owner))
    await owner.answer(DONE)
    assert len((await go_on(owner, change.ref)).codes or []) == 10


async def test_a_wrong_number_is_counted_and_the_third_ends_the_challenge(world: World) -> None:
    """NIST SP 800-63B-4 3.2.2: three guesses of ninety."""
    device = await with_device(world)
    visitor = await asked_by_push(world)
    push = await the_one(world, device)
    wrong = device.answers(push, other_than(number_of(visitor)))
    for left in (2, 1):
        with pytest.raises(Refused, match=r"^wrong_number$") as why:
            await world.gateway.answer_push(wrong)
        assert why.value.details == {"attempts_left": left}
    assert await refused(world.gateway.answer_push(wrong)) == "expired"
    right = device.answers(push, number_of(visitor))
    assert await refused(world.gateway.answer_push(right)) == "expired"
    assert await refused(visitor.look_at_challenge()) == "expired"


@pytest.mark.parametrize(("seconds", "passes"), [(299, True), (300, False), (301, False)])
async def test_a_push_lives_for_five_minutes(world: World, seconds: int, passes: bool) -> None:
    device = await with_device(world)
    visitor = await asked_by_push(world)
    push = await the_one(world, device)
    world.clock.advance(seconds=seconds)
    answer = world.gateway.answer_push(device.answers(push, number_of(visitor)))
    if passes:
        assert (await answer).status == "approved"
    else:
        assert await refused(answer) == "expired"
        assert await waiting(world, device) == []


async def test_another_push_takes_the_place_of_the_first(world: World) -> None:
    device = await with_device(world)
    visitor = await asked_by_push(world)
    first, number = await the_one(world, device), number_of(visitor)
    assert await refused(visitor.choose("push")) == "too_many_codes"
    world.clock.advance(seconds=30)
    visitor.challenge = await visitor.choose("push")
    second = await the_one(world, device)
    assert second.id != first.id
    assert await refused(world.gateway.answer_push(device.answers(first, number))) == "expired"
    answer = device.answers(second, number_of(visitor))
    assert (await world.gateway.answer_push(answer)).status == "approved"


async def test_choosing_another_way_ends_the_push(world: World) -> None:
    device = await with_device(world)
    visitor = await asked_by_push(world)
    push, number = await the_one(world, device), number_of(visitor)
    told = await visitor.choose("totp")
    assert (told.number, told.delivery) == (None, None)
    assert await waiting(world, device) == []
    assert await refused(world.gateway.answer_push(device.answers(push, number))) == "expired"


async def test_the_push_names_what_is_approved_and_never_the_number(world: World) -> None:
    """NIST SP 800-63B-4 3.1.3: the number is on the other screen alone."""
    await with_device(world)
    visitor = await asked_by_push(world)
    [letter] = [one for one in letters(world) if one.kind == "push"]
    told = orjson.loads(letter.text)
    assert sorted(told) == ["binding", "id"]
    assert told["binding"] == "Sign in to Northwind Bank"
    assert number_of(visitor) not in told["binding"]


async def test_attack_a_locked_screen_is_read(world: World) -> None:
    """ASVS 14.2.6: a notification names no account and no reference; the page shows them."""
    world.api.answer = RECEIPT
    await with_device(world)
    owner = await signed_in(world)
    owner.challenge = await asked_to_approve(owner, text="Surgery of 3 May")
    await owner.choose("push")
    [letter] = [one for one in letters(world) if one.kind == "push"]
    told = orjson.loads(letter.text)
    assert told["binding"] == "Pay 50.00 EUR to Anna Berg"
    assert "7788" not in letter.text
    assert "Surgery" not in letter.text


async def test_each_of_several_devices_is_rung_up_and_one_answers(world: World) -> None:
    phone = await with_device(world)
    tablet = await with_device(world, name="Tablet")
    visitor = await asked_by_push(world)
    assert len([one for one in letters(world) if one.kind == "push"]) == 2
    await confirms(world, tablet, number_of(visitor))
    assert await waiting(world, phone) == []
    await visitor.answer(DONE)


async def test_the_browser_in_use_is_never_asked(world: World) -> None:
    """GH-1: a code is never delivered to the channel in use; nor is a push."""
    phone = await signed_in(world)
    await enrolled(phone, SoftDevice(), "alice", "This one")
    again = Visitor(world)
    again.device = phone.device
    await again.arrive()
    await again.give_password("alice")
    assert again.challenge is not None
    assert "push" not in again.challenge.methods
    assert await refused(again.choose("push")) == "unknown_method"


async def test_a_device_without_notifications_asks_by_itself(world: World) -> None:
    """Pushes get lost: what waits can be asked for, and the demo's outbox shows that it waits."""
    device = await with_device(world, endpoint=None)
    visitor = await asked_by_push(world)
    [sent] = [one for one in await world.gateway.outbox() if one.channel == "push"]
    assert (sent.to, "/push" in sent.text) == ("Phone", True)
    assert number_of(visitor) not in sent.text
    assert visitor.challenge is not None
    assert visitor.challenge.delivery == "sent"
    await confirms(world, device, number_of(visitor))
    await visitor.answer(DONE)


async def test_there_are_at_most_so_many(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Boundary: the last one may come, one more may not."""
    monkeypatch.setitem(change_kinds._SEVERAL, "push", (2, "too_many_devices"))
    phone = await signed_in(world)
    await enrolled(phone, SoftDevice(), "alice", "One")
    await enrolled(phone, SoftDevice(), "alice", "Two")
    await type_password(phone, "alice")
    assert await refused(begin(phone, "push", "Three")) == "too_many_devices"


async def test_one_of_several_is_removed(world: World) -> None:
    phone = await with_device(world)
    tablet = await with_device(world, name="Tablet")
    owner = await signed_in(world)
    listed = (await world.gateway.authenticators(owner.cookie)).authenticators
    ref = {one.hint: one.ref for one in listed}["Phone"]
    change = await proved(owner, "alice", "remove", ref)
    assert change.state == "done"
    assert await refused(waiting(world, phone)) == "device_refused"
    assert await waiting(world, tablet) == []
