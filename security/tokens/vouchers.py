"""A host site's word for who is signed in there: a short JWT (docs/embedding.md, RFC 8725).

It is good for one frame (`nonce`), one tenant at one installation (`aud`), minutes (`exp`), and
once (`jti`). Who it is about is the host's own name; whose that is, the registration says.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from security.tokens.compact import Read, Unreadable, read
from security.tokens.hosts import ALGORITHMS, Host, Vouching

MOST_LIFE = timedelta(minutes=5)
"""How far off the end of a host's word may be: its id is remembered until then."""

SKEW = timedelta(seconds=60)
"""How far ahead the host's clock may be. Its word is never good for longer by that."""

_KINDS = (None, "JWT")
_ID = re.compile(r"[\x21-\x7e]{8,128}", re.ASCII)
_SUBJECT = re.compile(r"[^\x00-\x1f\x7f\ud800-\udfff]{1,128}")


class VoucherRefused(Exception):
    """The word counts for nothing; the reason is for the trail alone."""


@dataclass(frozen=True)
class Voucher:
    """A host's word that holds; `id` is good for one use until `ends`."""

    host: Host
    username: str
    id: str
    ends: datetime


def check_voucher(
    text: str,
    find: Callable[[object], Host | None],
    audience: str,
    nonce: str,
    now: datetime,
) -> Voucher:
    """Return what a host says of its person. `find` returns the tenant's host by its issuer.

    Raises `VoucherRefused`. That its id is new is for the store to say.
    """
    given, host, vouching = _verified(text, find)
    claims = given.claims
    # This and nothing else: a word that is good for two can be handed on.
    if claims.get("aud") not in (audience, [audience]):
        raise VoucherRefused("audience")
    repeated = claims.get("nonce")
    if not isinstance(repeated, str) or not hmac.compare_digest(
        repeated.encode("utf-8", "surrogatepass"), nonce.encode()
    ):
        raise VoucherRefused("nonce")
    ends = _ends(claims, now)
    used_as = claims.get("jti")
    if not isinstance(used_as, str) or not _ID.fullmatch(used_as):
        raise VoucherRefused("id")
    subject = claims.get("sub")
    if not isinstance(subject, str) or not _SUBJECT.fullmatch(subject):
        raise VoucherRefused("subject")
    username = vouching.username_of(subject)
    if username is None:
        raise VoucherRefused("unknown_person")
    return Voucher(host, username, used_as, ends)


def _ends(claims: Mapping[str, Any], now: datetime) -> datetime:
    """Return when a word is over, that is good now and not for too long."""
    ends = _instant(claims.get("exp"))
    if not now < ends <= now + MOST_LIFE:
        raise VoucherRefused("expired" if ends <= now else "too_long")
    if _instant(claims.get("iat")) > now + SKEW or (
        "nbf" in claims and _instant(claims["nbf"]) > now + SKEW
    ):
        raise VoucherRefused("future")
    return ends


def _verified(text: str, find: Callable[[object], Host | None]) -> tuple[Read, Host, Vouching]:
    try:
        given = read(text, _KINDS, frozenset({"alg"}), frozenset({"typ", "kid"}), ALGORITHMS)
    except Unreadable:
        raise VoucherRefused("unreadable") from None
    host = find(given.claims.get("iss"))
    if host is None or host.vouching is None:
        raise VoucherRefused("issuer")
    kid, algorithm = given.header.get("kid"), given.header["alg"]
    for key in host.vouching.keys:
        # A key is good for its own algorithm: what the header says chooses, and widens nothing.
        if key.algorithm != algorithm or kid not in (None, key.kid):
            continue
        try:
            given.verify(key.key, key.algorithm)
        except Unreadable:
            continue
        return given, host, host.vouching
    raise VoucherRefused("signature")


def _instant(value: object) -> datetime:
    if isinstance(value, bool) or not isinstance(value, int):
        raise VoucherRefused("time")
    try:
        return datetime.fromtimestamp(value, UTC)
    except (OverflowError, ValueError, OSError):
        raise VoucherRefused("time") from None
