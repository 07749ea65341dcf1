"""Passwords: hashed slowly, checked alike for everyone."""

from __future__ import annotations

import pytest
from argon2 import PasswordHasher, extract_parameters
from hypothesis import given, settings
from hypothesis import strategies as st

from security.passwords import NO_PASSWORD, Passwords
from tests.security.fakes import CountingHasher


@pytest.fixture
def hasher() -> CountingHasher:
    return CountingHasher()


@pytest.fixture
def passwords(hasher: CountingHasher) -> Passwords:
    return Passwords(hasher)


def test_the_parameters_are_those_of_rfc_9106() -> None:
    """ASVS 11.4.2: Argon2id, 64 MiB, three passes, four lanes, unless told otherwise."""
    stored = Passwords().hash("any")
    used = extract_parameters(stored)
    assert (used.type.name, used.memory_cost, used.time_cost) == ("ID", 65_536, 3)
    assert used.parallelism == 4
    assert used.hash_len >= 32
    assert used.salt_len >= 16
    assert PasswordHasher().check_needs_rehash(stored) is False


def test_the_right_password_matches_and_no_other(passwords: Passwords) -> None:
    stored = passwords.hash("Right password")
    assert passwords.matches(stored, "Right password")
    for wrong in ("", "right password", "Right password ", "Right passwor", "Right password\x00"):
        assert not passwords.matches(stored, wrong)


def test_the_same_password_never_looks_the_same(passwords: Passwords) -> None:
    """ASVS 11.4.2: salted."""
    assert passwords.hash("same") != passwords.hash("same")


@pytest.mark.parametrize("stored", [None, "known", NO_PASSWORD])
def test_a_check_costs_one_computation_for_everyone(
    passwords: Passwords, hasher: CountingHasher, stored: str | None
) -> None:
    """ASVS 6.3.8: known or not, right or not."""
    known = passwords.hash("right") if stored == "known" else stored
    for attempt in ("right", "wrong", ""):
        hasher.checks = 0
        assert passwords.matches(known, attempt) is (stored == "known" and attempt == "right")
        assert hasher.checks == 1


@given(st.text(max_size=50))
@settings(max_examples=50, deadline=None)
def test_nobody_has_no_password(attempt: str) -> None:
    """ASVS 6.3.8: the hash that stands in for an unknown person opens nothing."""
    assert not Passwords(CountingHasher()).matches(None, attempt)


@pytest.mark.parametrize("stored", ["", "x", "$argon2id$", "$argon2id$v=19$m=8,t=1,p=1$AA$AA"])
def test_a_broken_hash_opens_nothing(passwords: Passwords, stored: str) -> None:
    """ASVS 16.5.3."""
    assert not passwords.matches(stored, "any")
    assert not passwords.matches(stored, "")
