"""How a person must have proved themselves, by what an endpoint does (RFC 9470).

Security asks for the same before it mints a token; here a mistake of its policy ends.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True)
class Strength:
    """The least assurance level, and the greatest age of the proof when the token was minted."""

    acr: str
    max_age: timedelta | None = None
    or_code: bool = False
    """Whether a password and a code by email will do as well, no older than that."""


PLAIN = Strength("aal1")
PERSONAL = Strength("aal2", timedelta(minutes=15))
PERSONAL_OR_CODE = Strength("aal2", timedelta(minutes=15), or_code=True)
SENSITIVE = Strength("aal2", timedelta(minutes=5))
BINDING = Strength("aal2", timedelta(minutes=1))
"""The proof is the approval of this very write."""
PROTECTIVE = Strength("aal1")
