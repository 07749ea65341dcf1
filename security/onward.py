"""A link that leads from a text, or from a frame, to the page: a rule, and no I/O.

It opens nothing. Whoever has it signs in like anybody else, and the guard runs in full; what it
carries is which question goes on there.
"""

from __future__ import annotations

import secrets

_TOKEN_BYTES = 16
FRAGMENT = "#continue="
"""What stands behind it is sent to no server, log or Referer (RFC 3986 section 3.5)."""


def new_token() -> str:
    """Return a token of 128 random bits, 22 characters: a text has little room."""
    return secrets.token_urlsafe(_TOKEN_BYTES)


def address(public_url: str, tenant: str, token: str) -> str:
    """Return the link that carries a token to the page of its tenant."""
    return f"{public_url.rstrip('/')}/?tenant={tenant}{FRAGMENT}{token}"
