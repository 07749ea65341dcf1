"""How a client proves itself: `private_key_jwt` (RFC 7523), one assertion for one request."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from security.tokens.clients import Client
from security.tokens.compact import Read, Unreadable, read
from security.tokens.dpop import SKEW

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
MOST_LIFE = timedelta(minutes=5)
"""How far off the end of an assertion may be: its id is remembered until then."""

_KINDS = (None, "JWT", "client-authentication+jwt")
_ID = re.compile(r"[\x21-\x7e]{8,128}", re.ASCII)


class AssertionRefused(Exception):
    """The client is not who it says; the reason is for the log only."""


@dataclass(frozen=True)
class Assertion:
    """A client that proved itself; `id` is good for one request."""

    client: Client
    id: str
    expires_at: datetime


def check_assertion(
    text: str, clients: Mapping[str, Client], audience: str, now: datetime
) -> Assertion:
    """Return who made an assertion for the server that is called `audience`.

    Raises `AssertionRefused`. That its id is new is for the store to say.
    """
    try:
        given = read(text, _KINDS, frozenset({"alg"}), frozenset({"typ", "kid"}))
        client = _client(given, clients)
        _verify(given, client, now)
    except Unreadable as error:
        raise AssertionRefused(str(error)) from None
    claims = given.claims
    # The issuer and nothing else: an assertion that is good for two servers can be handed on.
    if claims.get("aud") not in (audience, [audience]):
        raise AssertionRefused("assertion for another server")
    ends = _instant(claims.get("exp"))
    if not now < ends <= now + MOST_LIFE:
        raise AssertionRefused("assertion over, or for too long")
    for name in ("iat", "nbf"):
        if name in claims and _instant(claims[name]) > now + SKEW:
            raise AssertionRefused("assertion from the future")
    assertion_id = claims.get("jti")
    if not isinstance(assertion_id, str) or not _ID.fullmatch(assertion_id):
        raise AssertionRefused("no usable id")
    return Assertion(client, assertion_id, ends)


def _client(given: Read, clients: Mapping[str, Client]) -> Client:
    subject = given.claims.get("sub")
    if not isinstance(subject, str) or given.claims.get("iss") != subject:
        raise AssertionRefused("issuer and subject differ")
    client = clients.get(subject)
    if client is None:
        raise AssertionRefused("unknown client")
    return client


def _verify(given: Read, client: Client, now: datetime) -> None:
    kid: Any = given.header.get("kid")
    keys = [key for key in client.keys if kid in (None, key.kid) and key.is_honoured(now)]
    for key in keys:
        try:
            given.verify(key.key)
        except Unreadable:
            continue
        return
    raise AssertionRefused("no key of this client")


def _instant(value: object) -> datetime:
    if isinstance(value, bool) or not isinstance(value, int):
        raise AssertionRefused("times are whole seconds")
    try:
        return datetime.fromtimestamp(value, UTC)
    except (OverflowError, ValueError, OSError):
        raise AssertionRefused("time out of range") from None
