"""The refusals of the bank: those of every API, and its own."""

from __future__ import annotations

from apis.common.problems import SHARED, WRITE_REFUSALS, Kinds

KINDS: Kinds = {
    **SHARED,
    "details_changed": (409, "What was shown is not what the bank has now."),
    "payee_mistakable": (409, "A saved payee looks just like this one."),
    "account_frozen": (409, "This account is frozen: nothing leaves it."),
    "frozen_by_bank": (409, "The bank froze this account, and only the bank lets it pay again."),
    "card_blocked": (409, "This card is blocked for good."),
    "insufficient_funds": (422, "The account does not cover this."),
    "limit_exceeded": (422, "This is more than the bank allows."),
}

PAYEE_REFUSALS = (*WRITE_REFUSALS, "limit_exceeded", "payee_mistakable")
PAYMENT_REFUSALS = (
    *WRITE_REFUSALS,
    "limit_exceeded",
    "not_found",
    "details_changed",
    "insufficient_funds",
    "account_frozen",
)
