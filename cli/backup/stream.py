"""Sealed streams: AES-256-GCM in chunks, by the STREAM construction.

(Hoang, Reyhanitabar, Rogaway, Vizár: Online Authenticated-Encryption and its Nonce-Reuse
Misuse-Resistance, CRYPTO 2015, section 7.) Each file has a key of its own, derived from the given
one, a random salt and the whole header. A chunk's number and whether it is the last one are its
nonce and its associated data, so that a chunk cannot be changed, left out, repeated or moved, and
an end that is cut off is noticed. What comes out of `Opening` is authentic; that it is *whole* is
known at its end alone.
"""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

CHUNK = 1 << 16
"""Bytes of plain text in every chunk but the last."""
_MAGIC = b"GATEHOUSE\x00\x01"
_SALT, _TAG, _KEY = 32, 16, 32
_COUNTER = 11
_LONGEST_HEADER = 4_096


class Damaged(ValueError):
    """The file is no such stream, was changed, is not whole, or was sealed under another key."""


@dataclass(frozen=True)
class Header:
    """What may be known without the key; a changed one opens nothing."""

    kind: str
    key: str
    """Which key it is sealed under: a name, that says nothing of the key."""
    made: str

    def written(self) -> bytes:
        """Return it as bytes."""
        told = {"kind": self.kind, "key": self.key, "made": self.made}
        return json.dumps(told, separators=(",", ":")).encode()


def key_name(key: bytes) -> str:
    """Return a name for a key: whoever has the key can tell it, and nobody else learns of it."""
    return _derive(key, b"", b"gatehouse/backup-key-name")[:8].hex()


class Sealing:
    """A file to write to; what is written leaves sealed. Close it, or the stream is not whole."""

    def __init__(self, out: BinaryIO, key: bytes, header: Header) -> None:
        self._out = out
        self._waiting = bytearray()
        self._chunks = 0
        start = _start(header.written(), secrets.token_bytes(_SALT))
        self._cipher = _cipher(key, start)
        out.write(start)

    def write(self, data: bytes) -> int:
        """Seal what fills chunks, and keep the rest: the last chunk is known at the end alone."""
        self._waiting += data
        while len(self._waiting) > CHUNK:
            self._seal(bytes(self._waiting[:CHUNK]), last=False)
            del self._waiting[:CHUNK]
        return len(data)

    def close(self) -> None:
        """Seal the last chunk."""
        self._seal(bytes(self._waiting), last=True)
        self._waiting.clear()

    def _seal(self, plain: bytes, *, last: bool) -> None:
        place = _place(self._chunks, last=last)
        self._out.write(self._cipher.encrypt(place, plain, place))
        self._chunks += 1


class Opening:
    """A file to read from: what comes is authentic. Raises `Damaged`, as late as at the end."""

    def __init__(self, source: BinaryIO, key: bytes) -> None:
        start, self.header = read_header(source)
        self._cipher = _cipher(key, start)
        self._chunks = self._each(source)
        self._left = b""

    def read(self, size: int = -1) -> bytes:
        """Return at most `size` bytes, none at the end; all the rest where it is negative."""
        if size < 0:
            whole = self._left + b"".join(self._chunks)
            self._left = b""
            return whole
        while len(self._left) < size:
            more = next(self._chunks, None)
            if more is None:
                break
            self._left += more
        given, self._left = self._left[:size], self._left[size:]
        return given

    def _each(self, source: BinaryIO) -> Iterator[bytes]:
        sealed, number = source.read(CHUNK + _TAG), 0
        while True:
            following = source.read(CHUNK + _TAG)
            place = _place(number, last=not following)
            try:
                yield self._cipher.decrypt(place, sealed, place)
            except (InvalidTag, ValueError):
                raise Damaged(
                    "it was changed, is not whole, or was sealed under another key"
                ) from None
            if not following:
                return
            sealed, number = following, number + 1


def read_header(source: BinaryIO) -> tuple[bytes, Header]:
    """Return the beginning of a stream, and what it says. Raises `Damaged`."""
    fixed = source.read(len(_MAGIC) + _SALT + 2)
    length = int.from_bytes(fixed[-2:], "big")
    if not fixed.startswith(_MAGIC) or len(fixed) != len(_MAGIC) + _SALT + 2:
        raise Damaged("it is no backup of Gatehouse")
    text = source.read(length) if length <= _LONGEST_HEADER else b""
    try:
        header = Header(**json.loads(text))
    except (ValueError, TypeError):
        raise Damaged("its header cannot be read") from None
    return fixed + text, header


def sync(file: BinaryIO) -> None:
    """Return when what was written is on the disk."""
    file.flush()
    os.fsync(file.fileno())


def _start(header: bytes, salt: bytes) -> bytes:
    return _MAGIC + salt + len(header).to_bytes(2, "big") + header


def _cipher(key: bytes, start: bytes) -> AESGCM:
    if len(key) != _KEY:
        raise ValueError(f"a backup's key has {_KEY} bytes")
    salt = start[len(_MAGIC) : len(_MAGIC) + _SALT]
    return AESGCM(_derive(key, salt, b"gatehouse/backup" + start))


def _derive(key: bytes, salt: bytes, info: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=_KEY, salt=salt or None, info=info).derive(key)


def _place(number: int, *, last: bool) -> bytes:
    return number.to_bytes(_COUNTER, "big") + (b"\x01" if last else b"\x00")
