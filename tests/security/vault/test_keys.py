"""One root, one derived key a purpose, and files that only their owner may read."""

from __future__ import annotations

import hmac
import os
import secrets
from base64 import urlsafe_b64encode
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESSIV

from security.vault.keys import KeyRing, load_master_key, new_master_key

MASTER = bytes(range(32))


@pytest.fixture
def keys() -> KeyRing:
    return KeyRing(MASTER)


def test_no_two_purposes_share_a_key(keys: KeyRing) -> None:
    """ASVS 11.2.3: the same words give another tag for each purpose."""
    word = "same"
    tags = {
        keys.csrf_token(word),
        keys.pairwise_subject(word, ""),
        keys.pseudonym(word),
        keys.arguments_digest(word.encode()),
        hmac.new(keys.sealed_before, word.encode(), "sha256").hexdigest(),
        keys.owner_hash(word),
        keys.lookup(word, "", ""),
        hmac.new(MASTER, word.encode(), "sha256").hexdigest(),
    }
    assert len({tag[:24] for tag in tags}) == 8


def test_the_keys_depend_on_every_bit_of_the_root(keys: KeyRing) -> None:
    flipped = bytes([MASTER[0] ^ 1]) + MASTER[1:]
    other = KeyRing(flipped)
    assert other.sealed_before != keys.sealed_before
    assert other.csrf_token("s") != keys.csrf_token("s")
    assert other.pseudonym("s") != keys.pseudonym("s")


def test_the_same_root_gives_the_same_names(keys: KeyRing) -> None:
    """After a restart, people keep their names at the APIs and on the trail."""
    again = KeyRing(MASTER)
    assert again.pairwise_subject("p", "a") == keys.pairwise_subject("p", "a")
    assert again.pseudonym("p") == keys.pseudonym("p")


def test_each_api_knows_a_person_by_another_name(keys: KeyRing) -> None:
    """RFC 8693: pairwise; two APIs cannot compare their people."""
    names = {keys.pairwise_subject("alice", f"urn:gatehouse:api:{api}") for api in "abc"}
    assert len(names) == 3
    assert all("alice" not in name for name in names)


def test_the_boundary_between_person_and_audience_cannot_be_shifted(keys: KeyRing) -> None:
    assert keys.pairwise_subject("ab", "c") != keys.pairwise_subject("a", "bc")


@pytest.mark.parametrize("length", [0, 16, 31, 33, 64])
def test_a_root_of_another_length_is_refused(length: int) -> None:
    """ASVS 11.2.3: 256 bits."""
    with pytest.raises(ValueError, match="32 bytes"):
        KeyRing(secrets.token_bytes(length))


def test_what_a_name_is_found_by_differs_by_column_and_tenant(keys: KeyRing) -> None:
    """ASVS 8.4.1: one name at two organisations looks like two."""
    found = {
        keys.lookup(column, tenant, "alice")
        for column in ("people.username", "people.name")
        for tenant in ("a", "b")
    }
    assert len(found) == 4
    assert keys.lookup("people", "ab", "c") != keys.lookup("people", "a", "bc")


def test_a_key_ring_shows_nothing_of_itself(keys: KeyRing) -> None:
    """ASVS 16.2.5."""
    assert repr(keys) == "KeyRing(…)"


def test_new_master_keys_are_random() -> None:
    assert len({new_master_key() for _ in range(100)}) == 100


@pytest.mark.parametrize("rights", [0o640, 0o604, 0o660, 0o644, 0o777, 0o610])
def test_a_master_key_that_others_may_touch_is_refused(tmp_path: Path, rights: int) -> None:
    """ASVS 13.3.2."""
    file = tmp_path / "master.key"
    file.write_bytes(MASTER)
    file.chmod(rights)
    with pytest.raises(PermissionError, match="chmod 600"):
        load_master_key(file)


@pytest.mark.parametrize("rights", [0o600, 0o400])
def test_a_master_key_of_its_owner_alone_is_read(tmp_path: Path, rights: int) -> None:
    file = tmp_path / "master.key"
    file.write_bytes(MASTER)
    os.chmod(file, rights)
    assert load_master_key(file) == MASTER


def _derived(root: bytes, purpose: str) -> bytes:
    """Return what HKDF (RFC 5869, no salt) makes of a root, written out once more."""
    extracted = hmac.digest(bytes(32), root, "sha256")
    return hmac.digest(extracted, f"gatehouse/{purpose}".encode() + b"\x01", "sha256")


def _told(purpose: str, *parts: str) -> str:
    return hmac.new(_derived(MASTER, purpose), "\0".join(parts).encode(), "sha256").hexdigest()


NAMED: dict[str, tuple[Callable[[KeyRing], str], str]] = {
    "a token against forgery": (lambda k: k.csrf_token("s"), _told("csrf", "s")),
    "a person's name at an API": (
        lambda k: k.pairwise_subject("p", "a"),
        _told("pairwise-subject", "p", "a"),
    ),
    "a person's name on the trail": (
        lambda k: k.pseudonym("p"),
        _told("audit-pseudonym", "p")[:24],
    ),
    "arguments": (lambda k: k.arguments_digest(b"{}"), _told("arguments-digest", "{}")),
    "the key of a write": (
        lambda k: k.idempotency_key("t", "d"),
        _told("idempotency-key", "t", "d")[:32],
    ),
    "a code": (lambda k: k.code_hash("c", "1"), _told("one-time-code", "c", "1")),
    "an address": (lambda k: k.address_hash("a"), _told("address-digest", "a")),
    "the owner of a key": (lambda k: k.owner_hash("p"), _told("key-owner", "p")),
    "a value that is looked up": (
        lambda k: k.lookup("c", "t", "v"),
        _told("lookup", "c", "t", "v"),
    ),
    "old columns": (lambda k: k.sealed_before.hex(), _derived(MASTER, "columns-1").hex()),
}


@pytest.mark.parametrize(("name", "told"), NAMED.values(), ids=NAMED)
def test_names_outlive_the_version_that_made_them(
    name: Callable[[KeyRing], str], told: str
) -> None:
    """Another derivation would find nobody, and open nothing, that was ever kept."""
    assert name(KeyRing(MASTER)) == told


@pytest.mark.parametrize("tenant", ["bank", None])
def test_a_session_is_found_by_its_reference_within_its_tenant(tenant: str | None) -> None:
    """ASVS 16.2.5: for who has the key; AES-SIV (RFC 5297), the same each time."""
    keys = KeyRing(MASTER)
    reference = keys.session_reference(tenant, "session-1")
    parts = () if tenant is None else (tenant,)
    cipher = AESSIV(bytes.fromhex(_told("session-reference", *parts)))
    closed = urlsafe_b64encode(cipher.encrypt(b"session-1", None)).decode().rstrip("=")
    assert reference == closed == KeyRing(MASTER).session_reference(tenant, "session-1")
    assert keys.session_of(tenant, reference) == "session-1"
    assert keys.session_of("another", reference) is None
    for length in range(4):
        reference = keys.session_reference(tenant, "x" * (9 + length))
        assert keys.session_of(tenant, reference) == "x" * (9 + length)


@pytest.mark.parametrize("reference", ["", "x", "x" * 22, "é", "A" * 33, "=", "....", "\ud800"])
def test_attack_a_reference_that_is_made_up_leads_nowhere(reference: str) -> None:
    assert KeyRing(MASTER).session_of("bank", reference) is None
