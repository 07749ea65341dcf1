"""One's own data: who accessed it, a copy of it, and having it deleted."""

from __future__ import annotations

from typing import Any

from actions.base import ProtectedAction, Tracker
from actions.own_data_flow import Deletion, SavedList, say_accesses
from actions.own_data_words import FILE, form_of
from actions.paged import Page
from actions.requests import said_by
from actions.speech import Choice, Say

_JSON = Choice("For other programs (JSON)", "export_my_data", {FILE: "json"})


class WhoAccessedMyData(SavedList):
    """Who saw or changed it, in which role, when, what and why; the whole list as a file."""

    name, operation = "action_who_accessed_my_data", "account.list_accesses"
    whole = "account.read_accounting"

    def tell(self, operation: str, result: Any, page: Page, say: Say) -> None:
        """Say how many there are, and show this page of them."""
        say_accesses(result, page, say)


class ExportMyData(ProtectedAction):
    """A copy of everything, by a link on the page that works once; nothing of it comes here."""

    name, operation = "action_export_my_data", "account.read_copy"

    def arguments(self, tracker: Tracker) -> dict[str, Any]:
        """To read, unless it is asked for other programs."""
        return {"form": form_of(said_by(tracker))}

    def render(self, result: Any, say: Say) -> None:
        """Say that it is there."""
        say("utter_copy", None, [_JSON])


class DeleteMyData(Deletion):
    """Everything goes but for what has to be kept, which is told first and is what is approved."""

    name, operation, writes = "action_delete_my_data", "account.erasure_terms", "account.erase"

    def render(self, result: Any, say: Say) -> None:
        """Say that it has begun, and ends the session."""
        say("utter_erasure", day=result["until"])
