"""What the gateway needs of security for an organisation's auditors."""

from __future__ import annotations

from typing import Protocol

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
from security.model import ExportState


class AuditingSecurity(Protocol):
    """The calls of `security.auditing_client.AuditingClient`; each may refuse."""

    async def audit_prove(self, session_id: str, csrf_token: str, address: str) -> ExportState:
        """Tell whether records can be read now."""
        ...

    async def audit_records(
        self,
        session_id: str,
        wanted: Wanted,
        older: str | None = None,
        newer: str | None = None,
        limit: int = 100,
    ) -> AuditPage:
        """Return a page of records, or what is newer."""
        ...

    async def audit_file(
        self, session_id: str, wanted: Wanted, form: str, purpose: str
    ) -> AuditFile:
        """Return records as a file."""
        ...

    async def audit_person(self, session_id: str, person: str, purpose: str) -> KnownAs:
        """Return whose name on the trail it is."""
        ...

    async def audit_log(self, session_id: str) -> LogState:
        """Tell how the log stands."""
        ...

    async def audit_figures(self, session_id: str, span: str) -> Figures:
        """Return numbers of the last hour, day or week."""
        ...

    async def audit_report(
        self, session_id: str, since: str, until: str, purpose: str, form: str
    ) -> AuditFile:
        """Return the report of a period."""
        ...

    async def audit_alerts(
        self,
        session_id: str,
        state: str | None = None,
        level: str | None = None,
        after: str | None = None,
    ) -> AlertPage:
        """Return a page of alerts."""
        ...

    async def audit_alert(self, session_id: str, ref: str) -> AlertDetail:
        """Return an alert with its evidence."""
        ...

    async def move_alert(
        self, session_id: str, csrf_token: str, ref: str, state: str, reason: str | None = None
    ) -> AlertView:
        """Acknowledge, close or reopen an alert."""
        ...

    async def audit_sessions(self, session_id: str, after: str | None = None) -> WatchedSessions:
        """Return a page of live sessions."""
        ...

    async def end_watched_session(
        self, session_id: str, csrf_token: str, ref: str, address: str
    ) -> AdminAction:
        """Ask for a session to be ended."""
        ...

    async def go_on_with_ending(
        self, session_id: str, csrf_token: str, ref: str, address: str
    ) -> AdminAction:
        """End a session by the action that was proved."""
        ...
