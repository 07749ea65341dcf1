"""The shape of one call of the public API: what it takes, what it gives, what it may refuse.

Routes and the OpenAPI document are both made from these, so the document cannot be wrong
about a status: a refusal that a call does not declare leaves as `security_unavailable`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from pydantic import TypeAdapter

from gateway.cookies import Kind
from gateway.ports import Rasa, Security
from gateway.problems import Problem
from gateway.rates import RateName
from gateway.streams import Streams
from gateway.turns import Holder, Turns
from security.model import SessionGrant

Verb = Literal["GET", "POST", "DELETE"]

ALWAYS = frozenset(
    {"foreign_origin", "headers_too_large", "rate_limited", "security_unavailable", "unknown_host"}
)
"""What every call may refuse."""

WITH_SESSION = frozenset({"session_expired"})
WITH_CSRF = WITH_SESSION | {"csrf_failed"}
WITH_BODY = frozenset({"invalid_request", "request_timeout", "too_large", "unsupported_media_type"})


@dataclass(frozen=True)
class Parts:
    """What the calls work with."""

    security: Security
    rasa: Rasa
    turns: Turns
    streams: Streams


@dataclass(frozen=True)
class Asked:
    """An admitted request. Members that the call does not declare are empty."""

    address: str
    session_id: str = ""
    csrf_token: str = ""
    reference: str = ""
    query: Mapping[str, str] = field(default_factory=dict)
    browser: str = ""
    device: str | None = None
    sso: str | None = None
    last_event_id: str | None = None
    body: Any = None

    @property
    def holder(self) -> Holder:
        """The session's secrets, as a turn wants them."""
        return Holder(self.session_id, self.csrf_token)


@dataclass(frozen=True)
class Reply:
    """What a call answers: a value, or a problem; and a session whose id may have changed.

    `sso` is what the browser keeps while it is at a provider, "" where it is back. `due` is set
    where the session's id is to be changed before the answer leaves.
    """

    value: Any = None
    grant: SessionGrant | None = None
    problem: Problem | None = None
    signed_out: bool = False
    sso: str | None = None
    due: Holder | None = None


@dataclass(frozen=True)
class Download:
    """A file, in the place of a JSON value: it is saved, never shown as part of the page."""

    name: str
    media_type: str
    content: bytes


@dataclass(frozen=True)
class Call:
    """One method on one path. `guard` says what the caller must present.

    `unknown` is the refusal of a malformed `{id}` of the path. `query` names the parameters
    that the call reads of its query, `values` which pattern the value of one keeps to, and `needs`
    which have to be there. `knows_browser` asks for the browser's name and cookie,
    `knows_sso` for what it keeps of a sign-in at a provider.
    `files` are the media types of what a call saves.
    `uses_up` says that a GET answers once: there is no HEAD that would take it for nothing.
    `cookie` is the kind of session that it is for; no other one is looked at.
    `streams` says that a GET goes on answering, from a `Last-Event-ID` on; it has no HEAD either.
    """

    method: Verb
    path: str
    summary: str
    handler: Callable[[Parts, Asked], Awaitable[Reply]]
    answer: TypeAdapter[Any] | None
    status: int = 200
    body: TypeAdapter[Any] | None = None
    body_optional: bool = False
    unknown: str = ""
    query: tuple[str, ...] = ()
    values: Mapping[str, str] = field(default_factory=dict)
    needs: frozenset[str] = frozenset()
    knows_browser: bool = False
    knows_sso: bool = False
    uses_up: bool = False
    files: tuple[str, ...] = ()
    streams: bool = False
    guard: Literal["open", "session", "csrf"] = "csrf"
    cookie: Kind = "page"
    rate: RateName = "requests"
    may_refuse: frozenset[str] = field(default_factory=frozenset)

    @property
    def name(self) -> str:
        """What the log calls it."""
        return f"{self.method} {self.path}"

    @property
    def refusals(self) -> frozenset[str]:
        """Every code that this call can answer with."""
        guarded = {"open": frozenset[str](), "session": WITH_SESSION, "csrf": WITH_CSRF}
        body = WITH_BODY if self.body is not None else frozenset[str]()
        own = {"invalid_request"} if self.query else set[str]()
        own |= {self.unknown} if self.unknown else set[str]()
        return ALWAYS | guarded[self.guard] | body | own | self.may_refuse
