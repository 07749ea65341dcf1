"""The cookies: `__Host-` prefix, Secure, HttpOnly, SameSite=Strict (ASVS 3.3.1-4).

A chat inside another site has a cookie of its own: browsers send it there (SameSite=None), but
keep another one for each such site (Partitioned), and it opens sessions of that kind alone, whose
ids no other cookie can hold, nor the other way round.

The session's has no lifetime of its own: the browser drops it when it closes, and security's
limits end the session in any case. The device's stays for as long as browsers allow, 400 days:
it opens nothing, it only tells that its person has signed in with this browser before.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

Kind = Literal["page", "embed"]
NAME = "__Host-gatehouse"
DEVICE_NAME = "__Host-gatehouse-device"
SSO_NAME = "__Host-gatehouse-sso"
EMBED_NAME = "__Host-gatehouse-embed"
_ATTRIBUTES = "; Path=/; Secure; HttpOnly; SameSite=Strict"
_EMBED_ATTRIBUTES = "; Path=/; Secure; HttpOnly; SameSite=None; Partitioned"
_LAX_ATTRIBUTES = "; Path=/; Secure; HttpOnly; SameSite=Lax"
_SSO_SECONDS = 300
_DEVICE_SECONDS = 34_560_000
_SECRET = re.compile(r"[A-Za-z0-9_-]{20,128}", re.ASCII)
_EMBED_SECRET = re.compile(r"embed\.[A-Za-z0-9_-]{20,128}", re.ASCII)


@dataclass(frozen=True)
class _Cookie:
    """One cookie: what it is called, what it may hold, and what browsers are told of it."""

    name: str
    form: re.Pattern[str] = _SECRET
    attributes: str = _ATTRIBUTES


_SESSIONS: Mapping[Kind, _Cookie] = {
    "page": _Cookie(NAME),
    "embed": _Cookie(EMBED_NAME, _EMBED_SECRET, _EMBED_ATTRIBUTES),
}
_DEVICE = _Cookie(DEVICE_NAME)
_SSO = _Cookie(SSO_NAME, attributes=_LAX_ATTRIBUTES)


def clearing(kind: Kind = "page") -> str:
    """Return the Set-Cookie value that removes the session's cookie of this kind."""
    cookie = _SESSIONS[kind]
    return f"{cookie.name}={cookie.attributes}; Max-Age=0"


def session_cookie(session_id: str, kind: Kind = "page") -> str:
    """Return the Set-Cookie value for `session_id`; raises `ValueError` where it is malformed.

    So it does where the id is of the other kind.
    """
    return _set(_SESSIONS[kind], session_id)


def device_cookie(device: str) -> str:
    """Return the Set-Cookie value for `device`; raises `ValueError` where it is malformed."""
    return f"{_set(_DEVICE, device)}; Max-Age={_DEVICE_SECONDS}"


def sso_cookie(browser: str) -> str:
    """Return the Set-Cookie value for what a browser keeps while it is at a provider.

    Five minutes; "" removes it. Raises `ValueError` where it is malformed.
    """
    if not browser:
        return f"{_SSO.name}={_SSO.attributes}; Max-Age=0"
    return f"{_set(_SSO, browser)}; Max-Age={_SSO_SECONDS}"


def sso_of(cookie_headers: Iterable[str]) -> str | None:
    """Return what the browser has kept since it went to a provider, or None."""
    return _only(_SSO, cookie_headers)


def session_id_of(cookie_headers: Iterable[str], kind: Kind = "page") -> str | None:
    """Return the session id that a request presents in the cookie of this kind, or None."""
    return _only(_SESSIONS[kind], cookie_headers)


def device_of(cookie_headers: Iterable[str]) -> str | None:
    """Return what an earlier answer gave this browser to keep, or None."""
    return _only(_DEVICE, cookie_headers)


def _set(cookie: _Cookie, value: str) -> str:
    if cookie.form.fullmatch(value) is None:
        raise ValueError("security gave a value that a cookie cannot carry")
    return f"{cookie.name}={value}{cookie.attributes}"


def _only(cookie: _Cookie, cookie_headers: Iterable[str]) -> str | None:
    """Return the value of the one cookie of this name.

    Two of them cannot come from an honest browser: then there is none.
    """
    pairs = (pair.strip() for header in cookie_headers for pair in header.split(";"))
    name = f"{cookie.name}="
    found = [pair[len(name) :] for pair in pairs if pair.startswith(name)]
    if len(found) != 1 or cookie.form.fullmatch(found[0]) is None:
        return None
    return found[0]
