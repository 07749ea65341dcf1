"""IT: tickets, the desk's queue, and help for who cannot sign in."""

from __future__ import annotations

from typing import Any

from actions.flow import RequestAction, Step
from actions.helping import HelpAction, desk_words
from actions.it_words import plan_ticket, ticket_details
from actions.paged import Page
from actions.requests import Details, Said
from actions.speech import Say
from actions.tickets import TicketsAction, tell_tickets


class CreateTicket(RequestAction):
    """A new ticket. What is read first tells whether the person may have one at all."""

    name, operation, writes = "action_create_ticket", "it.list_tickets", "it.create_ticket"

    def details(self, said: Said) -> Details:
        """Take the problem from the words."""
        return ticket_details(said)

    def plan(self, details: Details, options: Any) -> Step:
        """Ask for what is missing."""
        return plan_ticket(details, options)

    def render(self, result: Any, say: Say) -> None:
        """Say its number."""
        say("utter_ticket_opened", number=result["number"], title=result["title"])


class TicketStatus(TicketsAction):
    """One's own tickets; for the desk, what waits there as well."""

    name = "action_ticket_status"

    def tell(self, operation: str, result: Any, page: Page, say: Say) -> None:
        """Say how they stand."""
        tell_tickets(operation, result, page, say)


class ResetPassword(HelpAction):
    """A forgotten password."""

    name, operation = "action_reset_password", "it.reset_password"
    response = "utter_reset_password"

    def render(self, result: Any, say: Say) -> None:
        """Say whom to call."""
        say("utter_help_desk", **desk_words(result))


class UnlockAccount(HelpAction):
    """A locked account."""

    name, operation = "action_unlock_account", "it.unlock_account"
    response = "utter_unlock_account"

    def render(self, result: Any, say: Say) -> None:
        """Say whom to call."""
        say("utter_help_desk", **desk_words(result))
