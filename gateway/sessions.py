"""Calls about the session: begin, look, extend, sign out, and the first factor."""

from __future__ import annotations

from pydantic import TypeAdapter

from gateway.answers import PasswordAnswer, SessionStarted, SessionState, started, state
from gateway.calls import Asked, Call, Parts, Reply
from gateway.shapes import NewSession, Nothing, Password
from security.model import Tenant


async def list_tenants(parts: Parts, asked: Asked) -> Reply:
    """List the organisations that a stranger may see."""
    return Reply(await parts.security.tenants())


async def create_session(parts: Parts, asked: Asked) -> Reply:
    """Begin an anonymous session."""
    body: NewSession = asked.body
    grant = await parts.security.create_session(
        body.tenant or None, asked.address, asked.browser, asked.device
    )
    return Reply(started(grant), grant)


async def look_at_session(parts: Parts, asked: Asked) -> Reply:
    """Describe the session; looking does not extend it."""
    grant = await parts.security.look_at_session(asked.session_id)
    return Reply(state(grant), grant)


async def extend_session(parts: Parts, asked: Asked) -> Reply:
    """Reset the idle limit, never the absolute one."""
    grant = await parts.security.extend_session(asked.session_id, asked.csrf_token)
    return Reply(state(grant), grant)


async def end_session(parts: Parts, asked: Asked) -> Reply:
    """Sign out: the id is dead at once."""
    await parts.security.end_session(asked.session_id, asked.csrf_token)
    return Reply(signed_out=True)


async def check_password(parts: Parts, asked: Asked) -> Reply:
    """Check the first factor."""
    body: Password = asked.body
    passed = await parts.security.check_password(
        asked.session_id,
        asked.csrf_token,
        body.tenant,
        body.username,
        body.password,
        asked.address,
    )
    if passed.grant is None:
        return Reply(PasswordAnswer(challenge=passed.challenge))
    grant = passed.grant
    enrolling = PasswordAnswer(session=grant.session, csrf_token=grant.csrf_token, enrol=True)
    return Reply(enrolling, grant)


async def sign_in_by_passkey(parts: Parts, asked: Asked) -> Reply:
    """Open a challenge that any passkey of this site answers; nobody is named."""
    view = await parts.security.sign_in_by_passkey(asked.session_id, asked.csrf_token)
    return Reply(PasswordAnswer(challenge=view))


def session_calls() -> tuple[Call, ...]:
    """Return the calls of this module."""
    path = "/api/session"
    state_shape = TypeAdapter(SessionState)
    return (
        Call(
            "GET",
            "/api/tenants",
            "Organisations that can be chosen",
            list_tenants,
            TypeAdapter(list[Tenant]),
            guard="open",
        ),
        Call(
            "POST",
            path,
            "Begin an anonymous session",
            create_session,
            TypeAdapter(SessionStarted),
            status=201,
            body=TypeAdapter(NewSession),
            body_optional=True,
            knows_browser=True,
            guard="open",
            rate="sessions",
            may_refuse=frozenset({"unknown_tenant"}),
        ),
        Call("GET", path, "Look at the session", look_at_session, state_shape, guard="session"),
        Call("DELETE", path, "Sign out", end_session, None, status=204),
        Call("POST", f"{path}/extend", "Reset the idle limit", extend_session, state_shape),
        *_sign_ins(path),
    )


def _sign_ins(path: str) -> tuple[Call, ...]:
    return (
        Call(
            "POST",
            f"{path}/password",
            "Sign in: the first factor",
            check_password,
            TypeAdapter(PasswordAnswer),
            body=TypeAdapter(Password),
            rate="sign_ins",
            may_refuse=frozenset({"invalid_credentials", "locked", "no_way_to_confirm"}),
        ),
        Call(
            "POST",
            f"{path}/passkey",
            "Sign in: with a passkey alone",
            sign_in_by_passkey,
            TypeAdapter(PasswordAnswer),
            body=TypeAdapter(Nothing),
            body_optional=True,
            rate="sign_ins",
        ),
    )
