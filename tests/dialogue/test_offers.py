"""What the bot offers to whom, and the table behind it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from dialogue.offers import (
    Offers,
    TurnWords,
    buttons_of,
    can_words,
    current_words,
    filling,
    read_offers,
    speaking,
)
from security.server import read_access, read_operations
from security.services.offering import Offering

PROJECT = Path(__file__).parents[2]
SEED = yaml.safe_load((PROJECT / "demo" / "personas.yml").read_text("utf-8"))
TENANTS = {tenant["id"]: tenant["apis"] for tenant in SEED["tenants"]}
ROLES = {person["username"]: (person["tenant"], person["roles"]) for person in SEED["people"]}


@pytest.fixture(scope="module")
def offering() -> Offering:
    operations = read_operations(PROJECT)
    return Offering(read_access(PROJECT, operations), operations)


@pytest.fixture(scope="module")
def offers() -> Offers:
    return read_offers()


def of_person(offering: Offering, username: str) -> tuple[str, ...]:
    tenant, roles = ROLES[username]
    return offering.to(tenant, roles, TENANTS[tenant])


@pytest.mark.parametrize(
    ("username", "first", "never"),
    [
        ("alice", "check_balance", "lab_results"),
        ("pat", "list_appointments", "break_glass"),
        ("dana", "patient_record", "book_appointment"),
        ("rob", "list_appointments", "lab_results"),
        ("erin", "pto_balance", "check_balance"),
        ("carl", "order_status", "help_customer"),
        ("sue", "help_customer", "order_status"),
    ],
)
def test_everybody_is_offered_what_they_may_do(
    offering: Offering, offers: Offers, username: str, first: str, never: str
) -> None:
    intents = [one.intent for one in offers.to(of_person(offering, username))]
    assert intents[0] == first
    assert never not in intents
    assert len(set(intents)) == len(intents)


@pytest.mark.parametrize("tenant", TENANTS)
def test_a_visitor_hears_of_the_subjects_of_the_tenant(
    offering: Offering, offers: Offers, tenant: str
) -> None:
    few = offers.to(offering.to(tenant, None, TENANTS[tenant]))[:4]
    assert {one.api for one in few} <= set(TENANTS[tenant])
    assert not any(one.group == "staff" for one in few)


def test_a_visitor_without_a_tenant_hears_of_everything(offering: Offering, offers: Offers) -> None:
    few = offers.to(offering.to(None, None, ()))[:4]
    assert [one.api for one in few] == ["banking", "healthcare", "orders", "hr"]


def test_an_auditor_is_offered_a_person_and_nothing_that_would_be_refused(
    offering: Offering, offers: Offers
) -> None:
    offered = offers.to(of_person(offering, "aud"))
    assert not offered
    assert buttons_of("few", offered) == [
        {"title": "Talk to a person", "payload": "/talk_to_human"}
    ]
    assert filling(offered)["can"] == "get you a person to talk to"


def test_every_row_leads_from_an_operation_to_an_intent(offers: Offers) -> None:
    operations = read_operations(PROJECT)
    intents = set(yaml.safe_load((PROJECT / "domain.yml").read_text("utf-8"))["intents"])
    table: Any = offers.to(operations)
    assert {one.intent for one in table} <= intents
    assert all(one.title and one.can and one.can[0].islower() for one in table)
    listed = yaml.safe_load((PROJECT / "dialogue" / "offers.yml").read_text("utf-8"))
    assert {row["operation"] for rows in listed.values() for row in rows} <= set(operations)


def test_nothing_is_offered_twice() -> None:
    listed = yaml.safe_load((PROJECT / "dialogue" / "offers.yml").read_text("utf-8"))
    rows = [(row["operation"], row["intent"]) for rows in listed.values() for row in rows]
    assert len(rows) == len(set(rows))


def test_phrases_make_a_sentence(offers: Offers) -> None:
    one, two, three = offers.to(["banking.list_accounts", "banking.pay_bill", "banking.list_bills"])
    assert can_words([one]) == "tell you your balance"
    assert can_words([one, two, three]) == (
        "tell you your balance, tell you which bills are due and pay a bill"
    )


def test_every_intent_has_a_name(offers: Offers) -> None:
    assert offers.title_of("lab_results", ["healthcare.lab_results"]) == "My lab results"
    assert offers.title_of("lab_results", ["healthcare.patient_lab_results"]) == "Lab results"
    assert offers.title_of("some_new_skill", []) == "Some new skill"


def test_what_is_offered_ends_with_its_turn() -> None:
    """Attack: one task serves the turns of many people."""
    with speaking(TurnWords(frozenset({"banking.list_accounts"}))):
        assert current_words().operations
    assert current_words() == TurnWords()
