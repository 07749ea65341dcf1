"""Pure rules: what takes two administrators, and which user names look alike."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from security.administering import Case, needs_second, refusal, roles_after
from security.roles import ROLES, known_at, unknown
from security.user_names import mistakable, reference_of, skeleton, username_of

ADMIN, OTHER = ["admin"], ["customer"]
NAMES = st.from_regex(r"[a-z0-9][a-z0-9._-]{0,20}", fullmatch=True)

TWO = [
    (Case("roles", OTHER, ADMIN), True),
    (Case("roles", ADMIN, OTHER), True),
    (Case("roles", ADMIN, ["admin", "teller"]), False),
    (Case("roles", OTHER, ["teller"]), False),
    (Case("disable", ADMIN, ADMIN), True),
    (Case("enable", ADMIN, ADMIN), True),
    (Case("reset", ADMIN, ADMIN), True),
    (Case("add", [], ADMIN), True),
    (Case("add", [], OTHER), False),
    (Case("disable", OTHER, OTHER), False),
    (Case("reset", OTHER, OTHER), False),
    (Case("reset", OTHER, OTHER, shows=True, linked=True), True),
    (Case("reset", OTHER, OTHER, shows=True, others=1), True),
    (Case("reset", OTHER, OTHER, shows=True), False),
    (Case("reset", OTHER, OTHER, others=1), False),
    (Case("unlock", ADMIN, ADMIN), False),
    (Case("end_sessions", ADMIN, ADMIN), False),
    (Case("invite", ADMIN, ADMIN), False),
]


@pytest.mark.parametrize(("case", "expected"), TWO)
def test_what_makes_or_unmakes_an_administrator_takes_two(case: Case, expected: bool) -> None:
    """Dual control: the whole table."""
    assert needs_second(case) is expected


@pytest.mark.parametrize(
    ("case", "code"),
    [
        (Case("disable", OTHER, OTHER, is_self=True, others=5), "own_account"),
        (Case("roles", OTHER, OTHER, others=5), "already_so"),
        (Case("disable", ADMIN, ADMIN, others=0), "second_admin_missing"),
        (Case("disable", ADMIN, ADMIN, others=1), None),
        (Case("disable", OTHER, OTHER, others=0), None),
    ],
)
def test_what_speaks_against_a_case(case: Case, code: str | None) -> None:
    assert refusal(case) == code


def test_roles_are_given_before_others_are_taken() -> None:
    assert roles_after(["customer"], ["teller"], ["customer"]) == ["teller"]
    assert roles_after(["customer"], ["teller"], ["teller"]) == ["customer"]


@given(NAMES)
def test_a_reference_stands_for_one_name_and_no_other(name: str) -> None:
    """ASVS 8.2.2: written back exactly, or not at all."""
    assert username_of(reference_of(name)) == name
    assert username_of(reference_of(name) + "=") is None


@given(st.text(max_size=40))
def test_no_reference_that_is_made_up_is_a_fault(reference: str) -> None:
    """Abuse: anything at all."""
    username = username_of(reference)
    assert username is None or reference_of(username) == reference


@pytest.mark.parametrize(
    ("one", "other"),
    [("bob", "b0b"), ("alice", "a1ice"), ("modem", "rnodern"), ("will", "vvi11"), ("a.b", "ab")],
)
def test_names_that_look_alike_are_told(one: str, other: str) -> None:
    assert skeleton(one) == skeleton(other)
    assert mistakable(other, ["somebody", one]) == one


@pytest.mark.parametrize(
    ("one", "other"), [("aud", "aud2"), ("aud2", "aud3"), ("bob", "rob"), ("anna", "anne")]
)
def test_names_that_do_not_look_alike_are_let_be(one: str, other: str) -> None:
    assert mistakable(other, [one]) is None


@given(NAMES)
def test_a_name_can_be_mistaken_for_itself(name: str) -> None:
    assert mistakable(name, [name]) == name


def test_an_organisation_knows_the_roles_of_its_apis_alone() -> None:
    assert known_at(["banking"]) == {"admin", "auditor", "customer", "teller"}
    assert known_at([]) == {"admin", "auditor"}
    assert known_at(["library"]) >= {"customer"}
    assert known_at(["banking", "healthcare", "hr", "it", "orders"]) == ROLES


@pytest.mark.parametrize(
    ("username", "reference"),
    [
        ("a", "YQ"),
        ("ab", "YWI"),
        ("abc", "YWJj"),
        ("a.b-c_d", "YS5iLWNfZA"),
        ("o>>?", "bz4-Pw"),
        ("aaW", "YWFX"),
    ],
)
def test_a_reference_is_base64url_without_filling(username: str, reference: str) -> None:
    assert reference_of(username) == reference
    assert username_of(reference) == username


@pytest.mark.parametrize("reference", ["YQ==", "w6k", "Y", "YR", "Y Q", "bz4+Pw"])
def test_what_nobody_is_called_is_nobody(reference: str) -> None:
    """Filled, beyond ASCII, too short, of two spellings, of another alphabet."""
    assert username_of(reference) is None


def test_roles_that_nobody_declares_are_named_in_order() -> None:
    assert unknown(["zeta", "admin", "alpha", "zeta"]) == ["alpha", "zeta"]
    assert unknown(sorted(ROLES)) == []
