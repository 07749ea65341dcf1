"""Sessions on the trail: found together by who reads it, and by nobody without the key."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from security.vault.keys import KeyRing
from tests.security.conftest import MakeWorld
from tests.security.decisions import signed_in
from tests.security.visitor import Visitor

KEYS, OTHERS = KeyRing(b"k" * 32), KeyRing(b"x" * 32)
TENANTS = st.none() | st.text(min_size=1)


async def test_one_sessions_records_have_one_reference_and_another_ones_another(
    make_world: MakeWorld,
) -> None:
    """ASVS 16.2.1."""
    world = make_world()
    one, other = await signed_in(world, "alice"), await signed_in(world, "alice")
    for visitor in (one, other, one):
        await visitor.ask()
    first, second, third = (row["session"] for row in world.trail("operation:guard:allow"))
    assert first == third != second


async def test_attack_an_export_names_no_session_by_what_the_database_calls_it(
    alice: Visitor, tmp_path: Path
) -> None:
    """ASVS 16.2.5: neither the id of a row nor what a person calls their session is in it."""
    await alice.ask()
    ids = [one for (one,) in alice.world.sql("SELECT id FROM sessions")]
    records = b"\n".join(alice.world.records())
    assert ids
    assert not [one for one in ids if one.encode() in records]


@given(TENANTS, st.text(min_size=1))
def test_a_reference_leads_back_for_who_has_the_key(tenant: str | None, session: str) -> None:
    reference = KEYS.session_reference(tenant, session)
    assert reference == KEYS.session_reference(tenant, session)
    assert KEYS.session_of(tenant, reference) == session


@given(TENANTS, TENANTS, st.text(min_size=1))
def test_attack_a_reference_says_nothing_to_another_tenant_or_key(
    mine: str | None, theirs: str | None, session: str
) -> None:
    """ASVS 8.4.1: two tenants' records of one session cannot be put together."""
    reference = KEYS.session_reference(mine, session)
    assert OTHERS.session_of(mine, reference) is None
    if mine != theirs:
        assert KEYS.session_of(theirs, reference) is None
        assert KEYS.session_reference(theirs, session) != reference


@given(TENANTS, st.text())
def test_attack_a_made_up_reference_means_no_session(tenant: str | None, made_up: str) -> None:
    """ASVS 8.4.1."""
    assert KEYS.session_of(tenant, made_up) is None
