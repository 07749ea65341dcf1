"""Checkpoints: the trail's own key signs how far each writer's chain has come.

A chain alone does not show that its end was cut off, or that all of it was written anew; a
checkpoint that was kept elsewhere does. Ed25519 (RFC 8032) over the line's own bytes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import orjson
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from security.audit.chain import GENESIS, digest
from security.audit.verifier import DOMAIN, Bad, read_checkpoint

_ENDORSED = b"gatehouse trail key before this one 1\n"


@dataclass(frozen=True)
class LaneHead:
    """One writer's chain: what is kept of it begins at `first`, after the digest `before`."""

    writer: str
    first: int
    before: str
    last: int
    sha256: str


@dataclass(frozen=True)
class Last:
    """The checkpoint that the next one follows."""

    number: int = 0
    sha256: str = GENESIS
    records: int = 0
    key: str | None = None
    next_key: str | None = None
    """Where it announces that another key signs from here on."""


class TrailKey:
    """The key that signs checkpoints, and nothing else."""

    def __init__(self, seed: bytes) -> None:
        """`seed`: the 32 bytes of an Ed25519 private key."""
        self._private = Ed25519PrivateKey.from_private_bytes(seed)
        public = self._private.public_key()
        self.id = hashlib.sha256(public.public_bytes_raw()).hexdigest()[:16]
        self.public = public.public_bytes_raw().hex()
        self.public_pem = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)

    def __repr__(self) -> str:
        return f"TrailKey({self.id})"

    def endorse(self, before: str) -> str:
        """Sign, in hex, that the key before this one had this public key (hex)."""
        return self._private.sign(_ENDORSED + before.encode()).hex()

    def sign(self, said: dict[str, Any]) -> bytes:
        """Return the line of a checkpoint: its content in canonical order, and its signature."""
        body = orjson.dumps(said, option=orjson.OPT_SORT_KEYS)
        signature = self._private.sign(DOMAIN + body).hex()
        return body[:-1] + b',"signature":"' + signature.encode() + b'"}'


def next_checkpoint(
    key: TrailKey,
    lanes: Sequence[LaneHead],
    last: Last,
    now: datetime,
    announced: TrailKey | None = None,
) -> tuple[int, bytes]:
    """Return the number and the line of the checkpoint after `last`.

    `announced` signs what follows: whoever trusts this key trusts that one.
    """
    said = _said(key, lanes, now) | {
        "kind": "log",
        "number": last.number + 1,
        "previous_sha256": last.sha256,
    }
    if announced is not None:
        said |= {"own": key.public, "next": announced.public, "next_key": announced.id}
        said["endorsed"] = announced.endorse(key.public)
    return last.number + 1, key.sign(said)


def file_checkpoint(
    kind: Literal["export", "archive"],
    key: TrailKey,
    lanes: Sequence[LaneHead],
    last: Last,
    file_sha256: str,
    now: datetime,
) -> bytes:
    """Return the last line of a file: signed for this one, and no part of the log."""
    said = _said(key, lanes, now) | {
        "kind": kind,
        "number": last.number,
        "previous_sha256": last.sha256,
        "file_sha256": file_sha256,
    }
    return key.sign(said)


def keys_before(present: TrailKey, announcements: Sequence[bytes]) -> list[str]:
    """Return the public keys (hex) that came before the present one, oldest first.

    Each is believed because the one after it says so: whoever writes to the database can announce
    a key that we have, and cannot have it say who was before. What nobody endorses ends the list.
    """
    found, after = list[str](), present.public
    for line in reversed(announcements):
        try:
            said = orjson.loads(line)
            if said["next"] != after or not _endorses(after, said["own"], said["endorsed"]):
                break
        except (ValueError, LookupError, TypeError, AttributeError):
            break
        after = said["own"]
        found.append(after)
    return found[::-1]


def _endorses(after: str, before: str, signature: str) -> bool:
    key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(after))
    try:
        key.verify(bytes.fromhex(signature), _ENDORSED + before.encode())
    except InvalidSignature:
        return False
    return True


def read_last(line: bytes) -> Last:
    """Return what the next checkpoint has to know of this one."""
    said = orjson.loads(line)
    return Last(said["number"], digest(line), said["records"], said["key"], said.get("next_key"))


def lanes_signed(key: TrailKey, line: bytes) -> list[LaneHead]:
    """Return the chains that a checkpoint names.

    Raises `ValueError` where neither this key has signed it, nor the one that it followed.
    """
    publics = map(bytes.fromhex, (key.public, *keys_before(key, [line])))
    keys = {
        hashlib.sha256(raw).hexdigest()[:16]: Ed25519PublicKey.from_public_bytes(raw)
        for raw in publics
    }
    try:
        lanes = read_checkpoint(line, keys)["lanes"]
    except Bad:
        raise ValueError("the trail's last checkpoint was not signed by its key") from None
    return [LaneHead(writer=writer, **lane) for writer, lane in lanes.items()]


def records_of(lanes: Sequence[LaneHead]) -> int:
    """Return how many records there have been, those that are kept no longer among them."""
    return sum(lane.last for lane in lanes)


def _said(key: TrailKey, lanes: Sequence[LaneHead], now: datetime) -> dict[str, Any]:
    return {
        "at": now.isoformat(timespec="microseconds"),
        "key": key.id,
        "records": records_of(lanes),
        "lanes": {
            lane.writer: {
                "first": lane.first,
                "before": lane.before,
                "last": lane.last,
                "sha256": lane.sha256,
            }
            for lane in lanes
        },
    }
