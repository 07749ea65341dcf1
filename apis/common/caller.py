"""Who calls, from the token alone: there is no other way in, and no session."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

import structlog
from fastapi import FastAPI, Request, Response, Security
from fastapi.openapi.models import HTTPBase
from fastapi.responses import JSONResponse
from fastapi.security.base import SecurityBase

from apis.common import reports
from apis.common.details import check_details
from apis.common.model import Owner
from apis.common.problems import ProblemError
from apis.common.reports import Incident, Reports
from apis.common.requests import body_of
from apis.common.strength import Strength
from runtime.log_gate import coded
from runtime.observing import Observing
from security.tokens.verifier import (
    ALGORITHM,
    AccessClaims,
    Needed,
    Presented,
    Proof,
    ReplayCache,
    TokenRefused,
)

Clock = Callable[[], datetime]
USED_BEFORE = "token used before"
ANOTHER_REQUEST = "token for another request"


class Verifier(Protocol):
    """What an API needs of `security.tokens.verifier.TokenVerifier`."""

    def verify(self, given: Presented, needed: Needed, now: datetime) -> tuple[AccessClaims, Proof]:
        """Return the claims of a token that opens the endpoint, or raise `TokenRefused`."""
        ...


@dataclass(frozen=True)
class Protection:
    """What stands at the door of one API: its name, its token verifier, its clock.

    `base_url` is the address that the API is called by, without a slash at its end: proofs are
    made for it, and whatever a request says in `Host` changes nothing.
    """

    name: str
    verifier: Verifier
    clock: Clock
    base_url: str
    replays: ReplayCache = field(default_factory=ReplayCache)
    reports: Reports = field(default_factory=Reports)
    """What security is told of tokens that were refused here."""
    seen: Observing = field(default_factory=Observing)
    """What is counted and traced."""

    def report(self, code: str, scope: str | None = None, token: str | None = None) -> None:
        """Tell security of a refusal, by its code: it puts it on the trail."""
        self.reports.note(Incident(code, self.clock(), scope, token))


def protect(app: FastAPI, protection: Protection) -> None:
    """Give the application what its `RequireToken` dependencies ask, and the door for security."""
    app.state.protection = protection
    app.add_api_route(reports.PATH, tell_security, methods=["POST"], include_in_schema=False)


async def tell_security(request: Request) -> Response:
    """Answer what was refused here since security last asked (RFC 8936); waits for something."""
    door: Protection = request.app.state.protection
    RequireToken(reports.scope_of(door.name), None).claims(request)
    asked = await body_of(reports.Poll)(request)
    if not door.reports.serves:
        raise ProblemError("not_found")
    door.reports.acknowledge(asked.ack)
    if not asked.returnImmediately:
        await door.reports.wait(reports.LONGEST_WAIT_SECONDS)
    told = door.reports.fetch(asked.maxEvents)
    more = door.reports.more_than(len(told))
    return JSONResponse({"sets": told, "moreAvailable": more})


@dataclass(frozen=True)
class Caller:
    """Who writes, with the token that may do so once."""

    owner: Owner
    token_id: str
    expires_at: datetime
    api: str
    agent: str | None = None
    """The person who acts for the owner, for the record; None where they act for themselves."""
    report: Callable[[str, str, str], None] | None = field(default=None, compare=False)
    """Tells security of a refusal: the reason, the scope, the token."""
    scope: str = ""

    def used_before(self) -> ProblemError:
        """Return the refusal of a token that has done its write; security hears of it."""
        if self.report is not None:
            self.report(coded(USED_BEFORE), self.scope, self.token_id)
        return self.refusal()

    def refusal(self) -> ProblemError:
        """Return the refusal of this token: it has been used, or it has ended (RFC 6750 3.1)."""
        return _challenge(self.api, "invalid_token")


class RequireToken(SecurityBase):
    """The claims of a token with one scope and a proof, or 401 or 403 (RFC 6750, 9449, 9470).

    `strength` says how strong, and how recent, the person's authentication has to be; None where
    no person takes part, as where security asks what became of a write. `assisted`: it is for
    those who act for somebody else, and for them alone; no other endpoint takes their tokens.
    """

    def __init__(self, scope: str, strength: Strength | None, *, assisted: bool = False) -> None:
        if strength is None:
            self.needed = Needed(scope)
        else:
            self.needed = Needed(scope, strength.acr, strength.max_age, strength.or_code)
        self.model = HTTPBase(scheme="DPoP")
        self.scheme_name = "access_token"
        self._assisted = assisted

    def claims(self, request: Request) -> AccessClaims:
        """Return the claims of the request's token; its work is bounded, so no thread."""
        door: Protection = request.app.state.protection
        now = door.clock()
        given = _presented(request, door.base_url)
        try:
            claims, proof = door.verifier.verify(given, self.needed, now)
            if (claims.agent is not None) is not self._assisted:
                raise TokenRefused("another chain of actors", token_id=claims.token_id)
            # Last, so that only holders of good tokens can fill it.
            if not door.replays.is_first_use(proof.id, proof.expires_at, now):
                raise TokenRefused(
                    "proof used before", "invalid_dpop_proof", token_id=claims.token_id
                )
        except TokenRefused as refused:
            scope = self.needed.scope
            _log().warning("token_refused", reason=coded(refused.reason), scope=scope)
            door.report(coded(refused.reason), scope, refused.token_id)
            attempted = refused.error if request.headers.get("authorization") else None
            raise _challenge(door.name, attempted, self.needed) from None
        return claims

    async def for_this_request(self, request: Request, claims: AccessClaims) -> None:
        """Raise `ProblemError` where the token is for another request, and tell security."""
        try:
            await check_details(request, claims.details)
        except ProblemError as refused:
            if refused.code == "invalid_authorization_details":
                door: Protection = request.app.state.protection
                door.report(coded(ANOTHER_REQUEST), claims.scope, claims.token_id)
            raise


class RequireScope(RequireToken):
    """A dependency that answers with the owner."""

    async def __call__(self, request: Request) -> Owner:
        """Return whose rows this request may see."""
        claims = self.claims(request)
        if claims.details:
            await self.for_this_request(request, claims)
        return _owner(claims)


class RequireSingleUse(RequireToken):
    """A dependency that answers with a caller whose token the write itself must use up.

    The token has to be for exactly this request (RFC 9396): compared before anything is done.
    """

    async def __call__(self, request: Request) -> Caller:
        """Return who writes."""
        claims = self.claims(request)
        await self.for_this_request(request, claims)
        door: Protection = request.app.state.protection
        used = (claims.token_id, claims.expires_at, door.name)
        return Caller(_owner(claims), *used, claims.agent, door.report, claims.scope)


def reading(scope: str, strength: Strength | None, *, assisted: bool = False) -> Any:
    """Return what makes a parameter the `Owner` of a request that reads, see `RequireToken`."""
    return Security(RequireScope(scope, strength, assisted=assisted), scopes=[scope])


def writing(scope: str, strength: Strength | None, *, assisted: bool = False) -> Any:
    """Return what makes a parameter the `Caller` of a request that writes, once."""
    return Security(RequireSingleUse(scope, strength, assisted=assisted), scopes=[scope])


def _presented(request: Request, base_url: str) -> Presented:
    # Two headers could be read as one by us and as the other by somebody before us.
    headers = {
        name: given[0] if len(given := request.headers.getlist(name)) == 1 else None
        for name in ("authorization", "dpop")
    }
    # As it was sent, before anything is decoded: two addresses may decode to one path.
    raw = request.scope.get("raw_path") or request.scope["path"].encode()
    path = raw.partition(b"?")[0].decode("latin-1")
    return Presented(headers["authorization"], headers["dpop"], request.method, f"{base_url}{path}")


def _owner(claims: AccessClaims) -> Owner:
    return Owner(tenant=claims.tenant, subject=claims.subject)


def _challenge(api: str, error: str | None, needed: Needed | None = None) -> ProblemError:
    """Return the refusal with its `WWW-Authenticate`; `error` None where no token was given."""
    said = {"realm": api, "algs": ALGORITHM}
    if error is not None:
        said["error"] = error
    if error == "insufficient_scope" and needed is not None:
        said["scope"] = needed.scope
    if error == "insufficient_user_authentication" and needed is not None:
        said |= {"acr_values": needed.acr} if needed.acr else {}
        age = needed.max_age
        said |= {"max_age": str(int(age.total_seconds()))} if age is not None else {}
    challenge = "DPoP " + ", ".join(f'{name}="{value}"' for name, value in said.items())
    return ProblemError(error or "invalid_token", {"WWW-Authenticate": challenge})


def _log() -> structlog.stdlib.BoundLogger:
    logger: structlog.stdlib.BoundLogger = structlog.get_logger("apis.caller")
    return logger
