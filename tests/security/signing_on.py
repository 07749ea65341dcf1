"""Somebody who signs in with their organisation's account, step by step."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select

from security.adapters.people import by_usernames
from security.adapters.provider_client import Providers
from security.adapters.tables import PersonRow
from security.errors import Refused
from security.services import identities
from security.sso.provider import Provider
from security.sso_model import SsoPassed, SsoStarted
from tests.security.idp import Idp, globex
from tests.security.visitor import Visitor
from tests.security.world import World


def with_providers(world: World, *idps: Idp) -> None:
    """Let these providers be the ones that there are."""
    clients = {idp.provider.id: idp.client() for idp in idps}
    world.wire(replace(world.core, providers=Providers(clients)))


def idp_of(world: World, provider: Provider | None = None) -> Idp:
    """Return a provider that keeps this world's time."""
    return Idp(provider or globex(), world.clock)


def link(world: World, idp: Idp, username: str, sub: str) -> None:
    """Link a person, as the seed does."""

    def work(store: Any) -> None:
        person = store.scalars(select(PersonRow).where(by_usernames(store, [username]))).one()
        identities.add(world.core, store, person, idp.provider, sub, world.clock.now)

    world.core.database.run_here(work, across="a test looks on")


async def start(visitor: Visitor, tenant: str = "globex", **about: Any) -> SsoStarted:
    """Ask where to go."""
    return await visitor.world.gateway.start_sso(visitor.cookie, visitor.csrf, tenant, **about)


async def come_back(
    visitor: Visitor, started: SsoStarted, returned: dict[str, str], **other: Any
) -> SsoPassed:
    """Bring what came back."""
    given = {"browser": started.browser, **returned, **other}
    passed = await visitor.world.gateway.go_on_with_sso(visitor.cookie, visitor.csrf, **given)
    visitor._keep(passed.grant)
    return passed


async def sign_on(visitor: Visitor, idp: Idp, sub: str = "erin", **claims: Any) -> SsoPassed:
    """Go there, sign in, and come back."""
    started = await start(visitor, idp.provider.tenant, provider=idp.provider.id)
    return await come_back(visitor, started, idp.sign_in(started.location, sub, **claims))


async def is_turned_away(
    visitor: Visitor, idp: Idp, code: str = "sso_refused", **claims: Any
) -> str:
    """Sign on and be refused; return why, as the trail has it."""
    with pytest.raises(Refused, match=f"^{code}$"):
        await sign_on(visitor, idp, **claims)
    assert (await visitor.look()).session.authenticated is False
    refusals = visitor.world.trail("sso:provider:refuse")
    return str(refusals[-1]["reason"]) if refusals else ""
