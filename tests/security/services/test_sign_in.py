"""Attacks on the first factor: guessing, enumerating, locking out, racing."""

from __future__ import annotations

import pytest

from security.errors import Refused
from tests.security.conftest import MakeWorld
from tests.security.visitor import Visitor
from tests.security.world import World

BANK = "northwind-bank"

# Whoever is not let in learns one thing only: that they are not let in.
NOT_LET_IN = {
    "a wrong password": (BANK, "alice", "wrong"),
    "an empty password": (BANK, "alice", ""),
    "an unknown name": (BANK, "nobody", "wrong"),
    "an empty name": (BANK, "", "wrong"),
    "an unknown organisation": ("no-such-bank", "alice", "wrong"),
    "a name of another organisation": (BANK, "carl", "wrong"),
    "a name in capitals": (BANK, "ALICE", "wrong"),
    "a name with a blank": (BANK, "alice ", "wrong"),
    "a wildcard": (BANK, "%", "wrong"),
    "SQL": (BANK, "alice' --", "wrong"),
    "a zero byte": (BANK, "alice\x00", "wrong"),
    "a zero byte behind the organisation": (f"{BANK}\x00", "alice", "wrong"),
}


@pytest.mark.both_databases
@pytest.mark.parametrize(("tenant", "name", "password"), NOT_LET_IN.values(), ids=NOT_LET_IN)
async def test_every_way_not_to_be_let_in_looks_the_same(
    visitor: Visitor, tenant: str, name: str, password: str
) -> None:
    """ASVS 6.3.8: same code, same body, same work: one hash computation."""
    with pytest.raises(Refused) as refused:
        await visitor.give_password(name, password, tenant)
    assert refused.value.code == "invalid_credentials"
    assert refused.value.details == {}
    assert visitor.world.hasher.checks == 1
    assert len(visitor.world.trail("sign_in:password:fail")) == 1
    assert visitor.world.sql("SELECT count(*) FROM challenges") == [(0,)]


async def test_the_trail_knows_networks_apart_and_none_by_its_address(visitor: Visitor) -> None:
    """ASVS 16.2.5, and what the watch needs to see one network try many names."""
    said = []
    for visitor.address in ("203.0.113.7", "203.0.113.8", "2001:db8::1", "2001:db8::2"):
        with pytest.raises(Refused):
            await visitor.give_password("alice", "wrong")
        said.append(visitor.world.trail("sign_in:password:fail")[-1]["origin"])
    assert len(set(said)) == 3
    assert said[2] == said[3]
    assert "203.0.113" not in str(visitor.world.records())


async def test_the_right_password_of_a_disabled_person_looks_like_a_wrong_one(
    visitor: Visitor,
) -> None:
    """ASVS 6.3.8."""
    visitor.world.disable("alice")
    with pytest.raises(Refused, match="invalid_credentials"):
        await visitor.give_password("alice")
    assert visitor.world.hasher.checks == 1


async def test_the_right_password_at_another_organisation_is_wrong(visitor: Visitor) -> None:
    """ASVS 8.4.1."""
    for tenant in ("acme-shop", "harbor-clinic", "globex"):
        with pytest.raises(Refused, match="invalid_credentials"):
            await visitor.give_password("alice", tenant=tenant)


async def test_the_right_password_of_somebody_else_is_wrong(visitor: Visitor) -> None:
    with pytest.raises(Refused, match="invalid_credentials"):
        await visitor.give_password("alice", visitor.world.password_of("bob"))


async def test_the_right_password_opens_a_challenge_and_nothing_else(visitor: Visitor) -> None:
    """The contract: 200 `{challenge}` always when a factor is enrolled."""
    passed = await visitor.give_password("alice")
    assert passed.grant is None
    assert passed.challenge is not None
    assert passed.challenge.binding == "Sign in to Northwind Bank"
    assert (passed.challenge.purpose, passed.challenge.method) == ("sign_in", "totp")
    assert passed.challenge.methods == ["totp"]
    assert (passed.challenge.attempts_left, passed.challenge.expires_in) == (5, 300)
    await visitor.is_refused("authentication_required")


async def test_a_person_without_a_factor_reaches_aal1_and_is_told_to_enrol(
    visitor: Visitor,
) -> None:
    """ASVS 6.3.4: a password alone is never more."""
    old = visitor.cookie
    passed = await visitor.give_password("amy")
    assert passed.challenge is None
    assert passed.grant is not None
    assert passed.enrol is True
    assert passed.grant.session.assurance == "aal1"
    with pytest.raises(Refused, match="session_expired"):
        await visitor.world.gateway.look_at_session(old)


async def test_ten_guesses_a_minute_at_one_name_and_not_one_more(visitor: Visitor) -> None:
    """ASVS 6.3.1: not even the right password; nothing is computed for the eleventh."""
    for _ in range(10):
        with pytest.raises(Refused, match="invalid_credentials"):
            await visitor.give_password("alice", "wrong")
    with pytest.raises(Refused, match="rate_limited"):
        await visitor.give_password("alice")
    assert visitor.world.hasher.checks == 10
    assert len(visitor.world.trail("sign_in:password:limit")) == 1


async def test_the_limit_is_the_same_for_a_name_that_nobody_has(visitor: Visitor) -> None:
    """ASVS 6.3.8."""
    for _ in range(10):
        with pytest.raises(Refused, match="invalid_credentials"):
            await visitor.give_password("nobody", "wrong", BANK)
    with pytest.raises(Refused, match="rate_limited"):
        await visitor.give_password("nobody", "wrong", BANK)
    assert visitor.world.hasher.checks == 10


async def test_a_new_session_does_not_bring_new_guesses(world: World) -> None:
    """ASVS 6.3.1."""
    for _ in range(10):
        guesser = Visitor(world)
        await guesser.arrive()
        with pytest.raises(Refused, match="invalid_credentials"):
            await guesser.give_password("alice", "wrong")
    with pytest.raises(Refused, match="rate_limited"):
        await guesser.give_password("alice")


async def test_the_limit_of_one_name_leaves_others_alone(visitor: Visitor) -> None:
    for _ in range(11):
        with pytest.raises(Refused):
            await visitor.give_password("alice", "wrong")
    await visitor.sign_in("bob")


async def test_a_stranger_elsewhere_does_not_lock_a_person_out(world: World) -> None:
    """ASVS 6.3.3-4: neither at the password nor at the factor."""
    stranger, alice = Visitor(world), Visitor(world)
    stranger.address, alice.address = "198.51.100.66", "192.0.2.7"
    await stranger.arrive()
    for _ in range(30):
        with pytest.raises(Refused):
            await stranger.give_password("alice", "wrong")
    await alice.arrive()
    passed = await alice.sign_in("alice")
    assert passed.grant.session.authenticated


@pytest.mark.parametrize("name", ["alice", "nobody"])
async def test_guesses_from_many_addresses_are_limited_together(
    make_world: MakeWorld, name: str
) -> None:
    """ASVS 6.3.1: a spread guesser has more tries, but not any number."""
    world = make_world(limit_passwords_per_minute_everywhere=12)
    outcomes = []
    for number in range(15):
        guesser = Visitor(world)
        guesser.address = f"198.51.100.{number}"
        await guesser.arrive()
        with pytest.raises(Refused) as refused:
            await guesser.give_password(name, "wrong", BANK)
        outcomes.append(refused.value.code)
    assert outcomes == ["invalid_credentials"] * 12 + ["rate_limited"] * 3


async def test_attack_a_crowd_of_strangers_keeps_a_person_out(make_world: MakeWorld) -> None:
    """ASVS 6.3.1, 6.6.4: a browser that the person has used before has tries of its own."""
    world = make_world(limit_passwords_per_minute_everywhere=3)
    alice, crowd = Visitor(world), Visitor(world)
    await alice.arrive()
    await alice.sign_in("alice")
    await alice.sign_out()
    for number in range(4):
        crowd.address = f"198.51.100.{number}"
        await crowd.arrive()
        with pytest.raises(Refused):
            await crowd.give_password("alice", "wrong")
    with pytest.raises(Refused, match="rate_limited"):
        await crowd.give_password("alice")
    await alice.arrive()
    await alice.sign_in("alice")


async def test_attack_a_known_browser_is_known_to_its_own_person_alone(
    make_world: MakeWorld,
) -> None:
    """ASVS 6.3.1: it has few tries too, and none more at another name, or made up."""
    world = make_world(limit_passwords_per_minute=3, limit_passwords_per_minute_everywhere=3)
    bob = Visitor(world)
    await bob.arrive()
    await bob.sign_in("bob")
    for name, device in (("alice", bob.device), ("tess", "made-up"), ("bob", bob.device)):
        bob.device = device
        await bob.arrive()
        outcomes = []
        for number in range(4):
            bob.address = f"198.51.100.{number}"
            with pytest.raises(Refused) as refused:
                await bob.give_password(name, "wrong", BANK)
            outcomes.append(refused.value.code)
        assert outcomes == ["invalid_credentials"] * 3 + ["rate_limited"]


async def test_a_person_disabled_while_the_password_is_checked_is_not_let_in(
    visitor: Visitor,
) -> None:
    """ASVS 7.4.2."""
    visitor.world.hasher.during = lambda: visitor.world.disable("alice")
    with pytest.raises(Refused, match="invalid_credentials"):
        await visitor.give_password("alice")


async def test_a_session_that_ends_while_the_password_is_checked_opens_nothing(
    visitor: Visitor,
) -> None:
    """ASVS 7.4.1."""
    visitor.world.hasher.during = lambda: visitor.world.sql("UPDATE sessions SET ended_at = 1")
    with pytest.raises(Refused, match="session_expired"):
        await visitor.give_password("alice")
    assert visitor.world.sql("SELECT count(*) FROM challenges") == [(0,)]


async def test_without_a_live_session_no_password_is_checked(visitor: Visitor) -> None:
    visitor.world.clock.advance(hours=1)
    with pytest.raises(Refused, match="session_expired"):
        await visitor.give_password("alice")
    assert visitor.world.hasher.checks == 0


async def test_a_record_of_a_failed_password_names_the_person_only_if_there_is_one(
    visitor: Visitor,
) -> None:
    """ASVS 16.2.5: a typed name may be a password; only people that exist are named."""
    for name in ("alice", "Secret-typed-as-a-name"):
        with pytest.raises(Refused):
            await visitor.give_password(name, "wrong", BANK)
    known, unknown = visitor.world.trail("sign_in:password:fail")
    assert known["person"]
    assert "person" not in unknown
    assert b"Secret-typed-as-a-name" not in b"".join(visitor.world.records())


async def test_attack_a_password_that_is_reset_while_it_is_checked(visitor: Visitor) -> None:
    """ASVS 6.4.6: what an administrator replaced in the meantime opens nothing any more."""
    world = visitor.world
    world.hasher.during = lambda: world.change("alice", password_hash="another")
    with pytest.raises(Refused, match="invalid_credentials"):
        await visitor.give_password("alice")
