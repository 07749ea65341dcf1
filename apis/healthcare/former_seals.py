"""Opens what older versions sealed of a record: for the migration that seals it as all the rest.

The key file itself was the key; each patient had one of their own, derived from it.
"""

from __future__ import annotations

from collections.abc import Callable

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_NONCE_BYTES = 12


def opened_before(key: bytes) -> Callable[[bytes, str, str, str], str]:
    """Return what opens a text by its tenant, its patient and its place.

    That raises `InvalidTag` for another's, another place's or a changed one.
    """

    def opened(sealed: bytes, tenant: str, patient: str, place: str) -> str:
        info = "\x00".join(("gatehouse/clinic/record", tenant, patient)).encode()
        derived = HKDF(algorithm=SHA256(), length=len(key), salt=None, info=info).derive(key)
        nonce, rest = sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:]
        return AESGCM(derived).decrypt(nonce, rest, place.encode()).decode()

    return opened
