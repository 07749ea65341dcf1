"""Calls of an organisation's auditors: records, alerts, live sessions, numbers and files.

Security decides, and puts each reading on the trail; this only carries. The organisation is
always the session's own.
"""

from __future__ import annotations

from typing import Any

from pydantic import TypeAdapter

from gateway import auditing_shapes as shapes
from gateway.calls import Asked, Call, Download, Parts, Reply
from gateway.shapes import Nothing
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

RECORDS, ALERTS = "/api/audit", "/api/alerts"
AUDITORS = frozenset({"authentication_required", "forbidden", "sign_in_too_weak"})
"""What every call here refuses to whoever is no auditor, or proved it too weakly."""
PROVED = AUDITORS | {"step_up_required"}
"""What those refuse that tell of people: the last proof has to be of late."""
_FILES = PROVED | {"invalid_arguments", "too_many_records"}
_A_PAGE = "100"


async def audit_prove(parts: Parts, asked: Asked) -> Reply:
    """Ask whether records can be read; where a proof is missing, its challenge comes back."""
    held = (asked.session_id, asked.csrf_token, asked.address)
    return Reply(await parts.security.audit_prove(*held))


async def audit_records(parts: Parts, asked: Asked) -> Reply:
    """Read records, newest first; `older` goes on, `newer` asks for what has come since."""
    limit = int(asked.query.get("limit", _A_PAGE))
    places = (asked.query.get("older"), asked.query.get("newer"))
    held = (asked.session_id, _wanted(asked))
    return Reply(await parts.security.audit_records(*held, *places, limit))


async def audit_log(parts: Parts, asked: Asked) -> Reply:
    """Tell how the log stands, and check what is new of it."""
    return Reply(await parts.security.audit_log(asked.session_id))


async def audit_figures(parts: Parts, asked: Asked) -> Reply:
    """Count what happened in the last hour, day or week."""
    return Reply(await parts.security.audit_figures(asked.session_id, asked.query["span"]))


async def audit_file(parts: Parts, asked: Asked) -> Reply:
    """Save all records that are wanted."""
    told = (asked.query["format"], asked.query["purpose"])
    made = await parts.security.audit_file(asked.session_id, _wanted(asked), *told)
    return _saved(made)


async def audit_report(parts: Parts, asked: Asked) -> Reply:
    """Save what a period comes to."""
    told = [asked.query[name] for name in ("since", "until", "purpose", "format")]
    return _saved(await parts.security.audit_report(asked.session_id, *told))


async def audit_person(parts: Parts, asked: Asked) -> Reply:
    """Tell whose name on the trail it is, for a purpose that goes on the trail."""
    body: shapes.ForPurpose = asked.body
    held = (asked.session_id, asked.reference, body.purpose)
    return Reply(await parts.security.audit_person(*held))


async def audit_sessions(parts: Parts, asked: Asked) -> Reply:
    """List the organisation's live sessions."""
    after = asked.query.get("after")
    return Reply(await parts.security.audit_sessions(asked.session_id, after))


async def end_watched_session(parts: Parts, asked: Asked) -> Reply:
    """Ask for a session to be ended; a challenge comes with it."""
    held = (asked.session_id, asked.csrf_token, asked.reference, asked.address)
    return Reply(await parts.security.end_watched_session(*held))


async def go_on_with_ending(parts: Parts, asked: Asked) -> Reply:
    """End the session whose end has been proved."""
    held = (asked.session_id, asked.csrf_token, asked.reference, asked.address)
    return Reply(await parts.security.go_on_with_ending(*held))


async def audit_alerts(parts: Parts, asked: Asked) -> Reply:
    """List alerts, newest first, a page at a time."""
    told = [asked.query.get(name) for name in ("state", "level", "after")]
    return Reply(await parts.security.audit_alerts(asked.session_id, *told))


async def audit_alert(parts: Parts, asked: Asked) -> Reply:
    """Show an alert with its evidence."""
    return Reply(await parts.security.audit_alert(asked.session_id, asked.reference))


async def move_alert(parts: Parts, asked: Asked) -> Reply:
    """Acknowledge an alert, close it for a reason, or open it again."""
    body: shapes.Move = asked.body
    held = (asked.session_id, asked.csrf_token, asked.reference)
    return Reply(await parts.security.move_alert(*held, body.state, body.reason))


def _wanted(asked: Asked) -> Wanted:
    named: dict[str, Any] = {
        name: asked.query[name] for name in shapes.WANTED if name in asked.query
    }
    return Wanted(**named)


def _saved(made: AuditFile) -> Reply:
    return Reply(Download(made.name, made.media_type, made.content.encode()))


def auditing_calls() -> tuple[Call, ...]:
    """Return the calls of this module."""
    return (*_records(), *_numbers(), *_people(), *_alerts())


def _read(path: str, summary: str, handler: Any, answer: Any, **more: Any) -> Call:
    values = more.pop("values", {})
    adapter: TypeAdapter[Any] = TypeAdapter(answer)
    more.setdefault("may_refuse", PROVED)
    return Call(
        "GET", path, summary, handler, adapter,
        guard="session", query=tuple(values), values=values, **more,
    )  # fmt: skip


def _act(path: str, summary: str, handler: Any, answer: Any, body: type, **more: Any) -> Call:
    adapter: TypeAdapter[Any] = TypeAdapter(answer)
    optional = body is Nothing
    return Call(
        "POST", path, summary, handler, adapter,
        body=TypeAdapter(body), body_optional=optional, **more,
    )  # fmt: skip


def _records() -> tuple[Call, ...]:
    return (
        _read(
            RECORDS,
            "Records of the organisation, a page at a time, or what is new",
            audit_records,
            AuditPage,
            values=shapes.RECORDS,
            may_refuse=PROVED | {"invalid_arguments"},
        ),
        _act(
            f"{RECORDS}/prove",
            "Ask whether records can be read, and prove who one is where that is due",
            audit_prove,
            ExportState,
            Nothing,
            rate="sign_ins",
            may_refuse=AUDITORS | {"step_up_impossible", "locked", "too_many_codes"},
        ),
        _file("file", "Records as a file (`format`: json or csv)", audit_file, shapes.FILE),
    )


def _numbers() -> tuple[Call, ...]:
    return (
        _read(
            f"{RECORDS}/verify",
            "How the log stands",
            audit_log,
            LogState,
            may_refuse=AUDITORS,
        ),
        _read(
            f"{RECORDS}/figures",
            "What happened in the last hour, day or week (`span`)",
            audit_figures,
            Figures,
            values=shapes.FIGURES,
            needs=frozenset({"span"}),
            may_refuse=AUDITORS,
        ),
        _file(
            "report",
            "What a period comes to, to print (`format`: html or json)",
            audit_report,
            shapes.REPORT,
        ),
    )


def _file(name: str, summary: str, handler: Any, values: Any) -> Call:
    types = {"json": "application/json", "csv": "text/csv", "html": "text/html"}
    needs = {"format", "purpose"} | ({"since", "until"} if name == "report" else set())
    return Call(
        "GET",
        f"{RECORDS}/{name}",
        summary,
        handler,
        None,
        guard="session",
        query=tuple(values),
        values=values,
        needs=frozenset(needs),
        uses_up=True,
        files=tuple(types[one] for one in types if one in values["format"]),
        may_refuse=_FILES,
    )


def _people() -> tuple[Call, ...]:
    return (
        _act(
            f"{RECORDS}/people/{{id}}",
            "Whose name on the trail it is",
            audit_person,
            KnownAs,
            shapes.ForPurpose,
            unknown="unknown_person",
            may_refuse=PROVED,
        ),
        _read(
            f"{RECORDS}/sessions",
            "Live sessions of the organisation",
            audit_sessions,
            WatchedSessions,
            values=shapes.SESSIONS,
            may_refuse=PROVED | {"invalid_arguments"},
        ),
        _act(
            f"{RECORDS}/sessions/{{id}}/end",
            "Ask for a session to be ended",
            end_watched_session,
            AdminAction,
            Nothing,
            unknown="unknown_session",
            may_refuse=PROVED | {"no_way_to_confirm", "own_account"},
        ),
        _act(
            f"{RECORDS}/actions/{{id}}",
            "End the session whose end has been proved",
            go_on_with_ending,
            AdminAction,
            Nothing,
            unknown="unknown_action",
            may_refuse=PROVED | {"expired", "own_account"},
        ),
    )


def _alerts() -> tuple[Call, ...]:
    one = f"{ALERTS}/{{id}}"
    return (
        _read(
            ALERTS,
            "Alerts of the watch, a page at a time",
            audit_alerts,
            AlertPage,
            values=shapes.ALERTS,
            may_refuse=PROVED | {"invalid_arguments"},
        ),
        _read(
            one,
            "An alert with its evidence",
            audit_alert,
            AlertDetail,
            unknown="unknown_alert",
        ),
        _act(
            one,
            "Acknowledge an alert, close it, or open it again",
            move_alert,
            AlertView,
            shapes.Move,
            unknown="unknown_alert",
            may_refuse=PROVED | {"already_so", "invalid_arguments", "own_alert"},
        ),
    )
