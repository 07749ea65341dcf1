"""Whose key a value is under, and what the vault asks its keys for."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from security.vault.envelope import CannotOpen, KeyGone, Place
from security.vault.legacy import OldVault
from security.vault.owners import Owner, Scope, Under, owner_of
from security.vault.vault import Vault

PLACE = Place("messages", "text", "7", "bank", "alice")
ALICE = Owner(Scope.PERSON_ERASABLE, "bank", "alice")


@pytest.mark.parametrize(
    ("under", "tenant", "person", "owner"),
    [
        (Under.ERASABLE, "bank", "alice", ALICE),
        (Under.RETAINED, "bank", "alice", Owner(Scope.PERSON_RETAINED, "bank", "alice")),
        (Under.ERASABLE, None, "alice", Owner(Scope.PERSON_ERASABLE, None, "alice")),
        (Under.ERASABLE, "bank", None, Owner(Scope.TENANT, "bank")),
        (Under.RETAINED, "bank", "", Owner(Scope.TENANT, "bank")),
        (Under.ERASABLE, None, None, Owner(Scope.SYSTEM)),
        (Under.RETAINED, "", "", Owner(Scope.SYSTEM)),
        (Under.TENANT, "bank", "alice", Owner(Scope.TENANT, "bank")),
        (Under.TENANT, None, "alice", Owner(Scope.SYSTEM)),
        (Under.SYSTEM, "bank", "alice", Owner(Scope.SYSTEM)),
    ],
)
def test_whose_key_a_value_is_under(
    under: Under, tenant: str | None, person: str | None, owner: Owner
) -> None:
    """GDPR 17: what is a person's is under a key that goes with them."""
    assert owner_of(under, tenant, person) == owner


class Keys:
    """Keys of two owners; what else is asked for is noted."""

    def __init__(self) -> None:
        self.ciphers = {b"a" * 8: AESGCM(b"a" * 32), b"b" * 8: AESGCM(b"b" * 32)}
        self.asked: list[Any] = []

    def for_sealing(self, owner: Owner) -> tuple[bytes, AESGCM]:
        key_id = (b"a" if owner == ALICE else b"b") * 8
        return key_id, self.ciphers[key_id]

    def for_opening(self, key_id: bytes) -> AESGCM:
        if key_id not in self.ciphers:
            raise KeyGone("it was destroyed")
        return self.ciphers[key_id]

    def lookup(self, column: str, tenant: str, value: str) -> str:
        return f"{column}/{tenant}/{value}"

    def warm(self, tenant: str) -> None:
        self.asked.append(tenant)

    def get_ready(self, key_ids: Iterable[bytes], owners: Iterable[Owner]) -> None:
        self.asked.append((list(key_ids), list(owners)))

    def close(self) -> None:
        self.asked.append("close")


def test_a_value_is_sealed_under_its_owners_key_and_opens_where_it_was() -> None:
    vault = Vault(Keys())
    sealed = vault.seal(b"hello", PLACE, ALICE)
    assert sealed[1:9] == b"a" * 8
    assert vault.open(sealed, PLACE) == b"hello"
    assert vault.seal(b"hello", PLACE, Owner(Scope.SYSTEM))[1:9] == b"b" * 8


def test_attack_a_value_that_was_moved_or_whose_key_is_gone() -> None:
    """ASVS 11.3.3; GDPR 17: with the key, what it sealed is gone."""
    keys = Keys()
    vault = Vault(keys)
    sealed = vault.seal(b"hello", PLACE, ALICE)
    with pytest.raises(CannotOpen):
        vault.open(sealed, replace(PLACE, row="8"))
    with pytest.raises(CannotOpen):
        vault.open(b"\x01" + sealed[1:], PLACE)
    del keys.ciphers[b"a" * 8]
    with pytest.raises(KeyGone):
        vault.open(sealed, PLACE)


def test_the_rest_is_passed_on_to_the_keys() -> None:
    keys = Keys()
    vault = Vault(keys)
    assert vault.lookup("email", "bank", "a@example") == "email/bank/a@example"
    vault.warm("bank")
    vault.get_ready([b"a"], [ALICE])
    vault.close()
    assert keys.asked == ["bank", ([b"a"], [ALICE]), "close"]


def old(tenant: bytes, version: bytes = b"\x01") -> bytes:
    """Return an envelope of version 1, written out once more."""
    parts = (b"messages", b"text", b"7", tenant)
    place = b"".join(len(part).to_bytes(4, "big") + part for part in parts)
    return version + b"n" * 12 + AESGCM(b"o" * 32).encrypt(b"n" * 12, b"hello", place)


@pytest.mark.parametrize(("tenant", "owner"), [("bank", b"tenant bank"), (None, b"no tenant")])
def test_what_was_sealed_before_is_opened(tenant: str | None, owner: bytes) -> None:
    vault = OldVault(b"o" * 32)
    assert vault.open(old(owner), "messages", "text", "7", tenant) == b"hello"
    for place in (("other", "text", "7"), ("messages", "other", "7"), ("messages", "text", "8")):
        with pytest.raises(CannotOpen, match=r"^changed, moved or sealed under another key$"):
            vault.open(old(owner), *place, tenant)
    with pytest.raises(CannotOpen, match=r"^changed, moved"):
        vault.open(old(owner), "messages", "text", "7", "another")


@pytest.mark.parametrize("sealed", [old(b"tenant bank", b"\x02"), b"", b"\x00"])
def test_another_version_is_not_opened(sealed: bytes) -> None:
    with pytest.raises(CannotOpen, match=r"^unknown version$"):
        OldVault(b"o" * 32).open(sealed, "messages", "text", "7", "bank")
    with pytest.raises(CannotOpen, match=r"^changed, moved"):
        OldVault(b"o" * 32).open(b"\x01", "messages", "text", "7", "bank")
