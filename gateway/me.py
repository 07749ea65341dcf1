"""What everybody may do with their own data: take a copy out, have it gone (GDPR 15, 17, 20)."""

from __future__ import annotations

from typing import Any

from pydantic import TypeAdapter

from gateway.account import SIGNED_IN
from gateway.calls import Asked, Call, Download, Parts, Reply
from gateway.shapes import Nothing
from security.model import Change, ExportState


async def ask_for_export(parts: Parts, asked: Asked) -> Reply:
    """Ask whether a copy can be fetched; where a proof is missing, its challenge comes back."""
    held = (asked.session_id, asked.csrf_token, asked.address)
    return Reply(await parts.security.ask_for_export(*held))


async def export(parts: Parts, asked: Asked) -> Reply:
    """Save a copy of one's own data. Refused where the last proof is older than 15 minutes."""
    form = "html" if asked.query.get("format") == "html" else "json"
    made = await parts.security.export_own_data(asked.session_id, form)
    return Reply(Download(made.name, made.media_type, made.content.encode()))


async def accesses(parts: Parts, asked: Asked) -> Reply:
    """Save the list of who accessed one's own data, refused like a copy."""
    form = "html" if asked.query.get("format") == "html" else "json"
    made = await parts.security.list_own_accesses(asked.session_id, form)
    return Reply(Download(made.name, made.media_type, made.content.encode()))


async def erase(parts: Parts, asked: Asked) -> Reply:
    """Begin to delete oneself: the challenge tells what has to be kept, and until when."""
    change = await parts.security.begin_change(
        asked.session_id, asked.csrf_token, "erase", asked.address
    )
    return Reply(change)


def me_calls() -> tuple[Call, ...]:
    """Return the calls of this module."""
    change: TypeAdapter[Any] = TypeAdapter(Change)
    return (
        Call(
            "POST",
            "/api/me/export",
            "Ask for a copy of one's own data, and prove who one is where that is due",
            ask_for_export,
            TypeAdapter(ExportState),
            body=TypeAdapter(Nothing),
            body_optional=True,
            rate="sign_ins",
            may_refuse=SIGNED_IN | {"step_up_impossible", "locked", "too_many_codes"},
        ),
        Call(
            "GET",
            "/api/me/export",
            "A copy of one's own data, as a file (`format`: json or html)",
            export,
            None,
            query=("format",),
            guard="session",
            rate="sign_ins",
            uses_up=True,
            files=("application/json", "text/html"),
            may_refuse=SIGNED_IN | {"step_up_required", "forbidden"},
        ),
        _accesses_call(),
        Call(
            "DELETE",
            "/api/me",
            "Begin to delete one's account and data: proved like a change of factors",
            erase,
            change,
            may_refuse=SIGNED_IN
            | {"reauthentication_required", "no_way_to_confirm", "locked", "too_many_codes"},
        ),
    )


def _accesses_call() -> Call:
    return Call(
        "GET",
        "/api/me/accesses",
        "Who accessed one's own data, as a file (`format`: json or html)",
        accesses,
        None,
        query=("format",),
        guard="session",
        rate="sign_ins",
        uses_up=True,
        files=("application/json", "text/html"),
        may_refuse=SIGNED_IN | {"step_up_required"},
    )
