"""What travels between security and the page of an organisation's auditors; times are UTC."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from security.frozen import Frozen

Purpose = Literal["review", "incident", "regulator", "person"]
"""Why somebody's records are looked up or saved; it goes on the trail."""

AlertState = Literal["open", "acknowledged", "closed"]
CloseReason = Literal["handled", "false_alarm", "expected", "duplicate", "test"]
Level = Literal["informational", "low", "medium", "high", "critical"]
Form = Literal["json", "csv"]
ReportForm = Literal["json", "html"]


class Wanted(Frozen):
    """Which records: those to which all that is said here applies.

    `kind` is a tag or its beginning (`sign_in`, `operation:guard`); `since` and `until` are
    moments in ISO 8601 with a time zone, the second one not included.
    """

    kind: Annotated[str | None, Field(pattern=r"^[a-z_]{1,32}(:[a-z_]{1,32}){0,2}$")] = None
    decision: Literal["allow", "deny"] | None = None
    person: Annotated[str | None, Field(pattern=r"^[A-Za-z0-9_-]{1,64}$")] = None
    session: Annotated[str | None, Field(pattern=r"^[A-Za-z0-9_-]{1,128}$")] = None
    operation: Annotated[str | None, Field(pattern=r"^[a-z0-9_.]{1,64}$")] = None
    since: Annotated[str | None, Field(max_length=40)] = None
    until: Annotated[str | None, Field(max_length=40)] = None


class AuditRecord(Frozen):
    """One record of the trail. People go by the trail's own names; a session by its reference."""

    id: str
    at: str
    tag: str
    person: str | None = None
    actor: str | None = None
    roles: list[str] | None = None
    session: str | None = None
    operation: str | None = None
    scope: str | None = None
    object: str | None = None
    purpose: str | None = None
    decision: Literal["allow", "deny"] | None = None
    reason: str | None = None
    assurance: str | None = None
    method: str | None = None
    channel: str | None = None
    outcome: str | None = None
    intent: str | None = None
    duration_ms: float | None = None


class AuditPage(Frozen):
    """Records, newest first.

    `older` goes on where this page ends, `newer` where it begins: what comes after is asked for
    with it. `searched_until` is how far back this page has looked.
    """

    records: list[AuditRecord]
    older: str | None = None
    newer: str
    searched_until: str | None = None


class LogState(Frozen):
    """How the log stands: `whole` as far as it has been checked, `broken`, or not checked yet.

    `checked_until` is the moment of the last record that was checked, `complete` says that none
    is newer. `writable` is false while every operation is denied because of the log.
    """

    state: Literal["unchecked", "whole", "broken"]
    problem: str | None = None
    checked_until: str | None = None
    complete: bool
    writable: bool
    checkpoint: int
    checkpoint_at: str | None = None
    unsigned: int
    watched_until: str | None = None
    newest_at: str | None = None


class AlertView(Frozen):
    """One alert of the watch, with what its rule says of it."""

    ref: str
    rule: str
    title: str
    about: str
    level: Level
    at: str
    person: str | None = None
    techniques: list[str]
    false_positives: list[str]
    steps: str
    done: list[str]
    state: AlertState
    reason: CloseReason | None = None
    moved_at: str | None = None
    moved_by: str | None = None
    events: int


class AlertPage(Frozen):
    """Alerts, newest first; `next` is what to ask `after`, where there are more."""

    alerts: list[AlertView]
    next: str | None = None
    open: int


class AlertDetail(Frozen):
    """An alert with its evidence, oldest first.

    `missing` counts what is not the organisation's, or is kept in an archive.
    """

    alert: AlertView
    evidence: list[AuditRecord]
    missing: int


class WatchedSession(Frozen):
    """A live session of the organisation's, without a name; `alerts` are open ones that know it."""

    ref: str
    person: str | None = None
    roles: list[str]
    device: str
    channel: Literal["web", "sms", "embed"]
    assurance: Literal["none", "aal1", "aal2", "aal3"]
    began_at: str
    last_seen_at: str
    me: bool
    alerts: int


class WatchedSessions(Frozen):
    """Live sessions, the one used last at the top; `next` is what to ask `after`."""

    sessions: list[WatchedSession]
    next: str | None = None


class Bucket(Frozen):
    """What happened within one stretch of time, which begins at `at`; times in milliseconds."""

    at: str
    records: int
    allowed: int
    denied: int
    failed_sign_ins: int
    p50_ms: float | None = None
    p95_ms: float | None = None


class Figures(Frozen):
    """Numbers of a stretch of time, cut into equal parts; `complete`: all of it was counted."""

    since: str
    until: str
    seconds: int
    buckets: list[Bucket]
    reasons: dict[str, int]
    operations: dict[str, int]
    complete: bool


class KnownAs(Frozen):
    """Whose name on the trail it is."""

    person: str
    username: str
    name: str
    roles: list[str]
    disabled: bool


class AuditFile(Frozen):
    """Records or a report, as a file."""

    name: Annotated[str, Field(pattern=r"^(?:trail|report)-[0-9]{4}-[0-9]{2}-[0-9]{2}\.[a-z]+$")]
    media_type: Literal["application/json", "text/csv", "text/html"]
    content: Annotated[str, Field(repr=False)]


Report = dict[str, Any]
"""A report for a period as JSON: its form is `security.auditing.report`."""
