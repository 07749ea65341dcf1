"""Links from a text to the page, in the hands of whoever wants another person's money or data."""

from __future__ import annotations

import asyncio
import re

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from security.adapters.people import by_usernames
from security.adapters.tables import PersonRow
from security.audit.record import Tag
from security.errors import Refused
from security.model import BotMessage
from security.services.ending import end_sessions_of
from tests.security.letters import PHONE, enrol
from tests.security.payments import TO_ANNA, TRANSFER
from tests.security.services.changing import begin, go_on, refs, type_password
from tests.security.texter import Texter, carry
from tests.security.visitor import Visitor
from tests.security.world import World

TOKEN = re.compile(r"#continue=([\w-]{22})")
SHOP = "acme-shop"
CONFIRM = BotMessage(text="Please check this and confirm it.", refused="confirmation_required")
PROVE = BotMessage(text="Please confirm that it is still you.", refused="step_up_required")


@pytest.fixture
def phone(world: World) -> Texter:
    """The telephone of alice, who has an authenticator app as well."""
    carry(world)
    enrol(world, "alice", "sms", PHONE)
    return Texter(world)


async def page_of(world: World, username: str = "alice") -> Visitor:
    """Return a browser, in which somebody has signed in."""
    page = Visitor(world)
    await page.arrive()
    await page.sign_in(username)
    return page


async def asked(phone: Texter, operation: str, said: BotMessage, **arguments: str) -> str:
    """Ask by text for what is the page's to do; return the token of the link."""
    turn = await phone.turn("please do it")
    with pytest.raises(Refused, match=said.refused or ""):
        await phone.invokes(turn, operation, **arguments)
    found = TOKEN.search(await phone.hear(turn, said) or "")
    assert found is not None
    return found[1]


async def payment(phone: Texter) -> str:
    """Ask by text for a payment."""
    return await asked(phone, TRANSFER, CONFIRM, **TO_ANNA)


async def is_dead(page: Visitor, token: str) -> None:
    """Nothing is told of the link, and nothing taken over."""
    for ask in (page.world.gateway.look_at_link, page.world.gateway.take_link):
        with pytest.raises(Refused, match="link_expired"):
            await ask(page.cookie, page.csrf, token)


async def test_attack_another_order_behind_the_same_words(world: World) -> None:
    """ASVS 2.3.5: who forges the number asks for another order than its person, who then goes on
    with what the page shows: it says which one, since no code is asked for after that."""
    carry(world)
    enrol(world, "carl", "sms", PHONE)
    world.sql("UPDATE tenants SET apis = '[\"orders\"]' WHERE id = ?", SHOP)
    phone = Texter(world, tenant=SHOP)
    page = await page_of(world, "carl")
    told = set[str]()
    for number in ("AC-10497", "AC-10498"):
        token = await asked(phone, "orders.cancel_order", PROVE, number=number)
        told.add((await world.gateway.look_at_link(page.cookie, page.csrf, token)).asked)
    assert told == {"Cancel your order AC-10497", "Cancel your order AC-10498"}


async def test_attack_a_link_in_a_session_of_another_tenant(phone: Texter) -> None:
    """ASVS 8.4.1."""
    token = await payment(phone)
    await is_dead(await page_of(phone.world, "carl"), token)


async def test_attack_fifty_openings_at_once(phone: Texter) -> None:
    """ASVS 15.4.2: one of them takes it over."""
    token = await payment(phone)
    page = await page_of(phone.world)
    take = phone.world.gateway.take_link
    tries = [take(page.cookie, page.csrf, token) for _ in range(50)]
    ended = await asyncio.gather(*tries, return_exceptions=True)
    assert [one for one in ended if not isinstance(one, Refused)] == [None]
    assert {one.code for one in ended if isinstance(one, Refused)} == {"link_expired"}
    waiting = "SELECT id FROM pending_operations WHERE state = 'approved'"
    assert len(phone.world.sql(waiting)) == 1


async def test_attack_a_link_of_somebody_who_was_disabled_meanwhile(phone: Texter) -> None:
    """ASVS 7.4.2."""
    token = await payment(phone)
    page = await page_of(phone.world)
    phone.world.disable("alice")
    with pytest.raises(Refused, match="session_expired"):
        await phone.world.gateway.take_link(page.cookie, page.csrf, token)


async def test_attack_a_link_of_somebody_who_holds_the_role_no_more(phone: Texter) -> None:
    """ASVS 8.3.1: the guard asks for the role when it runs, not when it was asked for."""
    token = await payment(phone)
    page = await page_of(phone.world)
    phone.world.sql(
        "UPDATE people SET roles = '[\"auditor\"]' WHERE username_hash = hashed(tenant_id, 'alice')"
    )
    await phone.world.gateway.take_link(page.cookie, page.csrf, token)
    turn = await page.come_back()
    with pytest.raises(Refused, match="forbidden"):
        await phone.world.actions.resume(turn.ticket)
    assert phone.world.api.calls == []


async def test_attack_a_link_after_its_person_said_no(phone: Texter) -> None:
    """ASVS 2.3.1: what was taken back by text does not go on at the page."""
    token = await payment(phone)
    turn = await phone.turn("no")
    assert await phone.world.actions.cancel(turn.ticket)
    await is_dead(await page_of(phone.world), token)


async def asleep(phone: Texter, page: Visitor) -> str:
    """Ask by text; the conversation there falls asleep, and no message of it has ended it."""
    token = await payment(phone)
    for _ in range(2):
        phone.world.clock.advance(seconds=150)
        await page.extend()
    await phone.world.gateway.look_at_link(page.cookie, page.csrf, token)
    return token


async def test_attack_a_link_that_outlives_all_other_sessions(phone: Texter) -> None:
    """ASVS 7.4.3: "sign out everywhere else" means what waits for the telephone as well."""
    page = await page_of(phone.world)
    token = await asleep(phone, page)
    await phone.world.gateway.end_own_session(page.cookie, page.csrf, "others")
    await is_dead(page, token)


async def test_attack_a_link_that_outlives_a_reset(phone: Texter) -> None:
    """ASVS 7.4.2: so does whatever ends all sessions of a person."""
    page = await page_of(phone.world)
    token = await asleep(phone, page)

    def reset(store: Session) -> None:
        alice = store.scalars(select(PersonRow).where(by_usernames(store, ["alice"]))).one()
        now, why = phone.world.clock(), (Tag.SESSION_REVOKED, "person_reset")
        end_sessions_of(phone.world.core, store, alice, now, *why)

    phone.world.core.database.run_here(reset, across="a test looks on")
    await is_dead(await page_of(phone.world), token)


@pytest.mark.parametrize("sleeps", [False, True])
async def test_attack_a_link_on_a_telephone_that_was_taken_off(phone: Texter, sleeps: bool) -> None:
    """ASVS 7.4.3: a number that goes takes along what was asked for from it, and its session."""
    page = await page_of(phone.world)
    token = await (asleep(phone, page) if sleeps else payment(phone))
    await type_password(page, "alice")
    change = await begin(page, "remove", (await refs(page))["sms"])
    await page.prove("alice")
    assert (await go_on(page, change.ref)).state == "done"
    await is_dead(page, token)
    living = "SELECT id FROM sessions WHERE channel = 'sms' AND ended_at IS NULL"
    assert len(phone.world.sql(living)) == sleeps


async def test_attack_a_link_that_outlives_a_new_password(phone: Texter) -> None:
    """ASVS 7.4.3."""
    page = await page_of(phone.world)
    token = await asleep(phone, page)
    await type_password(page, "alice")
    change = await begin(page, "password", "violet-harbour-quartz-71")
    await page.prove("alice")
    assert (await go_on(page, change.ref)).state == "done"
    await is_dead(page, token)
