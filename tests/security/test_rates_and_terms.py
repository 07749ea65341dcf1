"""How often somebody may ask, and what a refusal says would be enough."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from security import checks
from security.checks import Denial
from security.operations.classes import CLASSES, Demand
from tests.security.test_checks import BINDING, CANCEL, CASE, PERSONAL, question

INSUFFICIENT = {"error": "insufficient_user_authentication"}


@pytest.mark.parametrize(("person", "who"), [(CASE.person, "alice"), (None, "session")])
@pytest.mark.parametrize("allowed", [True, False])
def test_operations_are_counted_a_person_or_a_session_without_one(
    person: Any, who: str, allowed: bool
) -> None:
    """ASVS 2.4.1."""
    asked: list[tuple[str, str]] = []

    def allow(*given: str) -> bool:
        asked.append((given[0], given[1]))
        return allowed

    denial = checks.rate_is_kept(allow)(question(case=replace(CASE, person=person)))
    assert denial == (None if allowed else Denial("rate_limited", "rate"))
    assert asked == [(who, PERSONAL.name)]


TERMS: dict[str, tuple[Demand, dict[str, Any]]] = {
    "plain": (CLASSES["plain"], {"acr_values": "aal1"}),
    "personal": (CLASSES["personal"], {"acr_values": "aal2", "max_age": 900}),
    "sensitive": (CLASSES["sensitive"], {"acr_values": "aal2", "max_age": 300}),
    "binding": (CLASSES["binding"], {"acr_values": "aal2", "max_age": 0}),
    "part of a second": (
        Demand("aal2", timedelta(seconds=1.9)),
        {"acr_values": "aal2", "max_age": 1},
    ),
}


@pytest.mark.parametrize(("demand", "terms"), TERMS.values(), ids=TERMS)
def test_what_would_be_enough_is_said_in_whole_seconds(
    demand: Demand, terms: dict[str, Any]
) -> None:
    """RFC 9470 section 3."""
    assert checks.terms_of(demand) == {**INSUFFICIENT, **terms}


def test_methods_that_would_do_depend_on_the_channel_and_on_the_amount() -> None:
    small = question(BINDING, arguments={"amount": "30.00", "currency": "EUR"})
    large = question(BINDING, arguments={"amount": "30.01", "currency": "EUR"})
    assert checks.approving_methods(small, "web") == ["passkey", "totp", "push", "sms"]
    assert checks.approving_methods(large, "web") == ["passkey", "totp", "push"]
    assert checks.approving_methods(small, "sms") == ["totp"]
    assert checks.approving_methods(question(PERSONAL), "web") == []
    assert checks.proving_methods(question(CANCEL), "web") == [
        "passkey",
        "totp",
        "push",
        "sms",
        "email",
        "sso",
    ]
    assert checks.proving_methods(question(CANCEL), "sms") == ["totp"]
    assert "email" not in checks.proving_methods(question(PERSONAL), "web")
