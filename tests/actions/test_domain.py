"""The domain has words for everything that actions say: Rasa drops what it has no words for."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from typing import Any, get_args

import pytest
import yaml

from actions.base import EXPLAINED
from actions.numbers import Why
from actions.registry import build_executor, protected_actions

from .bank import ANNA, EUROS, PAID, POWER, RENT
from .conftest import ACCOUNT, FakeSecurity

KIOSK = {
    "account": {"name": "Current account", "number": "•••• 4021"},
    "date": "2026-11-20",
    "text": "Kiosk",
    "amount": "-1.00",
    "currency": "EUR",
}
SAID = [
    ("action_check_balance", {"accounts": []}),
    ("action_check_balance", {"accounts": [ACCOUNT]}),
    ("action_check_balance", {"accounts": [ACCOUNT, ACCOUNT]}),
    ("action_list_transactions", {"transactions": []}),
    ("action_list_transactions", {"transactions": [KIOSK]}),
    ("action_bill_due", {"bills": []}),
    ("action_bill_due", {"bills": [POWER]}),
    ("action_bill_due", {"bills": [POWER, RENT]}),
]


@pytest.fixture(scope="module")
def domain() -> Any:
    return yaml.safe_load((Path(__file__).parents[2] / "domain.yml").read_text("utf-8"))


@pytest.mark.parametrize(("action", "result"), SAID)
async def test_no_sentence_of_the_domain_lacks_a_value(
    server: Any, domain: Any, action: str, result: Any
) -> None:
    server.security.result = result
    for said in await server.says(action):
        for variation in domain["responses"][said["response"]]:
            assert set(re.findall(r"{([^{}]+)}", variation["text"])) <= set(said)


def test_the_domain_explains_exactly_the_refusals_that_actions_may_say(domain: Any) -> None:
    prefix = "utter_refused_"
    explained = {name.removeprefix(prefix) for name in domain["responses"] if prefix in name}
    assert explained == EXPLAINED


def test_no_name_stands_twice_in_the_domain() -> None:
    """Python's reader would keep the last one; Rasa refuses the whole file, and trains nothing."""
    text = (Path(__file__).parents[2] / "domain.yml").read_text("utf-8")
    named = re.findall(r"^  (?:- )?(\w+):?$", text, re.MULTILINE)
    twice = {name for name, count in Counter(named).items() if count > 1}
    assert {name for name in twice if name.startswith(("utter_", "action_"))} == set()


def test_every_action_of_the_domain_is_served(domain: Any) -> None:
    security = FakeSecurity()
    served = build_executor(security, protected_actions(security)).actions
    assert set(domain["actions"]) == set(served)


def test_every_response_that_an_action_names_has_words(domain: Any) -> None:
    sources = (Path(__file__).parents[2] / "actions").glob("*.py")
    named = {
        name for path in sources for name in re.findall(r"utter_[a-z_]+[a-z]\b", path.read_text())
    }
    named |= {f"utter_ask_amount_{why}" for why in (*get_args(Why), "missing")}
    named -= {"utter_message", "utter_refused", "utter_ask_amount"}
    assert named - set(domain["responses"]) == set()
    unused = set(domain["responses"]) - named - _ruled()
    assert {name for name in unused if "utter_refused_" not in name} == set()


def _ruled() -> set[str]:
    """Return the responses that rules, the fallback and the dialogue say themselves."""
    rules = (Path(__file__).parents[2] / "data" / "rules").glob("*.yml")
    said = {name for path in rules for name in re.findall(r"utter_[a-z_]+", path.read_text())}
    return said | {"utter_default", "utter_back"}


def test_the_manifest_lets_through_what_the_actions_render() -> None:
    """A field that is not in the manifest never reaches an action."""
    path = Path(__file__).parents[2] / "security" / "operations" / "banking.yml"
    operations = yaml.safe_load(path.read_text("utf-8"))["operations"]
    accounts = set(operations["banking.list_accounts"]["fields"])
    assert accounts >= {f"accounts.{name}" for name in ACCOUNT}
    transactions = set(operations["banking.list_recent_transactions"]["fields"])
    flat = {f"transactions.{name}" for name in KIOSK if name != "account"}
    assert transactions >= flat | {f"transactions.account.{name}" for name in KIOSK["account"]}
    bills = {f"bills.{name}" for name in POWER}
    assert set(operations["banking.list_bills"]["fields"]) >= bills - {"bills.id"}
    options = {f"accounts.{name}" for name in EUROS} | {f"payees.{name}" for name in ANNA} | bills
    assert set(operations["banking.payment_options"]["fields"]) >= options
    assert set(operations["banking.make_transfer"]["fields"]) >= set(PAID)
    paid_bill = {*PAID, "biller", "reference"} - {"payee_name", "payee_number"}
    assert set(operations["banking.pay_bill"]["fields"]) >= paid_bill
    assert set(operations["banking.add_payee"]["fields"]) >= {"name", "number"}
