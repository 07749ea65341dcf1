"""Passkeys on the real core: made, shown, counted, removed."""

from __future__ import annotations

import pytest

from security.errors import Refused
from security.services import change_kinds
from tests.security.letters import enrol
from tests.security.payments import RECEIPT, asked_to_approve, asking, rows
from tests.security.services.changing import (
    OLD_ADDRESS,
    begin,
    change_rows,
    go_on,
    notices,
    proved,
    type_password,
)
from tests.security.services.showing import (
    added,
    added_by_passkey,
    at_the_door,
    refused,
    shows,
)
from tests.security.visitor import Visitor
from tests.security.world import World
from tests.support.authenticator import Bent, SoftAuthenticator


async def test_a_passkey_is_added_by_name_and_its_person_is_told(
    world: World, owner: Visitor
) -> None:
    """ASVS 7.5.1, 6.3.7: with the password and a proof, and a notice by another channel."""
    enrol(world, "alice", "email", OLD_ADDRESS)
    await added(owner, "alice", "Alice's laptop")
    listed = (await world.gateway.authenticators(owner.cookie)).authenticators
    [passkey] = [one for one in listed if one.method == "passkey"]
    assert passkey.hint == "Alice's laptop"
    assert any("A passkey has been added" in words for words in notices(world, OLD_ADDRESS))
    assert change_rows(world) == [("passkey", "done")]


async def test_what_is_kept_of_a_passkey_tells_nothing(
    world: World, laptop: SoftAuthenticator
) -> None:
    """ASVS 14.2.4: neither its id nor its name stands in the database."""
    [(sealed, number)] = world.sql(
        "SELECT secret_sealed, credential_hash FROM authenticators WHERE method = 'passkey'"
    )
    assert laptop.id not in bytes(sealed)
    assert b"Laptop" not in bytes(sealed)
    assert laptop.id.hex() not in number


async def test_nobody_is_named_and_nothing_typed(world: World, laptop: SoftAuthenticator) -> None:
    """The contract: a passkey with user verification is aal2 alone."""
    visitor = await at_the_door(world)
    assert visitor.challenge is not None
    assert (visitor.challenge.methods, visitor.challenge.binding) == (["passkey"], "Sign in")
    assert (visitor.challenge.passkey or {})["allowCredentials"] == []
    await shows(visitor, laptop)
    session = (await visitor.look()).session
    assert session.user is not None
    assert (session.user.name, session.assurance) == ("Alice", "aal2")
    [(method,)] = world.sql("SELECT method FROM sign_ins ORDER BY at DESC LIMIT 1")
    assert method == "passkey"


async def test_what_was_asked_before_is_answered_after_it(
    world: World, laptop: SoftAuthenticator
) -> None:
    visitor = Visitor(world)
    await visitor.arrive("northwind-bank")
    await visitor.is_refused("authentication_required")
    visitor.challenge = await world.gateway.sign_in_by_passkey(visitor.cookie, visitor.csrf)
    assert visitor.challenge.binding == "Sign in to Northwind Bank"
    assert (await shows(visitor, laptop)).resume is True
    assert (await visitor.resume()).result is not None


async def test_a_payment_is_approved_by_a_passkey_that_says_so(
    world: World, owner: Visitor, laptop: SoftAuthenticator
) -> None:
    """PSD2 RTS 5(1): what is signed stands for exactly this amount and payee."""
    world.api.answer = RECEIPT
    owner.challenge = await asked_to_approve(owner)
    assert owner.challenge.method == "passkey"
    passed = await shows(owner, laptop)
    assert (passed.resume, passed.confirmed) == (True, True)
    assert (await owner.resume()).result == RECEIPT
    assert rows(owner) == [("write", "done")]


async def test_a_passkey_works_while_codes_are_paused(
    world: World, laptop: SoftAuthenticator
) -> None:
    """ASVS 6.6.3: a stranger with the password cannot keep its person out."""
    world.sql("UPDATE authenticators SET paused_until = 9000000000000000 WHERE method = 'totp'")
    visitor = Visitor(world)
    await visitor.arrive()
    await visitor.give_password("alice")
    await shows(visitor, laptop)
    assert (await visitor.look()).session.assurance == "aal2"


@pytest.mark.parametrize(("seconds", "passes"), [(299, True), (300, False), (301, False)])
async def test_a_challenge_lives_for_five_minutes(
    world: World, laptop: SoftAuthenticator, seconds: int, passes: bool
) -> None:
    visitor = await at_the_door(world)
    world.clock.advance(seconds=seconds)
    if passes:
        await shows(visitor, laptop)
    else:
        assert await refused(visitor, laptop) == "expired"


async def test_a_passkey_of_several_is_removed_and_shows_nothing_any_more(
    world: World, owner: Visitor, laptop: SoftAuthenticator
) -> None:
    phone = await added_by_passkey(owner, laptop, "Phone")
    listed = (await world.gateway.authenticators(owner.cookie)).authenticators
    ref = {one.hint: one.ref for one in listed}["Laptop"]
    await type_password(owner, "alice")
    change = await begin(owner, "remove", ref)
    assert change.challenge is not None
    assert [detail.value for detail in change.challenge.details or []] == ["Passkey Laptop"]
    await shows(owner, phone)
    assert (await go_on(owner, change.ref)).state == "done"
    assert await refused(await at_the_door(world), laptop) == "passkey_refused"
    await shows(await at_the_door(world), phone)


async def test_there_are_at_most_so_many(
    owner: Visitor, laptop: SoftAuthenticator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Boundary: the last one may come, one more may not."""
    monkeypatch.setitem(change_kinds._SEVERAL, "passkey", (2, "too_many_passkeys"))
    await added_by_passkey(owner, laptop, "Second")
    await type_password(owner, "alice")
    with pytest.raises(Refused, match=r"^too_many_passkeys$"):
        await begin(owner, "passkey", "One more")


async def test_a_waiting_payment_is_void_after_five_wrong_proofs(
    world: World, owner: Visitor, laptop: SoftAuthenticator
) -> None:
    owner.challenge = await asked_to_approve(owner)
    for _ in range(5):
        await refused(owner, laptop, Bent(signature=b"x"))
    assert rows(owner) == [("write", "void")]
    with pytest.raises(Refused, match=r"^confirmation_required$"):
        await asking(owner, "50.00")


async def test_every_step_is_on_the_trail(world: World, laptop: SoftAuthenticator) -> None:
    """ASVS 16.3.1: what was opened, refused and passed; nobody is made up for nobody."""
    visitor = await at_the_door(world)
    await refused(visitor, laptop, Bent(signature=b"x"))
    await shows(visitor, laptop)
    records = [one for one in world.trail() if one.get("method") == "passkey"][-3:]
    assert [one["tag"] for one in records] == [
        "challenge:person:open",
        "challenge:person:fail",
        "challenge:person:pass",
    ]
    assert ["person" in one for one in records] == [False, False, True]


async def test_what_is_to_be_made_is_told_again_where_the_answer_got_lost(owner: Visitor) -> None:
    change = await proved(owner, "alice", "passkey", "Laptop")
    again = await go_on(owner, change.ref)
    assert again.passkey is not None
    assert again.passkey["challenge"] == (change.passkey or {})["challenge"]
