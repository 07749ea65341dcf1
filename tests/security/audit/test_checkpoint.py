"""Checkpoints as they are written down, and keys that say which one was before them."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import orjson
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from security.audit.chain import GENESIS, digest
from security.audit.checkpoint import (
    LaneHead,
    Last,
    TrailKey,
    file_checkpoint,
    keys_before,
    next_checkpoint,
    read_last,
)
from tests.security.fakes import NOW

ONE, TWO, THREE, THIEF = (TrailKey(letter * 32) for letter in (b"1", b"2", b"3", b"t"))
HEADS = [LaneHead("1", 1, GENESIS, 4, "a" * 64), LaneHead("2", 3, "b" * 64, 7, "c" * 64)]
LANES = {
    "1": {"first": 1, "before": "0" * 64, "last": 4, "sha256": "a" * 64},
    "2": {"first": 3, "before": "b" * 64, "last": 7, "sha256": "c" * 64},
}
SAID = {
    "at": "2026-11-23T12:00:00.000000+00:00",
    "key": ONE.id,
    "records": 11,
    "lanes": LANES,
    "previous_sha256": "d" * 64,
}


def told(line: bytes, seed: bytes = b"1") -> dict[str, Any]:
    """Return what a checkpoint says, whose signature holds over its bytes (RFC 8032)."""
    said: dict[str, Any] = json.loads(line)
    signature = bytes.fromhex(said.pop("signature"))
    body = orjson.dumps(said, option=orjson.OPT_SORT_KEYS)
    key = Ed25519PrivateKey.from_private_bytes(seed * 32).public_key()
    key.verify(signature, b"gatehouse checkpoint 1\n" + body)
    assert line == body[:-1] + b',"signature":"' + signature.hex().encode() + b'"}'
    return said


def test_a_key_is_known_by_its_public_half() -> None:
    raw = Ed25519PrivateKey.from_private_bytes(b"1" * 32).public_key().public_bytes_raw()
    assert ONE.public == raw.hex()
    assert ONE.id == hashlib.sha256(raw).hexdigest()[:16]
    read = load_pem_public_key(ONE.public_pem)
    assert isinstance(read, Ed25519PublicKey)
    assert read.public_bytes_raw() == raw
    assert repr(ONE) == f"TrailKey({ONE.id})"


def test_a_checkpoint_says_how_far_each_chain_has_come() -> None:
    number, line = next_checkpoint(ONE, HEADS, Last(5, "d" * 64), NOW)
    assert (number, told(line)) == (6, {**SAID, "kind": "log", "number": 6})
    assert read_last(line) == Last(6, digest(line), 11, ONE.id, None)


def test_the_first_one_follows_nothing() -> None:
    number, line = next_checkpoint(ONE, [], Last(), NOW)
    said = told(line)
    assert (number, said["number"], said["previous_sha256"]) == (1, 1, "0" * 64)
    assert (said["records"], said["lanes"]) == (0, {})


def test_it_announces_the_key_after_it_which_says_who_was_before() -> None:
    """ASVS 16.4.3."""
    _, line = next_checkpoint(ONE, HEADS, Last(5, "d" * 64), NOW, TWO)
    endorsed = TWO.endorse(ONE.public)
    announced = {"own": ONE.public, "next": TWO.public, "next_key": TWO.id, "endorsed": endorsed}
    assert told(line) == {**SAID, "kind": "log", "number": 6, **announced}
    assert read_last(line).next_key == TWO.id
    new = Ed25519PrivateKey.from_private_bytes(b"2" * 32).public_key()
    words = f"gatehouse trail key before this one 1\n{ONE.public}"
    new.verify(bytes.fromhex(endorsed), words.encode())


@pytest.mark.parametrize("kind", ["export", "archive"])
def test_the_last_line_of_a_file_is_signed_for_it_and_moves_no_number(kind: Any) -> None:
    line = file_checkpoint(kind, ONE, HEADS, Last(5, "d" * 64), "e" * 64, NOW)
    assert told(line) == {**SAID, "kind": kind, "number": 5, "file_sha256": "e" * 64}


def announces(key: TrailKey, following: TrailKey) -> bytes:
    return next_checkpoint(key, [], Last(), NOW, following)[1]


FIRST, SECOND = announces(ONE, TWO), announces(TWO, THREE)


def test_the_keys_before_are_those_that_the_next_one_endorses() -> None:
    assert keys_before(THREE, [FIRST, SECOND]) == [ONE.public, TWO.public]
    assert keys_before(TWO, [FIRST]) == [ONE.public]
    assert keys_before(ONE, []) == []


def claimed(**changed: Any) -> bytes:
    """Return what a thief has announced that writes to the database, and has no key of ours."""
    said = {"own": THIEF.public, "next": THREE.public, "endorsed": THIEF.endorse(THIEF.public)}
    return THIEF.sign({**said, **changed})


FORGED = {
    "our key, in their own name": claimed(),
    "our key, endorsed for another": claimed(endorsed=THREE.endorse(TWO.public)),
    "their key": announces(THIEF, THIEF),
    "a signature that is none": claimed(endorsed="zz"),
    "a signature that is too short": claimed(endorsed="00"),
    "a signature of another kind": claimed(endorsed=7),
    "a key that is no text": claimed(own=7),
    "nothing of it": b"{}",
    "no object": b"[]",
    "no JSON": b"{",
}


@pytest.mark.parametrize("line", FORGED.values(), ids=FORGED)
def test_attack_a_key_that_says_it_was_before_ours(line: bytes) -> None:
    """ASVS 16.4.2: what nobody endorses ends the list, whatever stands before it."""
    assert keys_before(THREE, [line]) == []
    assert keys_before(THREE, [FIRST, SECOND, line]) == []
    assert keys_before(THREE, [FIRST, line, SECOND]) == [TWO.public]
