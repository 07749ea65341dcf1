"""Live sessions at an auditor's page: seen without names, and ended by an approval."""

from __future__ import annotations

import pytest

from security.services import audit_sessions
from tests.security.decisions import signed_in
from tests.security.letters import enrol
from tests.security.services.auditing import Auditor, auditor, name_of, raise_alert, refusal
from tests.security.services.changing import notices
from tests.security.world import World

MAIL = "alice@northwind.example.com"


@pytest.fixture
async def aud(world: World) -> Auditor:
    return await auditor(world)


async def _session_of(aud: Auditor, username: str) -> str:
    name = name_of(aud.world, username)
    [found] = [one for one in (await aud.sessions()).sessions if one.person == name]
    return str(found.ref)


async def test_the_organisations_sessions_are_listed_without_names(
    world: World, aud: Auditor
) -> None:
    await signed_in(world, "alice")
    await signed_in(world, "carl")
    raise_alert(world)
    page = await aud.sessions()
    assert {one.person: one.me for one in page.sessions} == {
        name_of(world, "alice"): False,
        aud.name: True,
    }
    [alice] = [one for one in page.sessions if not one.me]
    assert (alice.roles, alice.channel, alice.assurance) == (["customer"], "web", "aal2")
    assert (alice.device, alice.alerts) == ("Firefox on Linux", 1)
    assert "Alice" not in page.model_dump_json()
    assert len(world.trail("admin:session:read")) == 1


@pytest.mark.both_databases
async def test_a_session_is_ended_by_an_approval_of_exactly_that(
    world: World, aud: Auditor
) -> None:
    """ASVS 7.5.1: a proof each time, and its person is told."""
    enrol(world, "alice", "email", MAIL)
    alice, other = await signed_in(world, "alice"), await signed_in(world, "bob")
    action = await aud.end(await _session_of(aud, "alice"))
    assert action.challenge is not None
    assert (action.challenge.purpose, action.challenge.binding) == (
        "administer",
        "End sessions of Alice (alice)",
    )
    await alice.look()
    assert (await aud.go_on(action.ref)).state == "prove"
    await aud.visitor.prove("tess")
    assert (await aud.go_on(action.ref)).state == "done"
    assert await refusal(alice.look()) == "session_expired"
    await other.look()
    assert any("ended sessions of your account" in words for words in notices(world, MAIL))
    [ended] = world.trail("admin:user:sign_out")
    assert (ended["person"], ended["actor"]) == (name_of(world, "alice"), aud.name)


async def test_sessions_come_by_the_page(
    world: World, aud: Auditor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where several were used at the very same moment."""
    monkeypatch.setattr(audit_sessions, "PAGE", 2)
    for username in ("alice", "bob", "adam"):
        await signed_in(world, username)
    seen, after = [], None
    while True:
        page = await aud.sessions(after)
        seen += [one.ref for one in page.sessions]
        after = page.next
        if after is None:
            break
    assert len(seen) == len(set(seen)) == 4


async def test_nobody_ends_their_own_session_here(aud: Auditor) -> None:
    assert await refusal(aud.end(await _session_of(aud, "tess"))) == "own_account"
