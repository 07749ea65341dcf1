"""The demo's people and data are what the contract says, and belong to nobody."""

from __future__ import annotations

import base64
import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml

from apis.banking.seed import SeedBook

ROLES = {
    "northwind-bank": {
        "alice": "customer",
        "bob": "customer",
        "tess": "teller",
        "aud": "auditor",
        "adam": "admin",
    },
    "harbor-clinic": {
        "pat": "patient",
        "quinn": "patient",
        "dana": "physician",
        "rob": "receptionist",
        "aud2": "auditor",
        "ada": "admin",
    },
    "globex": {
        "erin": "employee",
        "mark": "employee",
        "hana": "hr_admin",
        "ivan": "it_agent",
        "aud3": "auditor",
        "abe": "admin",
    },
    "acme-shop": {
        "carl": "customer",
        "cora": "customer",
        "sue": "support_agent",
        "aud4": "auditor",
        "amy": "admin",
    },
}


@pytest.fixture(scope="module")
def demo() -> Any:
    path = Path(__file__).parents[2] / "demo" / "personas.yml"
    return yaml.safe_load(path.read_text("utf-8"))


def test_everyone_of_the_contract_is_there_with_their_role(demo: Any) -> None:
    found: dict[str, dict[str, str]] = {}
    for person in demo["people"]:
        assert len(person["roles"]) == 1
        found.setdefault(person["tenant"], {})[person["username"]] = person["roles"][0]
    assert found == ROLES


def test_each_person_has_the_fields_of_the_contract(demo: Any) -> None:
    names = {"tenant", "username", "name", "roles", "password", "totp_secret", "phone", "email"}
    for person in demo["people"]:
        assert set(person) == names
        texts = names - {"roles"}
        assert all(isinstance(person[name], str) and person[name] for name in texts)


def test_every_secret_is_long_and_nobody_elses(demo: Any) -> None:
    """RFC 4226 4: a shared secret has 160 bits."""
    for person in demo["people"]:
        assert len(base64.b32decode(person["totp_secret"])) >= 20
        assert len(person["password"]) >= 15
        assert person["username"] not in person["password"]
    for name in ("password", "totp_secret", "phone", "email"):
        values = [person[name] for person in demo["people"]]
        assert len(set(values)) == len(values)


def test_numbers_and_addresses_are_set_aside_for_fiction(demo: Any) -> None:
    """RFC 2606 for addresses; 555-0100 to 555-0199 for numbers."""
    for person in demo["people"]:
        assert re.fullmatch(r"\+1202555" + r"01\d\d", person["phone"])
        assert person["email"].endswith(".example.com")


def test_each_tenant_has_its_idle_limit(demo: Any) -> None:
    """ASVS 7.3.1."""
    limits = {tenant["id"]: tenant["idle_minutes"] for tenant in demo["tenants"]}
    assert limits == {"northwind-bank": 5, "harbor-clinic": 15, "globex": 60, "acme-shop": 60}
    assert all(tenant["public"] is True and tenant["name"] for tenant in demo["tenants"])


def test_alice_has_one_euro_account_with_at_least_a_thousand(demo: Any) -> None:
    book = SeedBook.model_validate(demo["banking"])
    [account] = [one for one in book.accounts if one.owner.username == "alice"]
    assert (account.owner.tenant, account.currency) == ("northwind-bank", "EUR")
    assert Decimal(account.balance) - Decimal(account.held) >= 1_000


def test_the_books_add_up_and_were_never_overdrawn(demo: Any) -> None:
    for account in SeedBook.model_validate(demo["banking"]).accounts:
        amounts = [Decimal(row.amount) for row in account.transactions]
        days = [row.days_ago for row in account.transactions]
        assert len(amounts) >= 40
        assert days == sorted(days, reverse=True)
        assert max(days) <= 90
        assert sum(amounts) == Decimal(account.balance)
        assert all(sum(amounts[: upto + 1]) >= 0 for upto in range(len(amounts)))


def test_account_numbers_have_valid_check_digits_of_no_country(demo: Any) -> None:
    """ISO 13616: the number modulo 97 is 1; XN is an ISO 3166 code that no country can get."""
    for account in demo["banking"]["accounts"] + demo["banking"]["payees"]:
        number = account["number"]
        digits = "".join(str(int(character, 36)) for character in number[4:] + number[:4])
        assert number.startswith("XN")
        assert int(digits) % 97 == 1


def test_alice_can_pay_bob_and_anna_berg(demo: Any) -> None:
    book = SeedBook.model_validate(demo["banking"])
    numbers = {one.owner.username: one.number for one in book.accounts}
    payees = {one.name: one.number for one in book.payees if one.owner.username == "alice"}
    assert payees["Bob Lindqvist"] == numbers["bob"]
    assert payees["Anna Berg"] not in numbers.values()
    assert payees["Anna Berg"].endswith("1234")


def test_alice_and_bob_have_open_bills_that_they_can_pay(demo: Any) -> None:
    book = SeedBook.model_validate(demo["banking"])
    for account in book.accounts:
        bills = [one for one in book.bills if one.owner == account.owner]
        due = sum(Decimal(one.amount) for one in bills)
        assert len(bills) >= 3
        assert due <= Decimal(account.balance) - Decimal(account.held)
        assert {one.currency for one in bills} == {account.currency}
