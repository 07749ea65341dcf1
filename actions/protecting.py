"""Banking: freezing an account, a lost card, fraud. Done at once, because waiting costs money."""

from __future__ import annotations

from typing import Any

from actions.base import Reply, refusal
from actions.card_words import account_details, card_details, card_title
from actions.flow import Do, RequestAction
from actions.protecting_plans import (
    DISPUTE,
    REPORT,
    UNFREEZE,
    fraud_details,
    plan_fraud,
    plan_freeze,
    plan_lost,
    plan_unfreeze,
)
from actions.requests import Details, Request, keep, without
from actions.search_plans import SEARCH
from actions.search_tells import told_date
from actions.speech import Say, grouped
from security.errors import Refused

STANDING = "banking.account_standing"
_WAITS = "step_up_required"


class FreezeAccount(RequestAction):
    """Nothing leaves the account any more."""

    name, operation, writes = "action_freeze_account", STANDING, "banking.freeze_account"
    details, plan = staticmethod(account_details), staticmethod(plan_freeze)

    def render(self, result: Any, say: Say) -> None:
        """Say since when, and how it is undone."""
        say("utter_frozen", None, [UNFREEZE], number=result["account_number"])


class UnfreezeAccount(RequestAction):
    """The account pays again, once the person has approved it."""

    name, operation, writes = "action_unfreeze_account", STANDING, "banking.unfreeze_account"
    details, plan = staticmethod(account_details), staticmethod(plan_unfreeze)

    def render(self, result: Any, say: Say) -> None:
        """Say that it is open."""
        say("utter_unfrozen", number=result["account_number"])


class ReportLostCard(RequestAction):
    """A card is blocked for good, and another one is ordered."""

    name, operation, writes = "action_report_lost_card", STANDING, "banking.report_lost_card"
    details, plan = staticmethod(card_details), staticmethod(plan_lost)

    def render(self, result: Any, say: Say) -> None:
        """Say when the new one comes."""
        say(
            "utter_card_blocked",
            card=card_title(result),
            replacement=result["replacement"],
            day=told_date(result["arrives_on"]),
        )


class ReportFraud(RequestAction):
    """The card is frozen and a case opened at once; then the payment is named.

    The payments are for a recent proof alone, so they are asked for once the card is safe.
    """

    name, operation, writes = "action_report_fraud", STANDING, REPORT
    details, plan = staticmethod(fraud_details), staticmethod(plan_fraud)

    @property
    def reads(self) -> frozenset[str]:
        """How the cards stand, and what was paid."""
        return frozenset({STANDING, SEARCH})

    @property
    def operations(self) -> frozenset[str]:
        """The reads, the report, and what it is about."""
        return frozenset({STANDING, SEARCH, REPORT, DISPUTE})

    def render(self, result: Any, say: Say) -> None:
        """Say what has been done."""
        if "text" in result:
            amount = f"{grouped(result['amount'].lstrip('-'))} {result['currency']}"
            say("utter_disputed", text=result["text"], amount=amount, case=result["case"])
        else:
            say("utter_fraud_reported", card=card_title(result), case=result["case"])

    async def _options(self, ticket: str, details: Details) -> Any:
        if "case" not in details:
            return await super()._options(ticket, details)
        asked = {"direction": "out", "limit": 30}
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
