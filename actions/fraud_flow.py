"""The way of a report of fraud: the card is frozen first, then the payment is named.

The payments are for a recent proof alone, so they are asked for once the card is safe.
"""

from __future__ import annotations

from typing import Any

from actions.base import Reply, refusal
from actions.card_words import card_title
from actions.flow import Do, RequestAction
from actions.protecting_plans import DISPUTE, REPORT
from actions.requests import Details, Request, keep, without
from actions.search_plans import SEARCH
from actions.speech import Say, grouped
from security.errors import Refused

STANDING = "banking.account_standing"
_WAITS = "step_up_required"
_NEWEST = 30
"""Among how many payments the one is looked for."""


class FraudFlow(RequestAction):
    """Reports, then asks which payment it was, and puts that to the case."""

    @property
    def reads(self) -> frozenset[str]:
        """How the cards stand, and what was paid."""
        return frozenset({STANDING, SEARCH})

    @property
    def operations(self) -> frozenset[str]:
        """The reads, the report, and what it is about."""
        return frozenset({STANDING, SEARCH, REPORT, DISPUTE})

    async def _options(self, ticket: str, details: Details) -> Any:
        if "case" not in details:
            return await super()._options(ticket, details)
        asked = {"direction": "out", "limit": _NEWEST}
        return await self._security.invoke(ticket, SEARCH, asked, self.name)

    async def _done(self, request: Request, step: Do, ticket: str) -> Reply:
        if step.operation == DISPUTE:
            return await super()._done(request, step, ticket)
        try:
            result = await self._security.invoke(ticket, REPORT, step.arguments, self.name)
        except Refused as refused:
            return await self.not_done(refused.code, request, ticket)
        say = self.rendered(result)
        case = {**without(request.details, "card"), "case": result["case"]}
        after, events = await self._which(Request(self.name, case), ticket)
        return say.then(after), events

    async def _which(self, request: Request, ticket: str) -> Reply:
        """Ask which payment it was; where that needs a proof first, it is asked after it."""
        try:
            options = await self._options(ticket, request.details)
        except Refused as refused:
            events = keep(request) if refused.code == _WAITS else []
            return refusal(refused.code), events
        return await self._planned(request, options, ticket)


def say_fraud(result: Any, say: Say) -> None:
    """Say that the card is frozen, or which payment was put to the case."""
    if "text" in result:
        amount = f"{grouped(result['amount'].lstrip('-'))} {result['currency']}"
        say("utter_disputed", merchant=result["text"], amount=amount, case=result["case"])
    else:
        say("utter_fraud_reported", card=card_title(result), case=result["case"])
