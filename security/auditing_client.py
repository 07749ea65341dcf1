"""What the gateway may ask for an organisation's auditors."""

from __future__ import annotations

from pydantic import TypeAdapter

from security.administration_model import AdminAction
from security.auditing_model import (
    AlertDetail,
    AlertPage,
    AlertView,
    AuditFile,
    AuditPage,
    Figures,
    KnownAs,
    LogState,
    Wanted,
    WatchedSessions,
)
from security.calling import Caller, holder
from security.model import ExportState

_STATE = TypeAdapter(ExportState)
_PAGE = TypeAdapter(AuditPage)
_FILE = TypeAdapter(AuditFile)
_KNOWN = TypeAdapter(KnownAs)
_LOG = TypeAdapter(LogState)
_FIGURES = TypeAdapter(Figures)
_ALERTS = TypeAdapter(AlertPage)
_DETAIL = TypeAdapter(AlertDetail)
_ALERT = TypeAdapter(AlertView)
_SESSIONS = TypeAdapter(WatchedSessions)
_ACTION = TypeAdapter(AdminAction)
_LONG_SECONDS = 120.0
"""A file or a report goes through many records."""


class AuditingClient(Caller):
    """The part of `security.client.GatewayClient` behind the page `/monitor`.

    Each call refuses `authentication_required`, `forbidden` and `sign_in_too_weak`; those that
    tell of people `step_up_required` as well.
    """

    async def audit_prove(self, session_id: str, csrf_token: str, address: str) -> ExportState:
        """Tell whether records can be read now; where a proof is due, its challenge comes."""
        body = {**holder(session_id, csrf_token), "address": address}
        return await self.ask("/audit/prove", _STATE, body)

    async def audit_records(
        self,
        session_id: str,
        wanted: Wanted,
        older: str | None = None,
        newer: str | None = None,
        limit: int = 100,
    ) -> AuditPage:
        """Return a page of records, newest first, or what is `newer` than a place."""
        body = {
            "session_id": session_id,
            "wanted": wanted.model_dump(exclude_none=True),
            "older": older,
            "newer": newer,
            "limit": limit,
        }
        return await self.ask("/audit/records", _PAGE, body)

    async def audit_file(
        self, session_id: str, wanted: Wanted, form: str, purpose: str
    ) -> AuditFile:
        """Return records as a file. Refuses `too_many_records`, `rate_limited`."""
        told = {"wanted": wanted.model_dump(exclude_none=True), "form": form, "purpose": purpose}
        body = {"session_id": session_id, **told}
        return await self.ask("/audit/file", _FILE, body, seconds=_LONG_SECONDS)

    async def audit_person(self, session_id: str, person: str, purpose: str) -> KnownAs:
        """Return whose name on the trail it is. Refuses `unknown_person`."""
        body = {"session_id": session_id, "person": person, "purpose": purpose}
        return await self.ask("/audit/person", _KNOWN, body)

    async def audit_log(self, session_id: str) -> LogState:
        """Tell how the log stands."""
        return await self.ask("/audit/log", _LOG, {"session_id": session_id})

    async def audit_figures(self, session_id: str, span: str) -> Figures:
        """Return numbers of the last hour, day or week. Refuses `rate_limited`."""
        body = {"session_id": session_id, "span": span}
        return await self.ask("/audit/figures", _FIGURES, body, seconds=_LONG_SECONDS)

    async def audit_report(
        self, session_id: str, since: str, until: str, purpose: str, form: str
    ) -> AuditFile:
        """Return the report of a period. Refuses `too_many_records`, `rate_limited`."""
        body = {
            "session_id": session_id,
            "since": since,
            "until": until,
            "purpose": purpose,
            "form": form,
        }
        return await self.ask("/audit/report", _FILE, body, seconds=_LONG_SECONDS)

    async def audit_alerts(
        self,
        session_id: str,
        state: str | None = None,
        level: str | None = None,
        after: str | None = None,
    ) -> AlertPage:
        """Return alerts, newest first, a page at a time."""
        body = {"session_id": session_id, "state": state, "level": level, "after": after}
        return await self.ask("/audit/alerts", _ALERTS, body)

    async def audit_alert(self, session_id: str, ref: str) -> AlertDetail:
        """Return an alert with its evidence. Refuses `unknown_alert`."""
        body = {"session_id": session_id, "ref": ref}
        return await self.ask("/audit/alerts/look", _DETAIL, body)

    async def move_alert(
        self, session_id: str, csrf_token: str, ref: str, state: str, reason: str | None = None
    ) -> AlertView:
        """Acknowledge, close or reopen an alert.

        Refuses `unknown_alert`, `already_so`, `own_alert`, `invalid_arguments`.
        """
        body = {**holder(session_id, csrf_token), "ref": ref, "state": state, "reason": reason}
        return await self.ask("/audit/alerts/move", _ALERT, body)

    async def audit_sessions(self, session_id: str, after: str | None = None) -> WatchedSessions:
        """Return live sessions, a page at a time."""
        body = {"session_id": session_id, "after": after}
        return await self.ask("/audit/sessions", _SESSIONS, body)

    async def end_watched_session(
        self, session_id: str, csrf_token: str, ref: str, address: str
    ) -> AdminAction:
        """Ask for a session to be ended; its challenge comes. Refuses `unknown_session`."""
        body = {**holder(session_id, csrf_token), "ref": ref, "address": address}
        return await self.ask("/audit/sessions/end", _ACTION, body)

    async def go_on_with_ending(
        self, session_id: str, csrf_token: str, ref: str, address: str
    ) -> AdminAction:
        """End a session by the action that was proved. Refuses `unknown_action`, `expired`."""
        body = {**holder(session_id, csrf_token), "ref": ref, "address": address}
        return await self.ask("/audit/sessions/go-on", _ACTION, body)
