"""Chats inside other sites: a session of their own kind, worth that site's word and no more."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import pytest

from security.embedding import is_enough_for, may_hold
from security.errors import Refused
from security.model import Assurance
from security.operations.classes import CLASSES
from security.sessions import new_session_id
from tests.security.decisions import denied
from tests.security.framed import Framed, Site, with_hosts
from tests.security.payments import TO_ANNA, TRANSFER
from tests.security.visitor import BALANCE, Visitor
from tests.security.world import World

BILLS = "banking.list_bills"


@pytest.mark.parametrize(
    ("channel", "assurance", "may"),
    [
        ("embed", "none", True),
        ("embed", "aal1", True),
        ("embed", "aal2", False),
        ("embed", "aal3", False),
        ("web", "aal3", True),
        ("sms", "aal2", True),
        ("", "aal3", True),
    ],
)
def test_attack_a_level_that_no_frame_is_given(channel: str, assurance: str, may: bool) -> None:
    """ASVS 6.3.4: a host site's word is worth the first level and no more."""
    assert may_hold(channel, assurance) is may


@pytest.mark.parametrize(
    ("assurance", "confirmation", "enough"),
    [
        ("none", False, True),
        ("aal1", False, True),
        ("aal2", False, False),
        ("aal1", True, False),
        ("none", True, False),
        ("aal2", True, False),
    ],
)
def test_a_frame_takes_no_proof_and_no_approval(
    assurance: Assurance, confirmation: bool, enough: bool
) -> None:
    demand = replace(CLASSES["plain"], assurance=assurance, confirmation=confirmation)
    assert is_enough_for(demand) is enough


@pytest.fixture
def site() -> Site:
    return Site()


@pytest.fixture
async def framed(world: World, site: Site) -> Framed:
    """Somebody in a frame of the bank's own site, for whom nobody has vouched."""
    somebody = Framed(with_hosts(world, site))
    await somebody.arrive()
    return somebody


async def test_only_a_tenant_that_names_a_site_can_be_framed(framed: Framed) -> None:
    """ASVS 3.4.6: who names no site is framed by nobody, and reads like who does not exist."""
    gateway = framed.world.gateway
    assert (await gateway.embedding("northwind-bank")).origins == ["https://www.northwind.example"]
    for tenant in ("globex", "nobody", ""):
        with pytest.raises(Refused, match=r"^(not_found|invalid_request)$"):
            await gateway.embedding(tenant)
        with pytest.raises(Refused, match=r"^(not_found|invalid_request)$"):
            await gateway.begin_embedded(tenant, "192.0.2.1")


async def test_the_kind_of_a_session_is_part_of_its_id(framed: Framed) -> None:
    """ASVS 7.2.3: an id of one kind cannot be turned into one of the other."""
    assert framed.cookie.startswith("embed.")
    assert "." not in new_session_id()
    bare = framed.cookie.removeprefix("embed.")
    page = Visitor(framed.world)
    await page.arrive()
    for forged in (bare, f"embed.{page.cookie}"):
        with pytest.raises(Refused, match=r"^session_expired$"):
            await framed.world.gateway.look_at_session(forged)


async def test_the_kind_stays_when_the_id_changes(framed: Framed, site: Site) -> None:
    """ASVS 7.2.4: at a timed rotation, and when the site vouches."""
    first = framed.cookie
    await framed.vouched(site)
    second = framed.cookie
    framed.world.clock.advance(seconds=200)
    await framed.extend()
    framed.world.clock.advance(seconds=200)
    await framed.extend()
    framed.world.clock.advance(seconds=299)
    await framed.extend()
    framed.world.clock.advance(seconds=299)
    await framed.extend()
    assert len({first, second, framed.cookie}) == 3
    assert framed.cookie.startswith("embed.")


Attempt = Callable[[Framed], Awaitable[Any]]


def _held(framed: Framed) -> tuple[str, str]:
    return framed.cookie, framed.csrf


PROOFS: dict[str, Attempt] = {
    "a password": lambda f: f.give_password("alice"),
    "a code": lambda f: f.world.gateway.answer_challenge(*_held(f), "c" * 24, "123456"),
    "another way to get a code": lambda f: f.world.gateway.send_challenge(
        *_held(f), "c" * 24, "sms", "192.0.2.1"
    ),
    "a look at a challenge": lambda f: f.world.gateway.look_at_challenge(f.cookie, "c" * 24),
    "no to a challenge": lambda f: f.world.gateway.cancel_challenge(*_held(f), "c" * 24),
    "the password once more": lambda f: f.world.gateway.reauthenticate(
        *_held(f), "Demo-x", "192.0.2.1"
    ),
    "one's factors": lambda f: f.world.gateway.authenticators(f.cookie),
    "one's sessions": lambda f: f.world.gateway.own_sessions(f.cookie),
    "the end of one's other sessions": lambda f: f.world.gateway.end_own_session(
        *_held(f), "others"
    ),
    "one's sign-ins": lambda f: f.world.gateway.own_sign_ins(f.cookie),
    "a document": lambda f: f.world.gateway.open_document(f.cookie, "l" * 43),
}


@pytest.mark.parametrize("vouched", [False, True], ids=["anonymous", "vouched for"])
@pytest.mark.parametrize("attempt", PROOFS.values(), ids=PROOFS)
async def test_no_proof_and_no_account_inside_another_site(
    framed: Framed, site: Site, attempt: Attempt, vouched: bool
) -> None:
    """ASVS 6.3.4: a frame that anything may lie over takes no proof; security says so."""
    if vouched:
        await framed.vouched(site)
    before = (await framed.look()).session
    with pytest.raises(Refused, match=r"^full_page_required$"):
        await attempt(framed)
    assert framed.world.trail("session:caller:refuse")[-1]["reason"] == "embedded"
    assert (await framed.look()).session.assurance == before.assurance
    assert framed.world.sql("SELECT count(*) FROM challenges") == [(0,)]


async def test_a_challenge_of_the_page_is_not_answered_from_a_frame(
    framed: Framed, site: Site
) -> None:
    """ASVS 6.6.2: with the right code, of the same person."""
    await framed.vouched(site)
    page = Visitor(framed.world)
    await page.arrive()
    await page.give_password("alice")
    with pytest.raises(Refused, match=r"^full_page_required$"):
        await framed.answer(framed.world.code_of("alice"), page.challenge_id)
    assert (await page.answer(page.world.code_of("alice"))).grant.session.assurance == "aal2"


async def test_a_sites_word_opens_what_is_plain(framed: Framed, site: Site) -> None:
    """Contract: a host site's word is aal1 of that tenant."""
    await framed.is_refused("full_page_required", BILLS)
    granted = await framed.vouched(site)
    assert granted.session.assurance == "aal1"
    assert granted.session.user is not None
    framed.world.api.answer = {"bills": []}
    assert await framed.ask(BILLS) == {"bills": []}


@pytest.mark.parametrize(("operation", "arguments"), [(BALANCE, {}), (TRANSFER, TO_ANNA)])
async def test_what_is_above_aal1_is_for_the_full_page(
    framed: Framed, site: Site, operation: str, arguments: dict[str, Any]
) -> None:
    """ASVS 6.3.4, 7.5.3: no challenge is opened, and no API is called."""
    await framed.vouched(site)
    with pytest.raises(Refused, match=r"^full_page_required$"):
        await framed.ask(operation, arguments)
    assert denied(framed.world) == [("deny", "embedded")]
    assert framed.world.sql("SELECT count(*) FROM challenges") == [(0,)]
    assert framed.world.api.calls == []


async def test_a_frames_session_that_claims_more_still_has_no_more(
    framed: Framed, site: Site
) -> None:
    """ASVS 6.3.4: by what channel somebody talks counts beside how sure it is who they are."""
    await framed.vouched(site)
    framed.world.sql("UPDATE sessions SET assurance = 'aal2'")
    await framed.is_refused("full_page_required")
    assert framed.world.api.calls == []


async def test_what_a_stranger_asked_in_a_frame_is_not_released_there(
    framed: Framed, site: Site
) -> None:
    """A site's word is no answer to what was asked before it."""
    await framed.is_refused("full_page_required")
    await framed.vouched(site)
    with pytest.raises(Refused, match=r"^nothing_pending$"):
        await framed.come_back()


async def test_signing_out_of_the_frame_leaves_the_page_alone(framed: Framed, site: Site) -> None:
    """They are two sessions: neither ends the other."""
    page = Visitor(framed.world)
    await page.arrive()
    await page.sign_in("alice")
    await framed.vouched(site)
    await framed.sign_out()
    assert (await page.look()).session.assurance == "aal2"
    with pytest.raises(Refused, match=r"^session_expired$"):
        await framed.look()


async def test_the_person_sees_a_frames_session_and_ends_it(framed: Framed, site: Site) -> None:
    """ASVS 7.4.5: from the page, like any other session of theirs."""
    await framed.vouched(site)
    page = Visitor(framed.world)
    await page.arrive()
    await page.sign_in("alice")
    assert len(await page.world.gateway.own_sessions(page.cookie)) == 2
    await page.world.gateway.end_own_session(page.cookie, page.csrf, "others")
    with pytest.raises(Refused, match=r"^session_expired$"):
        await framed.look()


async def test_frames_do_not_push_out_a_persons_own_sessions(framed: Framed, site: Site) -> None:
    """A site that vouches without end ends its own frames, and nobody's sign-in."""
    page = Visitor(framed.world)
    await page.arrive()
    await page.sign_in("alice")
    for _ in range(6):
        another = Framed(framed.world)
        await another.arrive()
        await another.vouched(site)
    assert (await page.look()).session.authenticated
    [(live,)] = framed.world.sql(
        "SELECT count(*) FROM sessions WHERE channel = 'embed' AND person_id IS NOT NULL"
        " AND ended_at IS NULL"
    )
    assert live == framed.world.core.settings.sessions_per_person


async def test_a_disabled_person_is_out_of_the_frame_at_once(framed: Framed, site: Site) -> None:
    """ASVS 7.4.2."""
    await framed.vouched(site)
    framed.world.disable("alice")
    with pytest.raises(Refused, match=r"^session_expired$"):
        await framed.look()


async def test_a_code_of_the_page_that_is_typed_into_the_frame_is_taken_out(
    framed: Framed, site: Site
) -> None:
    """ASVS 16.2.5: two windows lie side by side, and the code belongs into the other one."""
    await framed.vouched(site)
    opened = await framed.open(text="the number is 123456")
    assert opened.turn is not None
    await framed.hear(opened.turn)
    page = Visitor(framed.world)
    await page.arrive()
    await page.give_password("alice")
    taken = await framed.open(text=f"it is {page.world.code_of('alice')}")
    assert taken.turn is None
    assert taken.answered is not None
    assert "its own window" in (taken.answered[0].text or "")
    assert framed.world.tags().count("turn:code:remove") == 1
    await page.answer(page.world.code_of("alice"))
    assert (await framed.open(text="the number is 123456")).turn is not None
