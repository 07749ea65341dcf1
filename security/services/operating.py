"""Telling whoever operates the installation of alerts that concern no organisation, or reach none.

One letter for all there are, a thousand at most, and not more often than every five minutes: an
attack makes alerts, not a flood of mail. It says what was seen, and nobody's name.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import case, select, update
from sqlalchemy.orm import Session

from security.adapters.alert_tables import AlertRow
from security.adapters.posts.post import CannotSend, Post
from security.core import Core
from security.monitor.ports import Lease
from security.monitor.rules import Rule

LOOKS_EVERY_SECONDS = 5.0
EVERY = timedelta(minutes=5)
"""Not more often than this is one letter written."""
LISTED = 20
"""So many alerts stand in one letter, the worst first; it says how many there are."""
MOST_AT_ONCE = 1_000
"""A letter is of so many; the next one is of those that are left."""
_WORST_FIRST = case(
    {"critical": 0, "high": 1, "medium": 2, "low": 3}, value=AlertRow.level, else_=4
)
_LIMIT_SECONDS = 10.0
_NOBODYS = ""
"""The tenant that the post is told: none's sender is meant."""
_ALL = "alerts that reach no organisation, whoever they are about"
_log = structlog.get_logger(__name__)


class Operating:
    """Lists alerts for the operator, and writes to the address that is set."""

    def __init__(
        self,
        core: Core,
        rules: Sequence[Rule],
        post: Post | None,
        lease: Lease,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
    ) -> None:
        """`post` carries mail; without it, or without an address, nothing is sent."""
        self._core = core
        self._rules = {rule.name: rule for rule in rules}
        self._post = post
        self._lease = lease
        self._sleep = sleep
        self._wrote_at: datetime | None = None

    async def run(self) -> None:
        """Work until cancelled; a letter that was not taken is tried again."""
        while True:
            try:
                await self.round()
            except CannotSend as failure:
                _log.error("operator_not_told", why=failure.why)
            except Exception as error:
                _log.error("operator_not_told", kind=type(error).__name__)
            await self._sleep(LOOKS_EVERY_SECONDS)

    async def round(self) -> int:
        """Write of what is due, where it is time to. Returns of how many alerts.

        Raises `CannotSend`: they stay due.
        """
        to, now = self._core.settings.operator_email, self._core.clock()
        if self._post is None or to is None or not await self._lease.hold():
            return 0
        if self._wrote_at is not None and now - self._wrote_at < EVERY:
            return 0
        due = await self._core.database.run(_due, across=_ALL)
        if not due:
            return 0
        self._wrote_at = now  # Also of a letter that is not taken: the next try is in five minutes.
        async with asyncio.timeout(_LIMIT_SECONDS):
            await self._post.send(_NOBODYS, to, *self._letter(due))
        told = update(AlertRow).where(AlertRow.id.in_([id for id, _, _ in due]))
        await self._core.database.run(
            lambda store: store.execute(told.values(operator_due_at=None)), across=_ALL
        )
        return len(due)

    async def listed(self, tenant: str | None, all: bool) -> list[dict[str, Any]]:
        """Return alerts, the newest first: those of no tenant, of one, or of all."""

        def work(store: Session) -> list[dict[str, Any]]:
            query = select(AlertRow).order_by(AlertRow.at.desc()).limit(1_000)
            if not all:
                query = query.where(AlertRow.tenant_id == tenant)
            return [self._shown(row) for row in store.scalars(query)]

        return await self._core.database.run(work, across="the operator looks at alerts")

    def _letter(self, due: Sequence[tuple[str, str, datetime]]) -> tuple[str, str]:
        lines = [f"{at:%Y-%m-%d %H:%M} UTC: {self._told(rule)}" for _, rule, at in due[:LISTED]]
        more = len(due) - LISTED
        if more > 0:
            lines.append(f"and {more} more.")
        text = (
            "The watch has seen what concerns no organisation, or reaches nobody there:\n\n"
            + "\n".join(lines)
            + "\n\nLook at them with: gatehouse alerts"
        )
        return f"Gatehouse: {len(due)} alert{'s' if len(due) > 1 else ''} of the watch", text

    def _told(self, name: str) -> str:
        rule = self._rules.get(name)
        return name if rule is None else f"{rule.title} ({rule.level})"

    def _shown(self, row: AlertRow) -> dict[str, Any]:
        rule = self._rules.get(row.rule)
        shown: Mapping[str, Any] = {
            "id": row.id,
            "at": row.at.isoformat(timespec="seconds"),
            "tenant": row.tenant_id,
            "rule": row.rule,
            "level": row.level,
            "state": row.state,
            "title": rule.title if rule else None,
            "steps_to_take": rule.steps_to_take if rule else None,
            "responses": row.responses,
            "evidence": row.evidence,
        }
        return {name: value for name, value in shown.items() if value is not None}


def _due(store: Session) -> list[tuple[str, str, datetime]]:
    query = (
        select(AlertRow.id, AlertRow.rule, AlertRow.at)
        .where(AlertRow.operator_due_at.is_not(None))
        .order_by(_WORST_FIRST, AlertRow.at)
        .limit(MOST_AT_ONCE)
    )
    return [(id, rule, at) for id, rule, at in store.execute(query).all()]
