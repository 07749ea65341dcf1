"""Calls about one's own account: the password once more, sessions, recent sign-ins."""

from __future__ import annotations

from pydantic import TypeAdapter

from gateway.answers import SessionState, state
from gateway.calls import Asked, Call, Parts, Reply
from gateway.shapes import OnlyPassword
from security.model import LiveSession, PastSignIn

SIGNED_IN = frozenset({"authentication_required"})
"""What every call about an account refuses to a stranger."""


async def reauthenticate(parts: Parts, asked: Asked) -> Reply:
    """Check the password again: one change of factors or password may follow."""
    body: OnlyPassword = asked.body
    grant = await parts.security.reauthenticate(
        asked.session_id, asked.csrf_token, body.password, asked.address
    )
    return Reply(state(grant), grant)


async def own_sessions(parts: Parts, asked: Asked) -> Reply:
    """List one's own live sessions."""
    return Reply(await parts.security.own_sessions(asked.session_id))


async def end_own_session(parts: Parts, asked: Asked) -> Reply:
    """End one of one's own sessions, or all but this one."""
    await parts.security.end_own_session(asked.session_id, asked.csrf_token, asked.reference)
    return Reply()


async def own_sign_ins(parts: Parts, asked: Asked) -> Reply:
    """List one's own latest ten sign-ins, newest first."""
    return Reply(await parts.security.own_sign_ins(asked.session_id))


def account_calls() -> tuple[Call, ...]:
    """Return the calls of this module."""
    return (
        Call(
            "POST",
            "/api/session/reauthenticate",
            "Type the password once more, before a change",
            reauthenticate,
            TypeAdapter(SessionState),
            body=TypeAdapter(OnlyPassword),
            rate="sign_ins",
            may_refuse=SIGNED_IN | {"invalid_credentials"},
        ),
        Call(
            "GET",
            "/api/sessions",
            "One's own live sessions",
            own_sessions,
            TypeAdapter(list[LiveSession]),
            guard="session",
            may_refuse=SIGNED_IN,
        ),
        Call(
            "DELETE",
            "/api/sessions/{id}",
            "End one of them, or all but this one (`others`)",
            end_own_session,
            None,
            status=204,
            unknown="unknown_session",
            may_refuse=SIGNED_IN,
        ),
        Call(
            "GET",
            "/api/sign-ins",
            "One's own latest sign-ins",
            own_sign_ins,
            TypeAdapter(list[PastSignIn]),
            guard="session",
            may_refuse=SIGNED_IN,
        ),
    )
