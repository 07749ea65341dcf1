"""Who calls, from the token alone: there is no other way in, and no session."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

import structlog
from fastapi import FastAPI, Request
from fastapi.openapi.models import HTTPBearer
from fastapi.security.base import SecurityBase

from apis.common.model import Owner
from apis.common.problems import ProblemError
from security.tokens.verifier import AccessClaims, TokenRefused

ISSUER = "urn:gatehouse:security"

Clock = Callable[[], datetime]


class Verifier(Protocol):
    """What an API needs of `security.tokens.verifier.TokenVerifier`."""

    def verify(self, authorization: str | None, scope: str, now: datetime) -> AccessClaims:
        """Return the claims of a token that grants `scope`, or raise `TokenRefused`."""
        ...


@dataclass(frozen=True)
class Protection:
    """What stands at the door of one API: its name, its token verifier, its clock."""

    name: str
    verifier: Verifier
    clock: Clock


def protect(app: FastAPI, protection: Protection) -> None:
    """Give the application what its `RequireToken` dependencies ask."""
    app.state.protection = protection


@dataclass(frozen=True)
class Caller:
    """Who writes, with the token that may do so once."""

    owner: Owner
    token_id: str
    expires_at: datetime
    api: str

    def refusal(self) -> ProblemError:
        """Return the refusal of this token: it has been used, or it has ended (RFC 6750 3.1)."""
        return _challenge(self.api, "invalid_token", attempted=True)


class RequireToken(SecurityBase):
    """The claims of a token with one scope, or 401 or 403 as RFC 6750 section 3 says."""

    def __init__(self, scope: str) -> None:
        self.scope = scope
        self.model = HTTPBearer(bearerFormat="at+jwt")
        self.scheme_name = "access_token"

    def claims(self, request: Request) -> AccessClaims:
        """Return the claims of the request's token; its work is bounded, so no thread."""
        given = request.headers.getlist("authorization")
        # Two headers could be read as one by us and as the other by somebody before us.
        authorization = given[0] if len(given) == 1 else None
        door: Protection = request.app.state.protection
        try:
            return door.verifier.verify(authorization, self.scope, door.clock())
        except TokenRefused as refused:
            _log().warning("token refused", reason=refused.reason, scope=self.scope)
            raise _challenge(door.name, refused.error, bool(given), self.scope) from None


class RequireScope(RequireToken):
    """A dependency that answers with the owner."""

    async def __call__(self, request: Request) -> Owner:
        """Return whose rows this request may see."""
        return _owner(self.claims(request))


class RequireSingleUse(RequireToken):
    """A dependency that answers with a caller whose token the write itself must use up."""

    async def __call__(self, request: Request) -> Caller:
        """Return who writes."""
        claims = self.claims(request)
        door: Protection = request.app.state.protection
        return Caller(_owner(claims), claims.token_id, claims.expires_at, door.name)


def _owner(claims: AccessClaims) -> Owner:
    return Owner(tenant=claims.tenant, subject=claims.subject)


def _challenge(api: str, error: str, attempted: bool, scope: str = "") -> ProblemError:
    challenge = f'Bearer realm="{api}"'
    if attempted:
        challenge += f', error="{error}"'
    if error == "insufficient_scope":
        challenge += f', scope="{scope}"'
        return ProblemError(error, {"WWW-Authenticate": challenge})
    return ProblemError("invalid_token", {"WWW-Authenticate": challenge})


def _log() -> structlog.stdlib.BoundLogger:
    logger: structlog.stdlib.BoundLogger = structlog.get_logger("apis.caller")
    return logger
