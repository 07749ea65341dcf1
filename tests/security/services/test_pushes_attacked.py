"""Whose a device is not, what its signature is not for, and who may ring it up how often."""

from __future__ import annotations

import asyncio

import pytest

from tests.security.payments import RECEIPT, asked_to_approve
from tests.security.services.changing import (
    confirm,
    proved,
    signed_in,
)
from tests.security.services.pushed import (
    DONE,
    asked_by_push,
    confirms,
    number_of,
    refused,
    the_one,
    waiting,
    with_device,
)
from tests.security.world import World
from tests.support.push_device import ENDPOINT, SoftDevice


async def test_attack_an_answer_is_replayed(world: World) -> None:
    """ASVS 6.5.1: an answer is taken once, and a challenge passes once."""
    device = await with_device(world)
    visitor = await asked_by_push(world)
    answer = device.answers(await the_one(world, device), number_of(visitor))
    await world.gateway.answer_push(answer)
    assert await refused(world.gateway.answer_push(answer)) == "expired"
    await visitor.answer(DONE)
    assert await refused(visitor.answer(DONE)) == "expired"
    assert await refused(world.gateway.answer_push(answer)) == "expired"


async def test_attack_two_answers_at_once(world: World) -> None:
    """ASVS 6.5.1, 15.4.2: of an approval and a refusal that arrive together, one counts."""
    device = await with_device(world)
    visitor = await asked_by_push(world)
    push = await the_one(world, device)
    answers = [device.answers(push, number_of(visitor)) for _ in range(4)]
    answers += [device.answers(push, None, "refuse") for _ in range(4)]
    came = await asyncio.gather(
        *(world.gateway.answer_push(one) for one in answers), return_exceptions=True
    )
    assert len([one for one in came if not isinstance(one, Exception)]) == 1


async def test_attack_two_finishes_at_once(world: World) -> None:
    """ASVS 6.5.1: what a device has approved passes once."""
    device = await with_device(world)
    visitor = await asked_by_push(world)
    await confirms(world, device, number_of(visitor))
    held = (visitor.cookie, visitor.csrf, visitor.challenge_id, DONE)
    came = await asyncio.gather(
        *(world.gateway.answer_challenge(*held) for _ in range(5)), return_exceptions=True
    )
    assert len([one for one in came if not isinstance(one, Exception)]) == 1


async def test_attack_an_answer_for_another_challenge(world: World) -> None:
    """ASVS 6.6.2, PSD2 RTS 5(1): signed for one payment, it approves no other."""
    world.api.answer = RECEIPT
    device = await with_device(world)
    owner = await signed_in(world)
    owner.challenge = await asked_to_approve(owner)
    owner.challenge = await owner.choose("push")
    for_fifty = device.answers(await the_one(world, device), number_of(owner))
    owner.challenge = await asked_to_approve(owner, amount="51.00")
    owner.challenge = await owner.choose("push")
    other = await the_one(world, device)
    moved = for_fifty.model_copy(update={"push_id": other.id, "number": number_of(owner)})
    assert await refused(world.gateway.answer_push(moved)) == "device_refused"
    assert await refused(world.gateway.answer_push(for_fifty)) == "expired"
    assert await refused(owner.answer(DONE)) == "not_answered_yet"
    assert world.api.calls == []


async def test_attack_the_digest_is_changed_under_an_open_push(world: World) -> None:
    """PSD2 RTS 5(1)(b): what the device signs commits to the operation's digest."""
    device = await with_device(world)
    owner = await signed_in(world)
    owner.challenge = await asked_to_approve(owner)
    owner.challenge = await owner.choose("push")
    answer = device.answers(await the_one(world, device), number_of(owner))
    world.sql("UPDATE challenges SET digest = ? WHERE id = ?", "0" * 64, owner.challenge.id)
    assert await refused(world.gateway.answer_push(answer)) == "device_refused"


async def test_attack_a_device_is_shown_something_else(world: World) -> None:
    """PSD2 RTS 5(1)(a): whoever changes what the screen says gets a signature for nothing."""
    device = await with_device(world)
    visitor = await asked_by_push(world)
    push = await the_one(world, device)
    harmless = push.model_copy(update={"binding": "A survey"})
    answer = device.answers(harmless, number_of(visitor))
    assert await refused(world.gateway.answer_push(answer)) == "device_refused"


@pytest.mark.parametrize(
    "changed", [{"decision": "approve"}, {"number": "10"}, {"number": None}, {"push_id": "AAAA"}]
)
async def test_attack_an_answer_is_changed_on_its_way(
    world: World, changed: dict[str, str | None]
) -> None:
    """ASVS 11.6.1: id, number and decision are signed."""
    device = await with_device(world)
    visitor = await asked_by_push(world)
    push = await the_one(world, device)
    number = "99" if number_of(visitor) == "10" else "98"
    answer = device.answers(push, number, "refuse").model_copy(update=changed)
    if "decision" in changed:
        answer = answer.model_copy(update={"number": number_of(visitor)})
    assert await refused(world.gateway.answer_push(answer)) in {"device_refused", "unknown_push"}
    assert (await visitor.look_at_challenge()).answered is None


async def test_attack_another_persons_device_answers(world: World) -> None:
    """ASVS 8.2.2: a push is its person's alone, within a tenant and across tenants."""
    device = await with_device(world)
    bobs = await with_device(world, "bob")
    visitor = await asked_by_push(world)
    push = await the_one(world, device)
    assert await waiting(world, bobs) == []
    answer = bobs.answers(push, number_of(visitor))
    assert await refused(world.gateway.answer_push(answer)) == "unknown_push"


async def test_attack_a_key_that_was_never_enrolled(world: World) -> None:
    """ASVS 6.7.1: and one that borrows the name of an enrolled one."""
    device, stranger = await with_device(world), SoftDevice()
    visitor = await asked_by_push(world)
    push, number = await the_one(world, device), number_of(visitor)
    assert await refused(waiting(world, stranger)) == "device_refused"
    assert await refused(world.gateway.answer_push(stranger.answers(push, number))) == (
        "device_refused"
    )
    borrowed = stranger.answers(push, number, key=device.key)
    assert await refused(world.gateway.answer_push(borrowed)) == "device_refused"


async def test_attack_a_removed_device_answers(world: World) -> None:
    """ASVS 6.5.6: what its person has removed confirms nothing any more, not even what is open."""
    device = await with_device(world)
    visitor = await asked_by_push(world)
    push, number = await the_one(world, device), number_of(visitor)
    await confirms(world, device, number)
    owner = await signed_in(world)
    listed = (await world.gateway.authenticators(owner.cookie)).authenticators
    [ref] = [one.ref for one in listed if one.method == "push"]
    await proved(owner, "alice", "remove", ref)
    assert await refused(world.gateway.answer_push(device.answers(push, number))) == (
        "device_refused"
    )
    assert await refused(visitor.answer(DONE)) == "expired"


async def test_attack_a_disabled_persons_device(world: World) -> None:
    """ASVS 7.4.2: whoever is disabled confirms nothing."""
    device = await with_device(world)
    visitor = await asked_by_push(world)
    push, number = await the_one(world, device), number_of(visitor)
    world.disable("alice")
    assert await refused(world.gateway.answer_push(device.answers(push, number))) == (
        "device_refused"
    )


async def test_attack_an_answer_outlives_its_method(world: World) -> None:
    """ASVS 6.3.4: what the organisation does without confirms nothing, approved before or not."""
    device = await with_device(world)
    visitor = await asked_by_push(world)
    await confirms(world, device, number_of(visitor))
    world.sql("""UPDATE tenants SET methods_off = '["push"]'""")
    assert await refused(visitor.answer(DONE)) == "expired"


async def test_attack_the_device_that_approved_is_gone(world: World) -> None:
    """ASVS 6.5.6: a device that is gone has approved nothing, whoever took it away."""
    device = await with_device(world)
    visitor = await asked_by_push(world)
    await confirms(world, device, number_of(visitor))
    world.sql("DELETE FROM authenticators WHERE method = 'push'")
    assert await refused(visitor.answer(DONE)) == "expired"


async def test_attack_one_key_by_another_spelling(world: World) -> None:
    """ASVS 6.7.1: base64url has spare bits (RFC 4648, section 3.5); a key has one name alone."""
    device = await with_device(world)
    other = device.key[:-1] + chr(ord(device.key[-1]) + 1)
    phone = await signed_in(world)
    change = await proved(phone, "alice", "push", "Phone")
    assert change.push is not None
    shown = device.enrol(change.push, key=other)
    assert await refused(confirm(phone, change.ref, shown)) == "device_refused"


@pytest.mark.parametrize("away", [-301, 301])
async def test_attack_an_old_question_is_asked_again(world: World, away: int) -> None:
    """ASVS 6.5.5: a question is good for its moment, give or take what clocks differ by."""
    device = await with_device(world)
    await asked_by_push(world)
    asked = device.asks(world.clock.now.timestamp() + away)
    assert await refused(world.gateway.waiting_pushes(asked)) == "device_refused"
    near = device.asks(world.clock.now.timestamp() + away // 301 * 299)
    assert len(await world.gateway.waiting_pushes(near)) == 1


async def test_attack_the_number_is_read_from_the_devices_side(world: World) -> None:
    """NIST SP 800-63B-4 3.1.3: nothing that a device is told carries the number."""
    device = await with_device(world)
    numbers = []
    for _ in range(4):
        visitor = await asked_by_push(world)
        told = (await the_one(world, device)).model_dump()
        assert sorted(told) == sorted(
            ["id", "binding", "details", "challenge", "tenant", "expires_in", "attempts_left"]
        )
        assert number_of(visitor) not in (told["binding"], told["details"], told["tenant"])
        numbers.append(number_of(visitor))
        world.clock.advance(minutes=16)
    assert all(10 <= int(number) <= 99 for number in numbers)
    assert len(set(numbers)) > 1


async def test_attack_the_number_is_read_in_another_session(world: World) -> None:
    """ASVS 6.6.2: only the session that holds the challenge sees it."""
    await with_device(world)
    visitor = await asked_by_push(world)
    other = await signed_in(world)
    with_id = world.gateway.look_at_challenge(other.cookie, visitor.challenge_id)
    assert await refused(with_id) == "unknown_challenge"
    took = world.gateway.answer_challenge(other.cookie, other.csrf, visitor.challenge_id, DONE)
    assert await refused(took) == "unknown_challenge"


@pytest.mark.parametrize(
    "endpoint",
    [
        "http://fcm.googleapis.com/fcm/send/abc",
        "https://127.0.0.1/push",
        "https://localhost:8443/push",
        "https://[::1]/push",
        "https://10.0.0.7/push",
        "https://169.254.169.254/latest/meta-data",
        "https://push.attacker.example/abc",
        "https://fcm.googleapis.com.attacker.example/abc",
        "https://fcm.googleapis.com@attacker.example/abc",
        "https://fcm.googleapis.com:8443/abc",
        "https://attacker.example#fcm.googleapis.com",
        "file:///etc/passwd",
    ],
)
async def test_attack_a_subscription_that_leads_inside(world: World, endpoint: str) -> None:
    """Client-supplied URLs: https, to the push services of the list, and nowhere else."""
    phone = await signed_in(world)
    change = await proved(phone, "alice", "push", "Phone")
    assert change.push is not None
    shown = SoftDevice(endpoint).enrol(change.push)
    assert await refused(confirm(phone, change.ref, shown)) == "device_refused"
    done = await confirm(phone, change.ref, SoftDevice(ENDPOINT).enrol(change.push))
    assert done.state == "done"


async def test_attack_a_device_is_enrolled_with_another_ones_key(world: World) -> None:
    """ASVS 6.7.1: only whoever has the key, signs for this change, and is new."""
    theirs = await with_device(world, "bob")
    phone = await signed_in(world)
    change = await proved(phone, "alice", "push", "Phone")
    assert change.push is not None
    mine = SoftDevice()
    other = {"endpoint": ENDPOINT, "keys": (SoftDevice().subscription() or {})["keys"]}
    for shown in (
        mine.enrol(change.push, key=theirs.key),
        theirs.enrol(change.push),
        mine.enrol(change.push, subscription=other),
        mine.enrol(change.push.model_copy(update={"challenge": "0" * 64})),
    ):
        assert await refused(confirm(phone, change.ref, shown)) == "device_refused"
    assert (await confirm(phone, change.ref, mine.enrol(change.push))).state == "done"


async def test_attack_another_kind_of_proof_for_a_push(world: World) -> None:
    """ASVS 6.6.2: neither a code passes for a push, nor the claim of a push for a code."""
    await with_device(world)
    visitor = await asked_by_push(world)
    assert await refused(visitor.answer(number_of(visitor))) == "unknown_method"
    assert await refused(visitor.answer(world.code_of("alice"))) == "unknown_method"
    await visitor.choose("totp")
    assert await refused(visitor.answer(DONE)) == "unknown_method"
