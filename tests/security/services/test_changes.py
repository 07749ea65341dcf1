"""Changes of factors and password as their person makes them, one kind after the other."""

from __future__ import annotations

import base64
import re

import pytest

from security.errors import Refused
from tests.security.letters import enrol, recovery_codes
from tests.security.services.changing import (
    NEW_ADDRESS,
    NEW_NUMBER,
    NEW_PASSWORD,
    OLD_ADDRESS,
    OLD_NUMBER,
    begin,
    code_sent_to,
    confirm,
    go_on,
    notices,
    other_than,
    password_hash,
    proved,
    refs,
    shows,
    signed_in,
    type_password,
)
from tests.security.services.contacts import methods_of
from tests.security.stored import stored
from tests.security.visitor import Visitor
from tests.security.world import World


async def test_a_person_sees_their_factors_masked(world: World, alice: Visitor) -> None:
    enrol(world, "alice", "sms", OLD_NUMBER)
    enrol(world, "alice", "email", OLD_ADDRESS)
    recovery_codes(world, "alice")
    shown = await world.gateway.authenticators(alice.cookie)
    assert [(one.method, one.hint, one.paused) for one in shown.authenticators] == [
        ("totp", None, False),
        ("sms", "•••• 01", False),
        ("email", "a•••@n•••.com", False),
    ]
    assert (shown.recovery_codes_left, shown.enrol) == (10, False)
    assert OLD_NUMBER not in shown.model_dump_json()


async def test_a_new_app_is_shown_once_and_confirmed_by_its_code(
    world: World, alice: Visitor
) -> None:
    """A key of 160 bits made on the server (RFC 4226 section 4), as text, link and QR code."""
    change = await proved(alice, "alice", "totp")
    assert (change.kind, change.state) == ("totp", "confirm")
    assert change.totp is not None
    assert len(base64.b32decode(change.totp.secret)) == 20
    assert change.totp.secret not in repr(change)
    assert change.totp.uri.startswith("otpauth://totp/Gatehouse%20%28Northwind%20Bank%29:alice?")
    rows = change.totp.qr.split("\n")
    assert {len(row) for row in rows} == {len(rows)}
    assert re.fullmatch(r"[01\n]+", change.totp.qr)
    assert (await go_on(alice, change.ref)).totp is None
    done = await confirm(alice, change.ref, shows(world, change.totp.secret))
    assert done.state == "done"
    assert (await world.gateway.authenticators(alice.cookie)).authenticators[0].added_at == (
        world.clock.now.isoformat(timespec="seconds")
    )


async def test_the_new_app_replaces_the_old_one_and_its_first_code_is_used(
    world: World, alice: Visitor
) -> None:
    """ASVS 6.5.1: the step that confirmed it does not sign in as well."""
    change = await proved(alice, "alice", "totp")
    assert change.totp is not None
    await confirm(alice, change.ref, shows(world, change.totp.secret))
    again = Visitor(world)
    await again.arrive()
    await again.give_password("alice")
    for code in (shows(world, change.totp.secret), world.code_of("alice", 1)):
        with pytest.raises(Refused, match="wrong_code"):
            await again.answer(code)
    world.clock.advance(seconds=30)
    await again.answer(shows(world, change.totp.secret))


@pytest.mark.parametrize(
    ("kind", "method", "typed", "new"),
    [
        ("phone", "sms", "+1 (202) 555-0199", NEW_NUMBER),
        ("email", "email", "new@Northwind.Example.COM", NEW_ADDRESS),
    ],
)
async def test_a_new_number_or_address_is_confirmed_by_a_code_sent_there(
    world: World, alice: Visitor, kind: str, method: str, typed: str, new: str
) -> None:
    """ASVS 6.6.1: validated before it counts for anything."""
    change = await proved(alice, "alice", kind, typed)
    assert change.state == "confirm"
    assert change.destination_hint is not None
    assert method not in methods_of(world, "alice")
    code = code_sent_to(world, new)
    with pytest.raises(Refused, match="wrong_code") as refused:
        await confirm(alice, change.ref, other_than(code))
    assert refused.value.details == {"attempts_left": 4}
    assert (await confirm(alice, change.ref, code)).state == "done"
    assert method in methods_of(world, "alice")


async def test_a_replaced_number_is_told_and_works_no_more(world: World, alice: Visitor) -> None:
    """ASVS 6.3.7: what, when, and what to do; to the old number and the mail address."""
    enrol(world, "alice", "sms", OLD_NUMBER)
    enrol(world, "alice", "email", OLD_ADDRESS)
    change = await proved(alice, "alice", "phone", NEW_NUMBER)
    assert notices(world, OLD_NUMBER) == []
    await confirm(alice, change.ref, code_sent_to(world, NEW_NUMBER))
    for to in (OLD_NUMBER, OLD_ADDRESS):
        [words] = notices(world, to)
        assert "number for codes" in words
        assert world.clock.now.strftime("%Y-%m-%d %H:%M UTC") in words
        assert "If this was not you" in words
        assert NEW_NUMBER not in words
    assert notices(world, NEW_NUMBER) == []
    assert len(world.sql("SELECT id FROM authenticators WHERE method = 'sms'")) == 1


async def test_ten_recovery_codes_replace_all_that_were_there(world: World, alice: Visitor) -> None:
    """Shown this once, and kept as keyed hashes."""
    old = recovery_codes(world, "alice")
    enrol(world, "alice", "email", OLD_ADDRESS)
    change = await proved(alice, "alice", "recovery")
    assert change.state == "done"
    assert change.codes is not None
    assert len(set(change.codes)) == 10
    assert change.codes[0] not in repr(change)
    assert "recovery codes" in notices(world, OLD_ADDRESS)[0]
    with pytest.raises(Refused, match="unknown_change"):
        await go_on(alice, change.ref)
    kept = stored(world)
    assert all(code.encode() not in kept for code in change.codes)
    again = Visitor(world)
    await again.arrive()
    await again.give_password("alice")
    await again.choose("recovery")
    with pytest.raises(Refused, match="wrong_code"):
        await again.answer(old[0])
    await again.answer(change.codes[0])
    assert (await world.gateway.authenticators(again.cookie)).recovery_codes_left == 9


async def test_a_new_password_ends_every_other_session(world: World) -> None:
    """ASVS 7.4.3: of this person, and not the one that changed it."""
    enrol(world, "alice", "email", OLD_ADDRESS)
    alice, elsewhere, bob = [await signed_in(world, who) for who in ("alice", "alice", "bob")]
    before = password_hash(world, "alice")
    change = await proved(alice, "alice", "password", NEW_PASSWORD)
    assert change.state == "done"
    assert password_hash(world, "alice") != before
    assert "password" in notices(world, OLD_ADDRESS)[-1]
    for visitor, lives in ((alice, True), (bob, True), (elsewhere, False)):
        if lives:
            assert (await visitor.look()).session.authenticated
        else:
            with pytest.raises(Refused, match="session_expired"):
                await visitor.look()
    again = Visitor(world)
    await again.arrive()
    with pytest.raises(Refused, match="invalid_credentials"):
        await again.give_password("alice")
    assert (await again.give_password("alice", NEW_PASSWORD)).challenge is not None


async def test_a_sign_in_with_the_old_password_that_waits_comes_to_nothing(world: World) -> None:
    alice, thief = await signed_in(world), Visitor(world)
    await thief.arrive()
    await thief.give_password("alice")
    await proved(alice, "alice", "password", NEW_PASSWORD)
    world.clock.advance(seconds=30)
    with pytest.raises(Refused, match="expired"):
        await thief.answer(world.code_of("alice"))


@pytest.mark.parametrize("password", ["short", "password1234", "Alice-alice-1", "x" * 129])
async def test_a_weak_password_is_refused_with_what_to_do(
    world: World, alice: Visitor, password: str
) -> None:
    """ASVS 6.2.4: and the password that was typed again is not used up by it."""
    await type_password(alice, "alice")
    before = password_hash(world, "alice")
    with pytest.raises(Refused, match="weak_password") as refused:
        await begin(alice, "password", password)
    assert refused.value.details["suggestions"]
    assert world.trail("account:change:refuse")[-1]["reason"] == "weak_password"
    assert password_hash(world, "alice") == before
    assert (await begin(alice, "password", NEW_PASSWORD)).state == "prove"


async def test_a_factor_is_removed_and_its_own_number_told(world: World, alice: Visitor) -> None:
    enrol(world, "alice", "sms", OLD_NUMBER)
    await type_password(alice, "alice")
    change = await begin(alice, "remove", (await refs(alice))["sms"])
    assert change.challenge is not None
    assert change.challenge.binding == "Remove a way to prove who you are"
    assert change.challenge.details is not None
    assert change.challenge.details[0].value == "Number for codes •••• 01"
    await alice.prove("alice")
    assert (await go_on(alice, change.ref)).state == "done"
    assert "removed" in notices(world, OLD_NUMBER)[0]
    assert methods_of(world, "alice") == {"totp"}


async def test_the_last_strong_factor_stays(world: World, alice: Visitor) -> None:
    """An address is not a strong one; a number is."""
    enrol(world, "alice", "email", OLD_ADDRESS)
    await type_password(alice, "alice")
    own = await refs(alice)
    with pytest.raises(Refused, match="last_authenticator"):
        await begin(alice, "remove", own["totp"])
    assert (await begin(alice, "remove", own["email"])).state == "prove"
    enrol(world, "alice", "sms", OLD_NUMBER)
    await type_password(alice, "alice")
    assert (await begin(alice, "remove", own["totp"])).state == "prove"


async def test_two_sessions_that_each_remove_one_leave_one(world: World) -> None:
    """The last one is counted again when it is to go."""
    enrol(world, "alice", "sms", OLD_NUMBER)
    one, other = await signed_in(world), await signed_in(world)
    own = await refs(one)
    pending = []
    for visitor, method in ((one, "sms"), (other, "totp")):
        await type_password(visitor, "alice")
        change = await begin(visitor, "remove", own[method])
        await visitor.prove("alice")
        pending.append((visitor, change.ref))
    await go_on(*pending[0])
    with pytest.raises(Refused, match="last_authenticator"):
        await go_on(*pending[1])
    assert methods_of(world, "alice") == {"totp"}


@pytest.mark.parametrize(
    "number", ["", "0151 2345678", "+491", "+1 900 555 1234", "+1 800 FLOWERS"]
)
async def test_what_is_no_number_is_refused(alice: Visitor, number: str) -> None:
    await type_password(alice, "alice")
    with pytest.raises(Refused, match="invalid_address") as refused:
        await begin(alice, "phone", number)
    assert refused.value.details == {"field": "phone"}


async def test_a_change_without_its_value_is_refused(alice: Visitor) -> None:
    await type_password(alice, "alice")
    for kind in ("phone", "email", "password", "remove"):
        with pytest.raises(Refused, match="invalid_arguments"):
            await begin(alice, kind)


async def test_each_step_is_on_the_trail_and_no_word_of_it(world: World, alice: Visitor) -> None:
    """ASVS 16.2.5: neither the number, nor a code, nor a key."""
    change = await proved(alice, "alice", "phone", NEW_NUMBER)
    code = code_sent_to(world, NEW_NUMBER)
    await confirm(alice, change.ref, code)
    tags = [tag for tag in world.tags() if tag.startswith("account:")]
    assert tags == ["account:password:pass", "account:change:open", "account:change:done"]
    trail = b"".join(world.records())
    assert NEW_NUMBER.encode() not in trail
    assert code.encode() not in trail
    assert b'"purpose":"phone"' in trail
