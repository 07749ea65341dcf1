"""What the banking actions ask for, and what they say."""

from __future__ import annotations

from typing import Any

from .conftest import ACCOUNT


def _row(account: str, text: str) -> dict[str, Any]:
    reference = {"name": f"Account {account}", "number": f"•••• 000{account}"}
    return {
        "account": reference,
        "date": "2026-11-20",
        "text": text,
        "amount": "-10.99",
        "currency": "EUR",
    }


async def test_one_balance_is_said_and_shown_in_one_message(server: Any) -> None:
    server.security.result = {"accounts": [ACCOUNT]}
    assert await server.says("action_check_balance") == [
        {
            "response": "utter_balance",
            "account": "Current account",
            "balance": "2,480.15",
            "currency": "EUR",
            "custom": {
                "card": {
                    "kind": "balances",
                    "accounts": [
                        {
                            "name": "Current account",
                            "number": "•••• 4021",
                            "balance": "2480.15",
                            "available": "2400.15",
                            "currency": "EUR",
                        }
                    ],
                }
            },
        }
    ]
    assert server.security.asked == [
        {
            "ticket": "ticket-1",
            "operation": "banking.list_accounts",
            "arguments": {},
            "action": "action_check_balance",
        }
    ]


async def test_several_balances_are_counted_and_shown(server: Any) -> None:
    server.security.result = {"accounts": [ACCOUNT, {**ACCOUNT, "name": "Savings account"}]}
    [said] = await server.says("action_check_balance")
    assert (said["response"], said["count"]) == ("utter_balances", "2")
    assert len(said["custom"]["card"]["accounts"]) == 2


async def test_no_account_has_words_of_its_own_and_no_card(server: Any) -> None:
    server.security.result = {"accounts": []}
    assert await server.says("action_check_balance") == [{"response": "utter_no_accounts"}]


async def test_the_last_ten_transactions_are_asked_for_and_shown(server: Any) -> None:
    server.security.result = {"transactions": [_row("1", "Kiosk"), _row("1", "Rent")]}
    [said] = await server.says("action_list_transactions")
    card = said["custom"]["card"]
    assert said["response"] == "utter_transactions"
    assert (said["account"], said["count"]) == ("Account 1", "2")
    assert card["account"] == {"name": "Account 1", "number": "•••• 0001"}
    assert [row["text"] for row in card["rows"]] == ["Kiosk", "Rent"]
    assert set(card["rows"][0]) == {"date", "text", "amount", "currency"}
    [asked] = server.security.asked
    assert asked["operation"] == "banking.list_recent_transactions"
    assert asked["arguments"] == {"limit": 10}


async def test_each_account_gets_its_own_message(server: Any) -> None:
    rows = [_row("2", "A"), _row("1", "B"), _row("2", "C")]
    server.security.result = {"transactions": rows}
    cards = [said["custom"]["card"] for said in await server.says("action_list_transactions")]
    assert [[row["text"] for row in card["rows"]] for card in cards] == [["A", "C"], ["B"]]


async def test_no_transactions_have_words_of_their_own(server: Any) -> None:
    server.security.result = {"transactions": []}
    said = await server.says("action_list_transactions")
    assert said == [{"response": "utter_no_transactions", "account": "accounts"}]
