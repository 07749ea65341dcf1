"""Tokens that an API has refused: asked for, believed by their signature, put on the trail.

An API has no way to security and gets none: security asks it, over the arrow that there is. What
is on the trail is acknowledged, and what is not is told again. Whose token it was is read from the
trail, by the token's id: an API's word moves no alert to somebody else.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta

import structlog
from joserfc.jwk import OctKey
from sqlalchemy import Connection

from runtime.limits import MovingWindow
from security.adapters import audit_log
from security.adapters.api_asking import NotAnswered
from security.adapters.report_client import Reporting
from security.adapters.token_trail import minted
from security.audit.record import AuditEvent, Tag, event_id
from security.core import Core
from security.tokens.compact import Unreadable
from security.tokens.reported import LEAST_SECRET, Reported, read_reported

A_MINUTE = 60
"""So many refusals of one API are recorded, and as many replays beside them: whoever makes noise
hides none. A flood is one record that says so."""
SILENT = timedelta(minutes=1)
"""An API that cannot be asked for so long is an alarm."""
_TOLD_AGAIN = timedelta(minutes=10)
_PAUSE_SECONDS, _LATER_SECONDS = 0.1, 2.0
_log = structlog.get_logger(__name__)


class ReportedTokens:
    """Follows one API's reports until it is cancelled. Raises `ValueError` for a short secret."""

    def __init__(
        self,
        core: Core,
        api: Reporting,
        secret: str,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
    ) -> None:
        if len(secret) < LEAST_SECRET:
            raise ValueError(f"{api.api}-to-security is missing: no report could be believed")
        self._core = core
        self._api = api
        self._key = OctKey.import_key(secret.encode())
        self._sleep = sleep
        self._window = MovingWindow(A_MINUTE)
        self._floods = MovingWindow(1)
        self._acknowledged: tuple[str, ...] = ()
        self._answered_at = core.clock()
        self._alarmed_at: dict[str, datetime] = {}

    async def run(self) -> None:
        """Work until cancelled; an API that is away is asked again."""
        while True:
            try:
                await self.round()
                pause = _PAUSE_SECONDS
            except NotAnswered:
                await self._silent()
                pause = _LATER_SECONDS
            except Exception as error:
                _log.error("reports_not_recorded", api=self._api.api, kind=type(error).__name__)
                pause = _LATER_SECONDS
            await self._sleep(pause)

    async def round(self) -> int:
        """Ask once, and put on the trail what is told. Returns how many reports were believed.

        Raises `NotAnswered`.
        """
        told = await self._api.ask(self._acknowledged)
        self._answered_at = self._core.clock()
        self._acknowledged = ()
        believed = []
        for id, text in told.sets.items():
            try:
                believed.append(self._read(id, text))
            except Unreadable:
                await self._alarm("forged_reports")
        if believed:
            await self._core.database.run_core(lambda connection: self._put(connection, believed))
        # What cannot be believed is acknowledged as well: it gets no better.
        self._acknowledged = tuple(told.sets)
        return len(believed)

    def _read(self, id: str, text: object) -> Reported:
        issuer = self._core.settings.oauth_issuer
        return read_reported(id, text, self._api.api, issuer, self._key)

    def _put(self, connection: Connection, reports: Sequence[Reported]) -> None:
        now = self._core.clock()
        theirs = minted(connection, {one.token for one in reports if one.token is not None})
        for one in reports:
            if not self._window.allow("replays" if one.is_replay else "refusals"):
                self._say_lost(connection, now)
                continue
            of = theirs.get(one.token or "", {})
            event = AuditEvent(
                tag=Tag.TOKEN_REPLAYED if one.is_replay else Tag.TOKEN_REFUSED,
                tenant=of.get("tenant"),
                person=of.get("person"),
                actor=of.get("actor"),
                roles=tuple(of.get("roles", ())),
                operation=of.get("operation"),
                scope=of.get("scope", one.scope),
                token=one.token,
                intent=event_id(of["writer"], of["sequence"]) if of else None,
                reason=one.reason,
            )
            audit_log.append(connection, event, now)

    def _say_lost(self, connection: Connection, now: datetime) -> None:
        if self._floods.allow("all"):
            _log.error("reports_lost", api=self._api.api)
            lost = AuditEvent(tag=Tag.TOKEN_REFUSED, reason="reports_lost")
            audit_log.append(connection, lost, now)

    async def _silent(self) -> None:
        if self._core.clock() - self._answered_at >= SILENT:
            await self._alarm("api_silent")

    async def _alarm(self, reason: str) -> None:
        """Put on the trail that an API's reports do not come, or are not its own; now and then."""
        now = self._core.clock()
        before = self._alarmed_at.get(reason)
        if before is not None and now - before < _TOLD_AGAIN:
            return
        self._alarmed_at[reason] = now
        _log.error("reports_failed", api=self._api.api, reason=reason)
        event = AuditEvent(tag=Tag.WATCH_FAILED, reason=reason)
        await self._core.database.run_core(
            lambda connection: audit_log.append(connection, event, now)
        )
