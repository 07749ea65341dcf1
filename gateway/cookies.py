"""The cookies: `__Host-` prefix, Secure, HttpOnly, SameSite=Strict (ASVS 3.3.1-4).

The session's has no lifetime of its own: the browser drops it when it closes, and security's
limits end the session in any case. The device's stays for as long as browsers allow, 400 days:
it opens nothing, it only tells that its person has signed in with this browser before.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

NAME = "__Host-gatehouse"
DEVICE_NAME = "__Host-gatehouse-device"
_ATTRIBUTES = "; Path=/; Secure; HttpOnly; SameSite=Strict"
_DEVICE_SECONDS = 34_560_000
_SECRET = re.compile(r"[A-Za-z0-9_-]{20,128}", re.ASCII)

CLEAR = f"{NAME}={_ATTRIBUTES}; Max-Age=0"
"""The Set-Cookie value that removes the session's cookie."""


def session_cookie(session_id: str) -> str:
    """Return the Set-Cookie value for `session_id`; raises `ValueError` where it is malformed."""
    return _cookie(NAME, session_id)


def device_cookie(device: str) -> str:
    """Return the Set-Cookie value for `device`; raises `ValueError` where it is malformed."""
    return f"{_cookie(DEVICE_NAME, device)}; Max-Age={_DEVICE_SECONDS}"


def session_id_of(cookie_headers: Iterable[str]) -> str | None:
    """Return the session id that a request presents, or None."""
    return _only(NAME, cookie_headers)


def device_of(cookie_headers: Iterable[str]) -> str | None:
    """Return what an earlier answer gave this browser to keep, or None."""
    return _only(DEVICE_NAME, cookie_headers)


def _cookie(name: str, value: str) -> str:
    if _SECRET.fullmatch(value) is None:
        raise ValueError("security gave a value that a cookie cannot carry")
    return f"{name}={value}{_ATTRIBUTES}"


def _only(name: str, cookie_headers: Iterable[str]) -> str | None:
    """Return the value of the one cookie of this name.

    Two of them cannot come from an honest browser: then there is none.
    """
    pairs = (pair.strip() for header in cookie_headers for pair in header.split(";"))
    found = [pair[len(name) + 1 :] for pair in pairs if pair.startswith(f"{name}=")]
    if len(found) != 1 or _SECRET.fullmatch(found[0]) is None:
        return None
    return found[0]
