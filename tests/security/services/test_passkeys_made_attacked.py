"""What may not become a passkey, and which one may not go."""

from __future__ import annotations

import pytest

from security.errors import Refused
from tests.security.services.changing import (
    begin,
    confirm,
    go_on,
    proved,
    refs,
    signed_in,
    type_password,
)
from tests.security.services.showing import (
    ORIGIN,
    added,
    added_by_passkey,
    shown,
    shows,
)
from tests.security.visitor import Visitor
from tests.security.world import World
from tests.support.authenticator import Bent, SoftAuthenticator


async def test_attack_removing_the_last_strong_factor(world: World, owner: Visitor) -> None:
    """ASVS 6.4.4: one passkey of two may go where nothing else is left, the last one may not."""
    first = await added(owner, "alice", "Laptop")
    await added_by_passkey(owner, first, "Phone")
    world.sql("DELETE FROM authenticators WHERE method IN ('totp', 'sms')")
    listed = (await world.gateway.authenticators(owner.cookie)).authenticators
    phone, laptop = ({one.hint: one.ref for one in listed}[name] for name in ("Phone", "Laptop"))
    await type_password(owner, "alice")
    change = await begin(owner, "remove", phone)
    await shows(owner, first)
    assert (await go_on(owner, change.ref)).state == "done"
    await type_password(owner, "alice")
    with pytest.raises(Refused, match=r"^last_authenticator$"):
        await begin(owner, "remove", laptop)


async def test_attack_a_passkey_that_is_not_made_for_this_change(
    world: World, owner: Visitor
) -> None:
    """WebAuthn 7.1: five wrong ones end the change, and nothing is kept."""
    device = SoftAuthenticator(ORIGIN)
    change = await proved(owner, "alice", "passkey", "Laptop")
    wrong = shown(device.make(change.passkey or {}, Bent(challenge=b"x" * 32)))
    codes = []
    for _ in range(6):
        with pytest.raises(Refused) as why:
            await confirm(owner, change.ref, wrong)
        codes.append(why.value.code)
    assert codes == ["passkey_refused"] * 4 + ["locked", "unknown_change"]
    assert "passkey" not in await refs(owner)


async def test_attack_making_one_passkey_two_peoples(
    world: World, laptop: SoftAuthenticator
) -> None:
    """WebAuthn 7.1, step 26: an id that is known already is kept for nobody else."""
    bob = await signed_in(world, "bob")
    change = await proved(bob, "bob", "passkey", "Mine now")
    with pytest.raises(Refused, match=r"^passkey_refused$"):
        await confirm(bob, change.ref, shown(laptop.make(change.passkey or {})))


async def test_attack_a_code_instead_of_a_new_passkey(world: World, owner: Visitor) -> None:
    change = await proved(owner, "alice", "passkey", "Laptop")
    with pytest.raises(Refused, match=r"^unknown_method$"):
        await confirm(owner, change.ref, "123456")


async def test_attack_a_passkey_added_in_a_borrowed_session(world: World, owner: Visitor) -> None:
    """ASVS 7.5.1: without the password typed again nothing is added."""
    with pytest.raises(Refused, match=r"^reauthentication_required$"):
        await begin(owner, "passkey", "Laptop")


async def test_attack_a_key_that_is_none_does_not_become_a_strong_factor(
    world: World, owner: Visitor
) -> None:
    """ASVS 6.4.4: its person could remove the others, and would be locked out."""
    device = SoftAuthenticator(ORIGIN, cose={1: 2, 3: -7, -1: 1, -2: "x", -3: "y"})
    change = await proved(owner, "alice", "passkey", "Laptop")
    with pytest.raises(Refused, match=r"^passkey_refused$"):
        await confirm(owner, change.ref, shown(device.make(change.passkey or {})))
    assert "passkey" not in await refs(owner)


@pytest.mark.parametrize("name", ["", "x" * 41, "a\nb", "a\u202eb"])
async def test_attack_a_name_that_shows_otherwise(owner: Visitor, name: str) -> None:
    """ASVS 2.2.1: security bounds it itself."""
    await type_password(owner, "alice")
    with pytest.raises(Refused, match=r"^invalid_arguments$"):
        await begin(owner, "passkey", name)
