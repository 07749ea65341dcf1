"""Banking: freezing an account, a lost card, fraud. Done at once, because waiting costs money."""

from __future__ import annotations

from typing import Any

from actions.card_words import account_details, card_details, card_title
from actions.flow import RequestAction
from actions.fraud_flow import STANDING, FraudFlow, say_fraud
from actions.protecting_plans import (
    REPORT,
    UNFREEZE,
    fraud_details,
    plan_fraud,
    plan_freeze,
    plan_lost,
    plan_unfreeze,
)
from actions.search_tells import told_date
from actions.speech import Say


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


class ReportFraud(FraudFlow):
    """The card is frozen and a case opened at once; then the payment is named."""

    name, operation, writes = "action_report_fraud", STANDING, REPORT
    details, plan = staticmethod(fraud_details), staticmethod(plan_fraud)

    def render(self, result: Any, say: Say) -> None:
        """Say what has been done."""
        say_fraud(result, say)
