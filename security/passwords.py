"""Passwords as Argon2id hashes (RFC 9106); an unknown name costs the same work as a known one."""

from __future__ import annotations

import secrets

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError


class Passwords:
    """Hashes and checks passwords with the low-memory profile of RFC 9106 section 4."""

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        self._hasher = hasher or PasswordHasher()
        self._dummy = self._hasher.hash(secrets.token_urlsafe(24))

    def hash(self, password: str) -> str:
        """Return the encoded hash with its own salt and parameters."""
        return self._hasher.hash(password)

    def matches(self, stored: str | None, password: str) -> bool:
        """Tell whether `password` has the hash `stored`.

        None (no such person) is checked against a hash of nothing that anyone knows, so that
        the time taken tells no names (ASVS 6.3.8).
        """
        try:
            verified = self._hasher.verify(stored or self._dummy, password)
        except (VerificationError, InvalidHashError):
            return False
        return verified and stored is not None
