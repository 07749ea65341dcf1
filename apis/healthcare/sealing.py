"""Seals what is written into a record for its patient alone to be told.

The key is the API's own, a file that its set-up makes: a reason belongs to the record, is kept
where the record is kept, and can be read there without security, whose vault opens nothing to
anybody else. Each patient has a key of their own, derived from it (HKDF, RFC 5869), and each
sealed text is bound to its place (AES-256-GCM, NIST SP 800-38D).
"""

from __future__ import annotations

import secrets
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from apis.common import key_file
from apis.common.key_file import KEY_BYTES, make_key, read_key

__all__ = ["KEY_BYTES", "Seals", "key_path", "make_key"]

_NONCE_BYTES = 12


def key_path(home: Path) -> Path:
    """Return where the key is in the state folder."""
    return key_file.key_path(home, "healthcare")


class Seals:
    """Seals and opens texts of records."""

    def __init__(self, key: bytes) -> None:
        if len(key) != KEY_BYTES:
            raise ValueError("the key of the records has 32 bytes")
        self._key = key

    def __repr__(self) -> str:
        return "Seals(…)"

    @classmethod
    def read(cls, path: Path) -> Seals:
        """Read the key. Raises `OSError`, also where others may read it, or `ValueError`."""
        return cls(read_key(path))

    def seal(self, text: str, tenant: str, patient: str, place: str) -> bytes:
        """Return `text` sealed for this patient's record, at this place of it."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        return nonce + self._cipher(tenant, patient).encrypt(nonce, text.encode(), place.encode())

    def open(self, sealed: bytes, tenant: str, patient: str, place: str) -> str:
        """Return the text. Raises `ValueError` for another's, another place's or a changed one."""
        nonce, rest = sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:]
        try:
            return self._cipher(tenant, patient).decrypt(nonce, rest, place.encode()).decode()
        except InvalidTag:
            raise ValueError("this does not belong here") from None

    def _cipher(self, tenant: str, patient: str) -> AESGCM:
        info = "\x00".join(("gatehouse/clinic/record", tenant, patient)).encode()
        kdf = HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=info)
        return AESGCM(kdf.derive(self._key))
