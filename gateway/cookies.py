"""The session cookie: `__Host-` prefix, Secure, HttpOnly, SameSite=Strict (ASVS 3.3.1-4).

It has no lifetime of its own: the browser drops it when it closes, and security's limits
end the session in any case.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

NAME = "__Host-gatehouse"
_ATTRIBUTES = "; Path=/; Secure; HttpOnly; SameSite=Strict"
_SESSION_ID = re.compile(r"[A-Za-z0-9_-]{20,128}", re.ASCII)

CLEAR = f"{NAME}={_ATTRIBUTES}; Max-Age=0"
"""The Set-Cookie value that removes the session's cookie."""


def session_cookie(session_id: str) -> str:
    """Return the Set-Cookie value for `session_id`; raises `ValueError` where it is malformed."""
    if _SESSION_ID.fullmatch(session_id) is None:
        raise ValueError("security gave a session id that a cookie cannot carry")
    return f"{NAME}={session_id}{_ATTRIBUTES}"


def session_id_of(cookie_headers: Iterable[str]) -> str | None:
    """Return the session id that a request presents, or None.

    Two cookies of this name cannot come from an honest browser: then there is none.
    """
    pairs = (pair.strip() for header in cookie_headers for pair in header.split(";"))
    found = [pair[len(NAME) + 1 :] for pair in pairs if pair.startswith(f"{NAME}=")]
    if len(found) != 1 or _SESSION_ID.fullmatch(found[0]) is None:
        return None
    return found[0]
