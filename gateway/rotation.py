"""Timed rotation: a session's id is changed after a turn, where security says it is due.

A stolen id is worth something for a quarter of an hour at most (ASVS 7.2.4). The old id soon
raises the alarm, so a browser that has gone away, and would not learn the new one, keeps its own.
"""

from __future__ import annotations

from dataclasses import replace

import structlog
from starlette.requests import Request

from gateway.calls import Reply
from gateway.ports import Security
from gateway.turns import Holder
from security.errors import Refused
from security.model import SessionGrant

_log = structlog.get_logger(__name__)


async def renewed(security: Security, reply: Reply, request: Request) -> Reply:
    """Return `reply` under a new session id where one is due; a failure changes nothing."""
    if reply.due is None or await request.is_disconnected():
        return reply
    try:
        grant = await security.rotate_session(reply.due.session_id, reply.due.csrf_token)
    except Refused as refused:
        _log.warning("not_rotated", code=refused.code)
        return reply
    except Exception as error:
        _log.error("not_rotated", error=type(error).__name__)
        return reply
    return replace(reply, grant=latest(reply.grant, grant))


def held_now(holder: Holder, grant: SessionGrant | None) -> Holder:
    """Return what the browser holds once it has received `grant`."""
    if grant is None:
        return holder
    return Holder(grant.session_id or holder.session_id, grant.csrf_token)


def latest(first: SessionGrant | None, second: SessionGrant | None) -> SessionGrant | None:
    """Return the newer of two grants of one session, with what only the older one carries."""
    if first is None or second is None:
        return second or first
    kept = {
        "session_id": second.session_id or first.session_id,
        "device": second.device or first.device,
    }
    return second.model_copy(update=kept)
