"""Requests to the bank, made of what one person has, or of what two have."""

from __future__ import annotations

from tests.access.bank import Owned, Request


def transfer(account: Owned, payee: Owned, key: str) -> Request:
    """Return a transfer from one person's account to one person's payee."""
    body = {
        "account": account.account,
        "account_number": account.account_number,
        "payee": payee.payee,
        "payee_name": payee.payee_name,
        "payee_number": payee.payee_number,
        "amount": "1.00",
        "currency": "EUR",
    }
    return Request("POST", "/transfers", "banking:transfers:write", body, key, "make_transfer")


def bill_payment(account: Owned, bill: Owned, key: str) -> Request:
    """Return the payment of one person's bill from one person's account."""
    body = {
        "account": account.account,
        "account_number": account.account_number,
        "bill": bill.bill,
        "biller": bill.biller,
        "reference": bill.reference,
        "amount": "5.00",
        "currency": "EUR",
    }
    return Request("POST", "/bill-payments", "banking:bills:write", body, key, "pay_bill")


def new_payee(name: str, number: str, key: str) -> Request:
    """Return a new payee."""
    body = {"name": name, "number": number}
    return Request("POST", "/payees", "banking:payees:write", body, key, "add_payee")


def freezing(one: Owned, key: str) -> Request:
    """Return a freeze of one person's account."""
    body = {"account": one.account, "account_number": one.account_number}
    return Request("POST", "/freezes", "banking:freezes:write", body, key, "freeze_account")


def unfreezing(one: Owned, key: str) -> Request:
    """Return the end of a freeze of one person's account."""
    body = {"account": one.account, "account_number": one.account_number}
    return Request("POST", "/unfreezes", "banking:unfreezes:write", body, key, "unfreeze_account")


def another_pin(one: Owned, key: str) -> Request:
    """Return another PIN for one person's card."""
    shown = {"card": one.card, "kind": "debit", "last_four": one.last_four}
    body = {**shown, "new_pin": "4821", "salt": "s" * 43}
    return Request("POST", "/pin-changes", "banking:pins:write", body, key, "change_pin")


def losing(one: Owned, key: str) -> Request:
    """Return the report of one person's card as lost."""
    body = {"card": one.card, "last_four": one.last_four}
    return Request("POST", "/lost-cards", "banking:lost_cards:write", body, key, "report_lost_card")


def fraud(one: Owned, key: str) -> Request:
    """Return the report of fraud with one person's card."""
    body = {"card": one.card, "last_four": one.last_four}
    return Request(
        "POST", "/fraud-reports", "banking:fraud_reports:write", body, key, "report_fraud"
    )


def disputing(case: Owned, transaction: Owned, key: str) -> Request:
    """Return what puts one person's transaction to one person's case."""
    body = {
        "case": case.case,
        "transaction": transaction.transaction,
        "text": transaction.transaction_text,
        "amount": "500.00",
        "currency": "EUR",
    }
    return Request("POST", "/disputes", "banking:disputes:write", body, key, "dispute_transaction")


LISTS = {
    "banking.list_accounts": Request("GET", "/accounts", "banking:accounts:read"),
    "banking.list_recent_transactions": Request(
        "GET", "/transactions?limit=100", "banking:transactions:read"
    ),
    "banking.list_bills": Request("GET", "/bills", "banking:bills:read"),
    "banking.payment_options": Request("GET", "/payment-options", "banking:payments:read"),
    "banking.search_transactions": Request(
        "GET", "/transaction-search?limit=50&text=income", "banking:transactions:read"
    ),
    "banking.spending_summary": Request("GET", "/spending", "banking:spending:read"),
    "banking.account_standing": Request("GET", "/standing", "banking:standing:read"),
    "banking.list_declines": Request("GET", "/declines", "banking:cards:read"),
    "banking.credit_limits": Request("GET", "/limits", "banking:cards:read"),
}


def transactions_of(one: Owned) -> Request:
    """Return a look at one person's account."""
    return Request("GET", f"/accounts/{one.account}/transactions", "banking:transactions:read")


def settling(key: str) -> Request:
    """Return the question what came of a key."""
    path = f"/idempotency-keys/{key}/settle"
    return Request("POST", path, "banking:payments:settle", None, None, "settle_key")
