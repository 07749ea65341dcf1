"""The domain has words for everything that actions say: Rasa drops what it has no words for."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from actions.base import EXPLAINED

from .conftest import ACCOUNT

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


def test_every_action_of_the_domain_is_served(server: Any, domain: Any) -> None:
    served = {"action_check_balance", "action_list_transactions", "action_resume"}
    assert set(domain["actions"]) == served


def test_the_manifest_lets_through_what_the_actions_render() -> None:
    """A field that is not in the manifest never reaches an action."""
    path = Path(__file__).parents[2] / "security" / "operations" / "banking.yml"
    operations = yaml.safe_load(path.read_text("utf-8"))["operations"]
    accounts = set(operations["banking.list_accounts"]["fields"])
    assert accounts >= {f"accounts.{name}" for name in ACCOUNT}
    transactions = set(operations["banking.list_recent_transactions"]["fields"])
    flat = {f"transactions.{name}" for name in KIOSK if name != "account"}
    assert transactions >= flat | {f"transactions.account.{name}" for name in KIOSK["account"]}
