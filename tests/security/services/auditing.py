"""An auditor at their page, step by step."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

from security.adapters.alert_tables import AlertRow
from security.administration_model import AdminAction
from security.auditing_model import AlertDetail, AlertPage, AuditFile, AuditPage, Wanted
from security.errors import Refused
from tests.security.decisions import signed_in
from tests.security.visitor import Visitor
from tests.security.world import World

BANK, SHOP = "northwind-bank", "acme-shop"


class Auditor:
    """Somebody signed in at aal2, and what they ask of the page."""

    def __init__(self, visitor: Visitor, username: str) -> None:
        self.visitor = visitor
        self.username = username

    @property
    def world(self) -> World:
        return self.visitor.world

    @property
    def cookie(self) -> str:
        return self.visitor.cookie

    @property
    def name(self) -> str:
        """What the trail calls them."""
        return name_of(self.world, self.username)

    async def records(self, **asked: Any) -> AuditPage:
        """Read a page; what is no argument of the page is a filter."""
        page = {key: asked.pop(key) for key in ("older", "newer", "limit") if key in asked}
        return await self.world.gateway.audit_records(self.cookie, Wanted(**asked), **page)

    async def file(self, form: str = "csv", **wanted: Any) -> AuditFile:
        return await self.world.gateway.audit_file(self.cookie, Wanted(**wanted), form, "incident")

    async def report(self, form: str = "json", days: int = 1) -> AuditFile:
        now = self.world.clock.now
        begin, end = now - timedelta(days=days), now + timedelta(seconds=1)
        return await self.world.gateway.audit_report(
            self.cookie, begin.isoformat(), end.isoformat(), "regulator", form
        )

    async def alerts(self, **asked: Any) -> AlertPage:
        return await self.world.gateway.audit_alerts(self.cookie, **asked)

    async def alert(self, ref: str) -> AlertDetail:
        return await self.world.gateway.audit_alert(self.cookie, ref)

    async def move(self, ref: str, state: str, reason: str | None = None) -> Any:
        held = (self.cookie, self.visitor.csrf)
        return await self.world.gateway.move_alert(*held, ref, state, reason)

    async def sessions(self, after: str | None = None) -> Any:
        return await self.world.gateway.audit_sessions(self.cookie, after)

    async def end(self, ref: str) -> AdminAction:
        """Ask for a session to be ended; keep the challenge that comes with it."""
        held = (self.cookie, self.visitor.csrf)
        action = await self.world.gateway.end_watched_session(*held, ref, self.visitor.address)
        self.visitor.challenge = action.challenge
        return action

    async def go_on(self, ref: str) -> AdminAction:
        held = (self.cookie, self.visitor.csrf)
        return await self.world.gateway.go_on_with_ending(*held, ref, self.visitor.address)

    async def prove(self) -> Any:
        held = (self.cookie, self.visitor.csrf)
        asked = await self.world.gateway.audit_prove(*held, self.visitor.address)
        self.visitor.challenge = asked.challenge or self.visitor.challenge
        return asked


async def auditor(world: World, username: str = "tess") -> Auditor:
    """Return somebody as an auditor of their organisation, signed in at aal2."""
    world.give_roles(username, "auditor")
    return Auditor(await signed_in(world, username), username)


def name_of(world: World, username: str) -> str:
    """Return what the trail calls somebody."""
    return world.core.keys.pseudonym(world.look(username).id)


def raise_alert(world: World, ref: str = "alert-1", **other: Any) -> str:
    """Keep an alert as the watch does; return its name."""
    told: dict[str, Any] = {
        "tenant_id": BANK,
        "rule": "password_guessing",
        "level": "medium",
        "at": world.clock.now,
        "person_hash": name_of(world, "alice"),
        "origin": None,
        "evidence": ["1-1"],
        "responses": ["notify"],
    }

    def work(store: Session) -> None:
        store.add(AlertRow(id=ref, state="open", **(told | other)))

    world.core.database.run_here(work, across="a test meddles")
    return ref


async def refusal(work: Any) -> str:
    """Return how this was refused."""
    with pytest.raises(Refused) as why:
        await work
    return why.value.code
