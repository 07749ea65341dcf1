"""A stand-in for security's part about an organisation's auditors."""

from __future__ import annotations

from security.administration_model import AdminAction
from security.auditing_model import (
    AlertDetail,
    AlertPage,
    AlertView,
    AuditFile,
    AuditPage,
    AuditRecord,
    Bucket,
    Figures,
    KnownAs,
    LogState,
    Wanted,
    WatchedSession,
    WatchedSessions,
)
from security.errors import Refused
from security.model import ExportState
from tests.gateway.administration_fakes import ACTION, AT, CHALLENGE
from tests.gateway.recorder import Recorder

NAME, WATCHED, ALERT = "ae3b024821dff63a3c23e8ce", "session-1", "alert-1"
RECORD = AuditRecord(
    id="1-57",
    at=AT,
    tag="operation:guard:deny",
    person=NAME,
    session=WATCHED,
    operation="banking.list_accounts",
    decision="deny",
    reason="step_up_required",
)
AN_ALERT = AlertView(
    ref=ALERT,
    rule="password_guessing",
    title="Guessing at one password",
    about="Very many wrong passwords for one person.",
    level="medium",
    at=AT,
    person=NAME,
    techniques=["t1110.001"],
    false_positives=["a device that keeps an old password"],
    steps="Ask the person, by a way you know, whether it was them.",
    done=["notify"],
    state="open",
    events=1,
)
LOG = LogState(state="whole", complete=True, writable=True, checkpoint=3, unsigned=0)
FIGURES = Figures(
    since=AT,
    until=AT,
    seconds=60,
    buckets=[Bucket(at=AT, records=2, allowed=1, denied=1, failed_sign_ins=0, p50_ms=1.5)],
    reasons={"step_up_required": 1},
    operations={"banking.list_accounts": 1},
    complete=True,
)


class FakeAuditing(Recorder):
    """One record, one alert, one session."""

    async def audit_prove(self, session_id: str, csrf_token: str, address: str) -> ExportState:
        self._called("audit_prove", address)
        self._held(session_id, csrf_token)
        return ExportState(state="prove", challenge=CHALLENGE)

    async def audit_records(
        self,
        session_id: str,
        wanted: Wanted,
        older: str | None = None,
        newer: str | None = None,
        limit: int = 100,
    ) -> AuditPage:
        told = wanted.model_dump(exclude_none=True)
        self._called("audit_records", (told, older, newer, limit))
        self._held(session_id)
        return AuditPage(records=[RECORD], older="1.56", newer="1.57", searched_until=AT)

    async def audit_file(
        self, session_id: str, wanted: Wanted, form: str, purpose: str
    ) -> AuditFile:
        self._called("audit_file", (wanted.model_dump(exclude_none=True), form, purpose))
        self._held(session_id)
        return AuditFile(name="trail-2026-11-20.csv", media_type="text/csv", content="id\r\n")

    async def audit_person(self, session_id: str, person: str, purpose: str) -> KnownAs:
        self._called("audit_person", (person, purpose))
        self._held(session_id)
        if person != NAME:
            raise Refused("unknown_person")
        return KnownAs(
            person=NAME, username="alice", name="Alice", roles=["customer"], disabled=False
        )

    async def audit_log(self, session_id: str) -> LogState:
        self._called("audit_log")
        self._held(session_id)
        return LOG

    async def audit_figures(self, session_id: str, span: str) -> Figures:
        self._called("audit_figures", span)
        self._held(session_id)
        return FIGURES

    async def audit_report(
        self, session_id: str, since: str, until: str, purpose: str, form: str
    ) -> AuditFile:
        self._called("audit_report", (since, until, purpose, form))
        self._held(session_id)
        return AuditFile(name="report-2026-11-20.html", media_type="text/html", content="<p>")

    async def audit_alerts(
        self,
        session_id: str,
        state: str | None = None,
        level: str | None = None,
        after: str | None = None,
    ) -> AlertPage:
        self._called("audit_alerts", (state, level, after))
        self._held(session_id)
        return AlertPage(alerts=[AN_ALERT], open=1)

    async def audit_alert(self, session_id: str, ref: str) -> AlertDetail:
        self._called("audit_alert", ref)
        self._held(session_id)
        self._is_there(ref, ALERT, "unknown_alert")
        return AlertDetail(alert=AN_ALERT, evidence=[RECORD], missing=0)

    async def move_alert(
        self, session_id: str, csrf_token: str, ref: str, state: str, reason: str | None = None
    ) -> AlertView:
        self._called("move_alert", (ref, state, reason))
        self._held(session_id, csrf_token)
        self._is_there(ref, ALERT, "unknown_alert")
        return AN_ALERT

    async def audit_sessions(self, session_id: str, after: str | None = None) -> WatchedSessions:
        self._called("audit_sessions", after)
        self._held(session_id)
        session = WatchedSession(
            ref=WATCHED,
            person=NAME,
            roles=["customer"],
            device="Firefox on Linux",
            channel="web",
            assurance="aal2",
            began_at=AT,
            last_seen_at=AT,
            me=False,
            alerts=1,
        )
        return WatchedSessions(sessions=[session])

    async def end_watched_session(
        self, session_id: str, csrf_token: str, ref: str, address: str
    ) -> AdminAction:
        self._called("end_watched_session", (ref, address))
        self._held(session_id, csrf_token)
        self._is_there(ref, WATCHED, "unknown_session")
        return AdminAction(ref=ACTION, kind="end_sessions", state="prove", challenge=CHALLENGE)

    async def go_on_with_ending(
        self, session_id: str, csrf_token: str, ref: str, address: str
    ) -> AdminAction:
        self._called("go_on_with_ending", (ref, address))
        self._held(session_id, csrf_token)
        self._is_there(ref, ACTION, "unknown_action")
        return AdminAction(ref=ACTION, kind="end_sessions", state="done")

    def _is_there(self, ref: str, known: str, code: str) -> None:
        if ref != known:
            raise Refused(code)
