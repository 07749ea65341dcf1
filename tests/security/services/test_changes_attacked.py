"""Attacks on changes: by a thief of the password, of the session, of a reference, of time."""

from __future__ import annotations

import asyncio

import pytest

from security.errors import Refused
from tests.security.conftest import MakeWorld
from tests.security.letters import drop, enrol, letters
from tests.security.services.changing import (
    NEW_NUMBER,
    NEW_PASSWORD,
    OLD_ADDRESS,
    OLD_NUMBER,
    begin,
    change_rows,
    code_sent_to,
    confirm,
    go_on,
    password_hash,
    proved,
    refs,
    signed_in,
    type_password,
)
from tests.security.services.contacts import methods_of, reasons
from tests.security.services.proofs import at_the_code
from tests.security.visitor import Visitor
from tests.security.world import World

EVERY_KIND = {
    "totp": None,
    "phone": NEW_NUMBER,
    "email": "thief@example.com",
    "recovery": None,
    "password": NEW_PASSWORD,
    "remove": "made-up",
}


@pytest.mark.parametrize("kind", EVERY_KIND)
async def test_a_stolen_session_changes_nothing_without_the_password(
    world: World, alice: Visitor, kind: str
) -> None:
    """ASVS 7.5.1: even one that has just been signed in to."""
    with pytest.raises(Refused, match=r"^reauthentication_required$"):
        await begin(alice, kind, EVERY_KIND[kind])
    assert change_rows(world) == []
    assert reasons(world, "account:change:refuse") == ["reauthentication_required"]


@pytest.mark.parametrize("kind", [k for k in EVERY_KIND if k != "remove"])
async def test_a_thief_of_the_password_in_a_live_session_still_needs_a_code(
    world: World, alice: Visitor, kind: str
) -> None:
    """ASVS 7.5.1: the challenge is asked for in a fresh session too."""
    enrol(world, "alice", "email", OLD_ADDRESS)
    before = password_hash(world, "alice")
    await type_password(alice, "alice")
    change = await begin(alice, kind, EVERY_KIND[kind])
    assert change.state == "prove"
    assert change.challenge is not None
    assert (change.challenge.purpose, change.challenge.methods) == ("change", ["totp"])
    assert (change.totp, change.codes) == (None, None)
    assert (await go_on(alice, change.ref)).state == "prove"
    with pytest.raises(Refused, match="unknown_change"):
        await confirm(alice, change.ref, "123456")
    with pytest.raises(Refused, match="wrong_code"):
        await alice.answer(world.wrong_code_for("alice"))
    assert methods_of(world, "alice") == {"totp", "email"}
    assert password_hash(world, "alice") == before
    assert not [one for one in letters(world) if one.kind == "code"]


async def test_a_thief_guesses_the_password_in_a_stolen_session(world: World) -> None:
    """ASVS 6.3.1: ten a minute, each on the trail; the limit counts the right one too."""
    alice = await signed_in(world)
    for _ in range(10):
        with pytest.raises(Refused, match="invalid_credentials"):
            await type_password(alice, "alice", "wrong")
    with pytest.raises(Refused, match="rate_limited"):
        await type_password(alice, "alice")
    assert len(world.trail("account:password:fail")) == 11
    with pytest.raises(Refused, match="reauthentication_required"):
        await begin(alice, "totp")


async def test_the_password_of_somebody_else_is_wrong(world: World, alice: Visitor) -> None:
    with pytest.raises(Refused, match="invalid_credentials"):
        await type_password(alice, "alice", world.password_of("bob"))


async def test_a_typed_password_renews_the_id_of_the_session(alice: Visitor) -> None:
    """ASVS 7.2.4: the old one is dead at once."""
    old = alice.cookie
    await type_password(alice, "alice")
    assert alice.cookie != old
    with pytest.raises(Refused, match="session_expired"):
        await alice.world.gateway.look_at_session(old)


async def test_a_typed_password_is_good_for_one_change(alice: Visitor) -> None:
    """ASVS 7.5.1: of ten that are asked for at once, one is begun."""
    await type_password(alice, "alice")
    asked = [begin(alice, "totp") for _ in range(10)]
    outcomes = await asyncio.gather(*asked, return_exceptions=True)
    refusals = [one.code for one in outcomes if isinstance(one, Refused)]
    assert refusals == ["reauthentication_required"] * 9
    assert change_rows(alice.world) == [("totp", "prove")]


@pytest.mark.parametrize(("late", "good"), [(299, True), (300, False), (301, False)])
async def test_a_typed_password_is_good_for_five_minutes(
    world: World, late: int, good: bool
) -> None:
    """ASVS 7.5.1: the boundary itself is too late."""
    carl = await signed_in(world, "carl")
    await type_password(carl, "carl")
    world.clock.advance(seconds=late)
    if good:
        assert (await begin(carl, "totp")).state == "prove"
        return
    with pytest.raises(Refused, match="reauthentication_required"):
        await begin(carl, "totp")


async def test_nobody_changes_anything_without_signing_in(world: World, visitor: Visitor) -> None:
    for attempt in (
        begin(visitor, "totp"),
        begin(visitor, "password", NEW_PASSWORD),
        go_on(visitor, "made-up"),
        confirm(visitor, "made-up", "123456"),
        type_password(visitor, "alice"),
        world.gateway.authenticators(visitor.cookie),
    ):
        with pytest.raises(Refused, match="authentication_required"):
            await attempt


async def test_each_call_needs_the_csrf_token(world: World, alice: Visitor) -> None:
    """ASVS 3.5.1."""
    alice.csrf = "forged"
    for attempt in (
        begin(alice, "totp"),
        begin(alice, "password", NEW_PASSWORD),
        go_on(alice, "made-up"),
        confirm(alice, "made-up", "123456"),
        type_password(alice, "alice"),
    ):
        with pytest.raises(Refused, match="csrf_failed"):
            await attempt


@pytest.mark.parametrize("thief_name", ["alice", "bob"])
async def test_the_change_of_another_session_is_unknown(world: World, thief_name: str) -> None:
    """ASVS 8.4.1: be it another person's or one's own, and it is on the trail."""
    alice, thief = await signed_in(world), await signed_in(world, thief_name)
    await type_password(alice, "alice")
    change = await begin(alice, "phone", NEW_NUMBER)
    with pytest.raises(Refused, match=r"^unknown_change$"):
        await go_on(thief, change.ref)
    await alice.prove("alice")
    await go_on(alice, change.ref)
    with pytest.raises(Refused, match=r"^unknown_change$"):
        await confirm(thief, change.ref, code_sent_to(world, NEW_NUMBER))
    assert reasons(world, "account:change:refuse") == ["foreign_session"] * 2
    assert "sms" not in methods_of(world, thief_name)
    assert (await confirm(alice, change.ref, code_sent_to(world, NEW_NUMBER))).state == "done"


async def test_the_factor_of_another_person_cannot_be_removed(world: World) -> None:
    """ASVS 8.4.1."""
    alice, bob = await signed_in(world), await signed_in(world, "bob")
    enrol(world, "bob", "sms", "+12025550102")
    theirs = await refs(bob)
    await type_password(alice, "alice")
    for ref in (*theirs.values(), "made-up", ""):
        with pytest.raises(Refused):
            await begin(alice, "remove", ref)
    assert methods_of(world, "bob") == {"totp", "sms"}


async def test_a_code_for_one_change_proves_no_other(world: World, alice: Visitor) -> None:
    """ASVS 6.6.2: the newer change voids the older, and its challenge with it."""
    await type_password(alice, "alice")
    first = await begin(alice, "phone", OLD_NUMBER)
    assert first.challenge is not None
    await type_password(alice, "alice")
    second = await begin(alice, "phone", NEW_NUMBER)
    world.clock.advance(seconds=30)
    with pytest.raises(Refused, match="expired"):
        await alice.answer(world.code_of("alice"), first.challenge.id)
    with pytest.raises(Refused, match="unknown_change"):
        await go_on(alice, first.ref)
    assert (await go_on(alice, second.ref)).state == "prove"


async def test_a_payload_swapped_after_the_proof_is_refused(world: World, alice: Visitor) -> None:
    """Contract: the proof is bound to the digest of exactly this change."""
    await type_password(alice, "alice")
    old = await begin(alice, "phone", OLD_NUMBER)
    await type_password(alice, "alice")
    new = await begin(alice, "phone", NEW_NUMBER)
    await alice.prove("alice")
    world.sql(
        "UPDATE changes SET payload_sealed = (SELECT payload_sealed FROM changes WHERE id = ?)"
        " WHERE id = ?",
        old.ref,
        new.ref,
    )
    with pytest.raises(Refused, match="unknown_change"):
        await go_on(alice, new.ref)
    assert reasons(world, "account:change:refuse") == ["payload_changed"]
    assert set(change_rows(world)) == {("phone", "void")}


@pytest.mark.parametrize("column", ["kind = 'email'", f"digest = '{'0' * 64}'"])
async def test_a_change_whose_row_was_tampered_with_is_refused(
    world: World, alice: Visitor, column: str
) -> None:
    """The kind is part of what was proved, and the digest of what is kept."""
    await type_password(alice, "alice")
    change = await begin(alice, "phone", NEW_NUMBER)
    await alice.prove("alice")
    world.sql(f"UPDATE changes SET {column}")
    with pytest.raises(Refused, match="unknown_change"):
        await go_on(alice, change.ref)


@pytest.mark.parametrize("how", ["replaced", "removed"])
async def test_attack_a_code_in_a_telephone_that_was_given_up(world: World, how: str) -> None:
    """ASVS 6.6.2: a code that is on its way to a number is worth nothing once the number goes."""
    enrol(world, "alice", "sms", OLD_NUMBER)
    alice = await signed_in(world)
    ref = (await refs(alice))["sms"]
    thief = await at_the_code(world)
    await thief.choose("sms")
    stolen = code_sent_to(world, OLD_NUMBER)
    if how == "replaced":
        change = await proved(alice, "alice", "phone", NEW_NUMBER)
        await confirm(alice, change.ref, code_sent_to(world, NEW_NUMBER))
    else:
        await proved(alice, "alice", "remove", ref)
    for step in (thief.look_at_challenge(), thief.choose("sms"), thief.answer(stolen)):
        with pytest.raises(Refused, match=r"^expired$"):
            await step


async def test_a_factor_that_vanished_is_a_challenge_that_is_over(world: World) -> None:
    """Bad input: a code every caller declares, and no failure of ours."""
    enrol(world, "alice", "sms", OLD_NUMBER)
    thief = await at_the_code(world)
    await thief.choose("sms")
    drop(world, "alice", "sms")
    for step in (thief.look_at_challenge(), thief.answer("123456")):
        with pytest.raises(Refused, match=r"^expired$"):
            await step


async def test_attack_a_neighbour_uses_up_the_codes_of_a_number(make_world: MakeWorld) -> None:
    """ASVS 6.6.3-4: codes to a number that is not theirs yet do not shut out whose it is."""
    world = make_world(limit_codes_per_number_per_hour=2)
    enrol(world, "alice", "sms", OLD_NUMBER)
    bob = await signed_in(world, "bob", "198.51.100.7")
    for _ in range(2):
        await proved(bob, "bob", "phone", OLD_NUMBER)
    with pytest.raises(Refused, match="too_many_codes"):
        await proved(bob, "bob", "phone", OLD_NUMBER)
    alice = await at_the_code(world)
    for _ in range(2):
        assert (await alice.choose("sms")).delivery == "sending"
        world.clock.advance(seconds=30)
    with pytest.raises(Refused, match="too_many_codes"):
        await alice.choose("sms")
