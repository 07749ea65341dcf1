"""HR: leave, pay days, papers, and the account that a salary is paid into."""

from __future__ import annotations

from datetime import date
from typing import Any

from actions.base import ProtectedAction
from actions.flow import RequestAction, Step
from actions.hr_words import (
    balance_card,
    decision_details,
    deposit_details,
    plan_deposit,
    tell_leave,
)
from actions.leave_plans import plan_decision, plan_leave
from actions.leave_words import leave_details, told_day, told_span
from actions.paged import Page, PagedAction
from actions.papers import PaperAction
from actions.requests import Details, Said
from actions.speech import Say, days_of


class PtoBalance(ProtectedAction):
    """How many days are left."""

    name, operation = "action_pto_balance", "hr.leave_balance"

    def render(self, result: Any, say: Say) -> None:
        """Name what is left; the card shows where the rest went."""
        balance = result["balance"]
        words = {name: days_of(balance[name]) for name in ("left", "waiting")}
        say("utter_pto_balance", balance_card(balance), **words, year=str(balance["year"]))


class PtoUsed(ProtectedAction):
    """How many days were taken."""

    name, operation = "action_pto_used", "hr.leave_balance"

    def render(self, result: Any, say: Say) -> None:
        """Name what was taken and what is to come."""
        balance = result["balance"]
        words = {name: days_of(balance[name]) for name in ("taken", "planned", "left")}
        say("utter_pto_used", balance_card(balance), **words, year=str(balance["year"]))


class PtoStatus(PagedAction):
    """What became of the requests."""

    name, operation = "action_pto_status", "hr.list_leave"

    def tell(self, operation: str, result: Any, page: Page, say: Say) -> None:
        """Count what waits; the card lists the page."""
        tell_leave(result, page, say)


class RequestPto(RequestAction):
    """Days of leave."""

    name, operation, writes = "action_request_pto", "hr.leave_options", "hr.request_leave"

    def details(self, said: Said) -> Details:
        """Take the days from the words."""
        return leave_details(said)

    def plan(self, details: Details, options: Any) -> Step:
        """Ask for what is missing."""
        return plan_leave(details, options)

    def render(self, result: Any, say: Say) -> None:
        """Say who is going to decide."""
        say("utter_leave_asked", **asked_words(result))


class ApprovePto(RequestAction):
    """Somebody else's leave."""

    name, operation, writes = "action_approve_pto", "hr.list_team_leave", "hr.decide_leave"

    def details(self, said: Said) -> Details:
        """Take the name and the decision from the words."""
        return decision_details(said)

    def asks(self, details: Details) -> dict[str, Any]:
        """Look for the requests of the one who is named: there may be very many."""
        return whose_leave(details)

    def plan(self, details: Details, options: Any) -> Step:
        """Ask for what is missing."""
        return plan_decision(details, options)

    def render(self, result: Any, say: Say) -> None:
        """Say what is decided."""
        say("utter_leave_decided", **decided_words(result))


class Payday(ProtectedAction):
    """When the next salary is paid."""

    name, operation = "action_payday", "hr.next_payday"

    def render(self, result: Any, say: Say) -> None:
        """Name the day."""
        on, ahead = date.fromisoformat(result["on"]), result["in_days"]
        response = "utter_payday_today" if ahead == 0 else "utter_payday"
        say(response, day=told_day(on, on), ahead=days_of(str(ahead)))


class Payslip(PaperAction):
    """A payslip."""

    name, kind = "action_payslip", "payslip"

    def render(self, result: Any, say: Say) -> None:
        """Say that it is there."""
        say("utter_document_ready")


class TaxForm(PaperAction):
    """A tax form."""

    name, kind = "action_tax_form", "tax_form"

    def render(self, result: Any, say: Say) -> None:
        """Say that it is there."""
        say("utter_document_ready")


class DirectDeposit(RequestAction):
    """Another account for the salary."""

    name, operation, writes = "action_direct_deposit", "hr.deposit_account", "hr.change_deposit"

    def details(self, said: Said) -> Details:
        """Take the account number from the words."""
        return deposit_details(said)

    def plan(self, details: Details, options: Any) -> Step:
        """Ask for what is missing."""
        return plan_deposit(details, options)

    def render(self, result: Any, say: Say) -> None:
        """Say from when on."""
        on = date.fromisoformat(result["first_paid_on"])
        say("utter_deposit_changed", number=result["number_shown"], day=told_day(on, on))


def whose_leave(details: Details) -> dict[str, str]:
    """Return the name to look for, empty where none was told."""
    name = details.get("who", "")[:64].strip(" '’.,?!")
    return {"name": name} if name else {}


def asked_words(result: Any) -> dict[str, str]:
    """Return the values of a sentence about leave that is asked for."""
    first, last = date.fromisoformat(result["first"]), date.fromisoformat(result["last"])
    when = told_span(first, last, result["part"], first)
    return {"when": when, "approver": result["approver_name"], "left": days_of(result["left"])}


def decided_words(result: Any) -> dict[str, str]:
    """Return the values of a sentence about leave that is decided."""
    first, last = date.fromisoformat(result["first"]), date.fromisoformat(result["last"])
    when = told_span(first, last, result["part"], first)
    return {"who": result["employee_name"], "when": when, "decision": result["decision"]}
