"""One root, and a key of its own for each purpose, derived from it (HKDF, RFC 5869).

A key for one purpose says nothing about another's, so a digest can never be confused with
an encryption or a CSRF token. The root is a system key of the ring, so that names and hashes
outlive the master key that it is wrapped under.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

KEY_BYTES = 32


class KeyRing:
    """Derived keys by purpose; none of them is ever shown."""

    def __init__(self, root: bytes) -> None:
        if len(root) != KEY_BYTES:
            raise ValueError("the root has 32 bytes")
        self._csrf = _derive(root, "csrf")
        self._pairwise = _derive(root, "pairwise-subject")
        self._pseudonym = _derive(root, "audit-pseudonym")
        self._arguments = _derive(root, "arguments-digest")
        self._codes = _derive(root, "one-time-code")
        self._addresses = _derive(root, "address-digest")
        self._writes = _derive(root, "idempotency-key")
        self._owners = _derive(root, "key-owner")
        self._lookups = _derive(root, "lookup")
        self._sessions = _derive(root, "session-reference")
        self._of_tenants: dict[str | None, AESSIV] = {}
        self.sealed_before = _derive(root, "columns-1")
        """What all columns were sealed under before there was a ring; it opens old rows once."""

    def __repr__(self) -> str:
        return "KeyRing(…)"

    def csrf_token(self, seed: str) -> str:
        """Return the token of a session whose row holds `seed`; the token itself is not stored."""
        return _tag(self._csrf, seed)

    def pairwise_subject(self, person_id: str, audience: str) -> str:
        """Return the name that `audience` knows this person by, and nobody else does."""
        return _tag(self._pairwise, person_id, audience)

    def pseudonym(self, person_id: str) -> str:
        """Return the name that the audit trail knows this person by."""
        return _tag(self._pseudonym, person_id)[:24]

    def session_reference(self, tenant: str | None, session_id: str) -> str:
        """Return what the trail calls a session in a record of this tenant.

        AES-SIV (RFC 5297) under a key of the tenant's own: the same each time, says nothing
        without the key, and leads back to the session for who has it (`session_of`).
        """
        closed = self._session_key(tenant).encrypt(session_id.encode(), None)
        return urlsafe_b64encode(closed).decode().rstrip("=")

    def session_of(self, tenant: str | None, reference: str) -> str | None:
        """Return the session that a record of this tenant means; None where it means none."""
        try:
            closed = urlsafe_b64decode(reference + "=" * (-len(reference) % 4))
            return self._session_key(tenant).decrypt(closed, None).decode()
        except (ValueError, InvalidTag):
            return None

    def _session_key(self, tenant: str | None) -> AESSIV:
        key = self._of_tenants.get(tenant)
        if key is None:
            named = () if tenant is None else (tenant,)
            key = self._of_tenants[tenant] = AESSIV(bytes.fromhex(_tag(self._sessions, *named)))
        return key

    def arguments_digest(self, canonical: bytes) -> str:
        """Return a keyed digest: values that are easy to guess cannot be looked up by it."""
        return hmac.new(self._arguments, canonical, hashlib.sha256).hexdigest()

    def idempotency_key(self, turn_id: str, digest: str) -> str:
        """Return the key of a write that nobody approves: one a turn and a digest (128 bits)."""
        return _tag(self._writes, turn_id, digest)[:32]

    def code_hash(self, *parts: str) -> str:
        """Return what is stored in place of a code; `parts` bind it to what it is good for."""
        return _tag(self._codes, *parts)

    def address_hash(self, address: str) -> str:
        """Return what stands for a number, a mail or a network address where sends are counted."""
        return _tag(self._addresses, address)

    def owner_hash(self, person_id: str) -> str:
        """Return what stands for a person where data keys are kept."""
        return _tag(self._owners, person_id)

    def lookup(self, column: str, tenant: str, value: str) -> str:
        """Return what a sealed value is found by: equal values of one tenant have equal ones."""
        return _tag(self._lookups, column, tenant, value)


def _derive(root: bytes, purpose: str) -> bytes:
    info = f"gatehouse/{purpose}".encode()
    return HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=info).derive(root)


def _tag(key: bytes, *parts: str) -> str:
    message = b"\x00".join(part.encode() for part in parts)
    return hmac.new(key, message, hashlib.sha256).hexdigest()


def new_master_key() -> bytes:
    """Return 256 random bits."""
    return secrets.token_bytes(KEY_BYTES)


def load_master_key(path: Path) -> bytes:
    """Read the master key; refuse one that others than its owner may read."""
    if path.stat().st_mode & 0o077:
        raise PermissionError(f"{path} may be readable for its owner only: chmod 600 {path}")
    return path.read_bytes()
