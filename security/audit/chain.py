"""Each record names the SHA-256 of its predecessor, so an edit anywhere shows everywhere after."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

import orjson

GENESIS = "0" * 64
"""What the first record names as its predecessor."""


def digest(record: bytes) -> str:
    """Return the SHA-256 of a record's canonical bytes, in hex."""
    return hashlib.sha256(record).hexdigest()


@dataclass(frozen=True)
class Broken:
    """The first record that does not fit; falsy, and says why."""

    sequence: int
    reason: str

    def __bool__(self) -> bool:
        return False


@dataclass(frozen=True)
class Whole:
    """Every record fits its predecessor; `head` is the digest of the last one."""

    count: int
    head: str


def verify_chain(records: Iterable[bytes]) -> Whole | Broken:
    """Check sequence numbers and hashes from the first record on, without any key.

    Finds an edited, deleted, reordered or inserted record. A trail cut at its end, or
    rewritten from some point on, is found only against a head that was kept elsewhere.
    """
    previous, count = GENESIS, 0
    for expected, record in enumerate(records, start=1):
        if not isinstance(record, bytes):  # A database may hold text where bytes were.
            return Broken(expected, "not a record")
        try:
            said = orjson.loads(record)
        except orjson.JSONDecodeError:
            return Broken(expected, "not a record")
        if not isinstance(said, dict) or said.get("sequence") != expected:
            return Broken(expected, "out of sequence")
        if said.get("previous_sha256") != previous:
            return Broken(expected, "does not follow its predecessor")
        previous, count = digest(record), expected
    return Whole(count, previous)
