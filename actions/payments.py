"""Payments: send money, pay a bill, save a payee, and what is due."""

from __future__ import annotations

from typing import Any

from actions.base import ProtectedAction
from actions.flow import RequestAction, Step
from actions.planning import bill_words, plan_bill, plan_payee, plan_transfer
from actions.receipts import bill_receipt, bills_card, pay_choices, transfer_receipt
from actions.requests import Details, Said
from actions.speech import Say
from actions.telling import bill_details, payee_details, transfer_details


class TransferMoney(RequestAction):
    """Money to a saved payee."""

    name = "action_transfer_money"
    operation, writes = "banking.payment_options", "banking.make_transfer"

    def details(self, said: Said) -> Details:
        """Take amount, payee and account from the words."""
        return transfer_details(said)

    def plan(self, details: Details, options: Any) -> Step:
        """Ask for what is missing."""
        return plan_transfer(details, options)

    def render(self, result: Any, say: Say) -> None:
        """Show the receipt."""
        say("utter_paid", transfer_receipt(result))


class PayBill(RequestAction):
    """One open bill, as a whole."""

    name = "action_pay_bill"
    operation, writes = "banking.payment_options", "banking.pay_bill"

    def details(self, said: Said) -> Details:
        """Take the bill and the account from the words."""
        return bill_details(said)

    def plan(self, details: Details, options: Any) -> Step:
        """Ask for what is missing."""
        return plan_bill(details, options)

    def render(self, result: Any, say: Say) -> None:
        """Show the receipt."""
        say("utter_paid", bill_receipt(result))


class AddPayee(RequestAction):
    """A new payee; there is nothing to read first."""

    name = "action_add_payee"
    operation = writes = "banking.add_payee"

    def details(self, said: Said) -> Details:
        """Take name and account number from the words."""
        return payee_details(said)

    def plan(self, details: Details, options: Any) -> Step:
        """Ask for what is missing."""
        return plan_payee(details, options)

    def render(self, result: Any, say: Say) -> None:
        """Say who has been saved."""
        say("utter_payee_added", payee=result["name"], number=result["number"])


class BillDue(ProtectedAction):
    """The open bills."""

    name = "action_bill_due"
    operation = "banking.list_bills"

    def render(self, result: Any, say: Say) -> None:
        """Name the next one; the card shows them all, and each can be paid."""
        bills = result["bills"]
        response = "utter_bill" if len(bills) == 1 else "utter_bills" if bills else "utter_no_bills"
        words = {**bill_words(bills[0]), "count": str(len(bills))} if bills else {}
        say(response, bills_card(bills), pay_choices(bills), **words)
