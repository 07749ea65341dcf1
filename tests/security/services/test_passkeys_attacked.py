"""Whose a passkey is not, and what its signature is not for."""

from __future__ import annotations

import asyncio

import pytest

from security.errors import Refused
from tests.security.challenges.test_plain_cbor import growing
from tests.security.framed import Framed, Site, with_hosts
from tests.security.letters import enrol
from tests.security.payments import RECEIPT, asked_to_approve
from tests.security.services.changing import (
    OLD_ADDRESS,
    notices,
    signed_in,
)
from tests.security.services.showing import (
    ORIGIN,
    added,
    at_the_door,
    refused,
    shown,
    shows,
)
from tests.security.visitor import Visitor
from tests.security.world import World
from tests.support.authenticator import Bent, SoftAuthenticator


async def test_attack_a_passkey_shown_for_one_payment_approves_another(
    world: World, owner: Visitor, laptop: SoftAuthenticator
) -> None:
    """PSD2 RTS 5(1)(c-d): the proof for 50 is worth nothing for 51."""
    world.api.answer = RECEIPT
    first = await asked_to_approve(owner)
    assert first.passkey is not None
    for_fifty = shown(laptop.show(first.passkey))
    owner.challenge = await asked_to_approve(owner, amount="51.00")
    with pytest.raises(Refused, match=r"^passkey_refused$"):
        await owner.answer(for_fifty)
    with pytest.raises(Refused, match=r"^expired$"):
        await owner.answer(for_fifty, first.id)
    assert world.api.calls == []


async def test_attack_the_digest_is_changed_under_an_open_challenge(
    world: World, owner: Visitor, laptop: SoftAuthenticator
) -> None:
    """PSD2 RTS 5(1)(b): what is signed commits to the operation's digest."""
    owner.challenge = await asked_to_approve(owner)
    told = shown(laptop.show(owner.challenge.passkey or {}))
    world.sql("UPDATE challenges SET digest = ? WHERE id = ?", "0" * 64, owner.challenge.id)
    with pytest.raises(Refused, match=r"^passkey_refused$"):
        await owner.answer(told)


@pytest.mark.parametrize(
    "bent",
    [
        Bent(origin="https://gatehouse.example"),
        Bent(rp_id="gatehouse.example"),
        Bent(challenge=b"x" * 32),
        Bent(flags=0x01),
        Bent(cross_origin=True),
    ],
)
async def test_attack_a_bent_proof_lets_nobody_in(
    world: World, laptop: SoftAuthenticator, bent: Bent
) -> None:
    """WebAuthn 7.2: refused, recorded, and the right one still works."""
    visitor = await at_the_door(world)
    assert await refused(visitor, laptop, bent) == "passkey_refused"
    await shows(visitor, laptop)
    assert (await visitor.look()).session.authenticated


async def test_attack_a_copied_passkey(world: World, laptop: SoftAuthenticator) -> None:
    """WebAuthn 7.2, step 22: once the owner has used theirs, the copy's counter is behind."""
    copy = SoftAuthenticator(ORIGIN, id=laptop.id, key=laptop.key, handle=laptop.handle)
    await shows(await at_the_door(world), laptop)
    assert await refused(await at_the_door(world), copy) == "passkey_refused"


async def test_attack_one_proof_fifty_times_at_once(
    world: World, laptop: SoftAuthenticator
) -> None:
    """ASVS 6.5.1: one passes."""
    visitor = await at_the_door(world)
    proof = shown(
        laptop.show((visitor.challenge or await visitor.look_at_challenge()).passkey or {})
    )
    held = (visitor.cookie, visitor.csrf, visitor.challenge_id, proof)
    tried = [world.gateway.answer_challenge(*held) for _ in range(50)]
    answers = await asyncio.gather(*tried, return_exceptions=True)
    assert sum(not isinstance(one, BaseException) for one in answers) == 1


async def test_attack_somebody_elses_passkey_as_my_second_factor(
    world: World, laptop: SoftAuthenticator
) -> None:
    """ASVS 6.6.2: a stolen password of bob's is not completed by alice's passkey."""
    bob = await signed_in(world, "bob")
    await added(bob, "bob", "Phone")
    thief = Visitor(world)
    await thief.arrive()
    await thief.give_password("bob")
    assert thief.challenge is not None
    assert thief.challenge.method == "passkey"
    assert await refused(thief, laptop) == "passkey_refused"


async def test_attack_a_name_that_the_authenticator_does_not_say(
    world: World, laptop: SoftAuthenticator
) -> None:
    """WebAuthn 7.2, step 6: where nobody was named, the user handle has to be right."""
    laptop.handle = b""
    assert await refused(await at_the_door(world), laptop) == "passkey_refused"
    laptop.handle = b"z" * 32
    assert await refused(await at_the_door(world), laptop) == "passkey_refused"


async def test_attack_a_disabled_person_with_a_passkey(
    world: World, laptop: SoftAuthenticator
) -> None:
    """ASVS 7.4.2: refused like one that is not known."""
    visitor = await at_the_door(world)
    world.sql("UPDATE people SET disabled_at = 0 WHERE username_hash = hashed(tenant_id, 'alice')")
    assert await refused(visitor, laptop) == "passkey_refused"


async def test_attack_a_passkey_of_nobody(world: World) -> None:
    """ASVS 6.3.8: the same answer whether a passkey is known or not."""
    stranger = SoftAuthenticator(ORIGIN, handle=b"h" * 32)
    assert await refused(await at_the_door(world), stranger) == "passkey_refused"


async def test_attack_keeping_a_person_out_by_failing_for_them(
    world: World, laptop: SoftAuthenticator
) -> None:
    """ASVS 6.6.3: five failures end the challenge and pause nothing; the passkey still works."""
    thief = Visitor(world)
    await thief.arrive()
    await thief.give_password("alice")
    wrong = Bent(signature=b"x")
    codes = [await refused(thief, laptop, wrong) for _ in range(5)]
    assert codes == ["passkey_refused"] * 4 + ["expired"]
    assert await refused(thief, laptop) == "expired"
    await shows(await at_the_door(world), laptop)


async def test_attack_a_challenge_of_another_session(
    world: World, laptop: SoftAuthenticator
) -> None:
    """ASVS 6.6.2: what was signed for one browser is worth nothing in another."""
    lured, thief = await at_the_door(world), await at_the_door(world)
    assert lured.challenge is not None
    proof = shown(laptop.show(lured.challenge.passkey or {}))
    with pytest.raises(Refused, match=r"^unknown_challenge$"):
        await thief.answer(proof, lured.challenge.id)
    with pytest.raises(Refused, match=r"^passkey_refused$"):
        await thief.answer(proof)


async def test_attack_a_code_where_a_passkey_is_asked_for(
    world: World, laptop: SoftAuthenticator
) -> None:
    """Neither is taken for the other, and no guess is counted."""
    visitor = Visitor(world)
    await visitor.arrive()
    await visitor.give_password("alice")
    with pytest.raises(Refused, match=r"^unknown_method$"):
        await visitor.answer("123456")
    proof = shown(laptop.show((visitor.challenge and visitor.challenge.passkey) or {}))
    view = await visitor.choose("totp")
    assert view.passkey is None
    with pytest.raises(Refused, match=r"^unknown_method$"):
        await visitor.answer(proof)
    visitor.challenge = await visitor.choose("passkey")
    await shows(visitor, laptop)


async def test_attack_choosing_a_weaker_way_where_nobody_is_named(
    world: World, laptop: SoftAuthenticator
) -> None:
    """ASVS 6.3.4: the challenge of nobody is answered by a passkey or not at all."""
    visitor = await at_the_door(world)
    for method in ("email", "recovery", "totp"):
        with pytest.raises(Refused, match=r"^unknown_method$"):
            await visitor.choose(method)


async def test_attack_bytes_that_grow_before_any_signature_is_looked_at(
    world: World, laptop: SoftAuthenticator
) -> None:
    """CWE-776: refused at once, and the right passkey still works."""
    visitor = await at_the_door(world)
    laptop.extensions = growing(60)
    assert await refused(visitor, laptop) == "passkey_refused"
    laptop.extensions = b""
    await shows(visitor, laptop)


async def test_attack_burying_a_sign_in_under_failures(
    world: World, laptop: SoftAuthenticator
) -> None:
    """ASVS 7.5.2: whoever fails often with a stolen password hides no sign-in that passed."""
    thief = Visitor(world)
    for _ in range(3):
        await thief.arrive()
        await thief.give_password("alice")
        for _ in range(5):
            await refused(thief, laptop, Bent(signature=b"x"))
    seen = world.sql("SELECT outcome FROM sign_ins ORDER BY at DESC LIMIT 10")
    assert ("passed",) in seen
    assert len([one for one in seen if one == ("failed",)]) == 3


async def test_attack_a_copy_is_told_to_its_person(world: World, owner: Visitor) -> None:
    """WebAuthn 7.2, step 22: on the trail under their name, and by another channel."""
    enrol(world, "alice", "email", OLD_ADDRESS)
    laptop = await added(owner, "alice", "Laptop")
    copy = SoftAuthenticator(ORIGIN, id=laptop.id, key=laptop.key, handle=laptop.handle)
    await shows(await at_the_door(world), laptop)
    assert await refused(await at_the_door(world), copy) == "passkey_refused"
    [record] = [one for one in world.trail() if one.get("reason") == "counter_behind"]
    assert record["person"]
    assert any("Laptop” seems to have been copied" in one for one in notices(world, OLD_ADDRESS))


async def test_attack_a_proof_in_a_foreign_session_is_recorded_under_nobodys_name(
    world: World,
) -> None:
    """ASVS 16.3.1: a challenge of nobody has no person, and none is made up."""
    lured, thief = await at_the_door(world), await at_the_door(world)
    with pytest.raises(Refused, match=r"^unknown_challenge$"):
        await thief.answer("123456", lured.challenge_id)
    [record] = [one for one in world.trail() if one.get("reason") == "foreign_session"]
    assert not {"person", "tenant"} & set(record)


async def test_attack_asking_for_challenges_without_end(world: World) -> None:
    """ASVS 2.4.1: one that is as good as new is given again; it leaves one row."""
    visitor = await at_the_door(world)
    first = visitor.challenge_id
    for _ in range(5):
        again = await world.gateway.sign_in_by_passkey(visitor.cookie, visitor.csrf)
        assert again.id == first
    world.clock.advance(seconds=150)
    assert (await world.gateway.sign_in_by_passkey(visitor.cookie, visitor.csrf)).id != first


async def test_attack_voiding_an_approval_by_asking_for_another_sign_in(
    world: World, owner: Visitor, laptop: SoftAuthenticator
) -> None:
    """Only a proof ends what was open; asking for one does not."""
    world.api.answer = RECEIPT
    payment = await asked_to_approve(owner)
    await world.gateway.sign_in_by_passkey(owner.cookie, owner.csrf)
    owner.challenge = payment
    assert (await shows(owner, laptop)).confirmed is True


async def test_attack_somebody_elses_sign_in_takes_over_an_open_payment(
    world: World, owner: Visitor, laptop: SoftAuthenticator
) -> None:
    """ASVS 7.2.4: whoever comes next in this browser has a conversation of their own."""
    bobs = await added(await signed_in(world, "bob"), "bob", "Phone")
    payment = await asked_to_approve(owner)
    owner.challenge = await world.gateway.sign_in_by_passkey(owner.cookie, owner.csrf)
    await shows(owner, bobs)
    owner.challenge = payment
    assert await refused(owner, laptop) == "expired"
    assert world.api.calls == []


async def test_attack_a_sign_in_by_passkey_inside_another_site(
    world: World, laptop: SoftAuthenticator
) -> None:
    """ASVS 6.3.4: nothing is proved in a frame; one with a stranger, and one with its person."""
    site = Site()
    framed = Framed(with_hosts(world, site))
    await framed.arrive()
    for _ in range(2):
        with pytest.raises(Refused, match=r"^full_page_required$"):
            await world.gateway.sign_in_by_passkey(framed.cookie, framed.csrf)
        await framed.vouched(site)
    lured = await at_the_door(world)
    proof = shown(laptop.show((lured.challenge and lured.challenge.passkey) or {}))
    with pytest.raises(Refused, match=r"^full_page_required$"):
        await framed.answer(proof, lured.challenge_id)
