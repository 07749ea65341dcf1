"""What the gateway may ask for an organisation's auditors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from security.faces import auditing_requests as ask
from security.faces import requests as common
from security.faces.http import Answering
from security.services.audit_alerts import AuditAlerts
from security.services.audit_log_state import LogCheck
from security.services.audit_numbers import AuditNumbers
from security.services.audit_records import Asked, AuditRecords
from security.services.audit_sessions import AuditSessions


@dataclass(frozen=True)
class Auditors:
    """The services behind the page `/monitor`."""

    records: AuditRecords
    alerts: AuditAlerts
    sessions: AuditSessions
    log: LogCheck
    numbers: AuditNumbers


def auditing_answers(auditors: Auditors) -> dict[str, Answering[Any]]:
    """Return the questions of `AuditingClient`, and what answers them."""
    records, numbers = auditors.records, auditors.numbers
    return {
        "/audit/prove": Answering(
            ask.Prove, lambda q: records.prove(q.session_id, q.csrf_token, q.address)
        ),
        "/audit/records": Answering(
            ask.Records,
            lambda q: records.page(q.session_id, Asked(q.wanted, q.older, q.newer, q.limit)),
        ),
        "/audit/file": Answering(
            ask.SaveRecords, lambda q: records.file(q.session_id, q.wanted, q.form, q.purpose)
        ),
        "/audit/person": Answering(
            ask.NamePerson, lambda q: records.known_as(q.session_id, q.person, q.purpose)
        ),
        "/audit/log": Answering(common.LookAt, lambda q: auditors.log.state(q.session_id)),
        "/audit/figures": Answering(ask.Figures, lambda q: numbers.figures(q.session_id, q.span)),
        "/audit/report": Answering(
            ask.Report,
            lambda q: numbers.report(q.session_id, q.since, q.until, q.purpose, q.form),
        ),
        **_alerts(auditors.alerts),
        **_sessions(auditors.sessions),
    }


def _alerts(alerts: AuditAlerts) -> dict[str, Answering[Any]]:
    return {
        "/audit/alerts": Answering(
            ask.Alerts, lambda q: alerts.page(q.session_id, q.state, q.level, q.after)
        ),
        "/audit/alerts/look": Answering(ask.OfAlert, lambda q: alerts.look(q.session_id, q.ref)),
        "/audit/alerts/move": Answering(
            ask.MoveAlert,
            lambda q: alerts.move(q.session_id, q.csrf_token, q.ref, q.state, q.reason),
        ),
    }


def _sessions(sessions: AuditSessions) -> dict[str, Answering[Any]]:
    return {
        "/audit/sessions": Answering(ask.Sessions, lambda q: sessions.page(q.session_id, q.after)),
        "/audit/sessions/end": Answering(
            ask.EndSession, lambda q: sessions.end(q.session_id, q.csrf_token, q.ref, q.address)
        ),
        "/audit/sessions/go-on": Answering(
            ask.EndSession, lambda q: sessions.go_on(q.session_id, q.csrf_token, q.ref, q.address)
        ),
    }
