"""What a token request asks for: each form has its own parameters, and no other of ours."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

import orjson

from security.services.oauth_errors import OAuthError

EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"
TICKET = "urn:gatehouse:params:oauth:token-type:ticket"
_ACCESS_TOKEN = "urn:ietf:params:oauth:token-type:access_token"
_JWT = "urn:ietf:params:oauth:token-type:jwt"
_LONGEST = 512


@dataclass(frozen=True)
class ClientCredentials:
    """A token of the client's own (RFC 6749 section 4.4); `resource` of RFC 8707."""

    grant: ClassVar[str] = "client_credentials"
    scope: str
    resource: str | None


@dataclass(frozen=True)
class Exchange:
    """A ticket for a read in its person's name (RFC 8693)."""

    grant: ClassVar[str] = "token_exchange"
    ticket: str = field(repr=False)
    audience: str
    scope: str
    type: str | None
    arguments: Mapping[str, Any]


def token_request(form: Mapping[str, str]) -> ClientCredentials | Exchange:
    """Read a token request. Raises `OAuthError`."""
    kind = form.get("grant_type")
    if kind == "client_credentials":
        return ClientCredentials(_scope(form), _audience(form))
    if kind != EXCHANGE:
        raise OAuthError("invalid_request" if kind is None else "unsupported_grant_type")
    if form.get("subject_token_type") != TICKET:
        raise OAuthError("invalid_request")
    if "actor_token" in form or "actor_token_type" in form:
        raise OAuthError("invalid_request")  # The actor is the client, and nobody else.
    if form.get("requested_token_type", _ACCESS_TOKEN) not in (_ACCESS_TOKEN, _JWT):
        raise OAuthError("unsupported_token_type")
    ticket, audience = form.get("subject_token", ""), _audience(form)
    if not 0 < len(ticket) <= _LONGEST or audience is None:
        raise OAuthError("invalid_request")
    return Exchange(ticket, audience, _scope(form), *_details(form))


def _scope(form: Mapping[str, str]) -> str:
    """One token, one scope: more than one is never granted."""
    scope = form.get("scope", "")
    if not scope or " " in scope or len(scope) > _LONGEST:
        raise OAuthError("invalid_scope")
    return scope


def _audience(form: Mapping[str, str]) -> str | None:
    given = {form[name] for name in ("audience", "resource") if name in form}
    if len(given) > 1:
        raise OAuthError("invalid_target")
    return given.pop() if given else None


def _details(form: Mapping[str, str]) -> tuple[str | None, Mapping[str, Any]]:
    """Return which operation, with which arguments, is meant (RFC 9396); none without arguments."""
    raw = form.get("authorization_details")
    if raw is None:
        return None, {}
    try:
        found = orjson.loads(raw)
    except orjson.JSONDecodeError:
        raise OAuthError("invalid_authorization_details") from None
    entry = found[0] if isinstance(found, list) and len(found) == 1 else None
    if not isinstance(entry, dict) or set(entry) != {"type", "arguments"}:
        raise OAuthError("invalid_authorization_details")
    if not isinstance(entry["type"], str) or not isinstance(entry["arguments"], dict):
        raise OAuthError("invalid_authorization_details")
    return entry["type"], entry["arguments"]
