"""The refusals of the shop: those of every API, and its own."""

from __future__ import annotations

from apis.common.problems import READ_REFUSALS, SHARED, WRITE_REFUSALS, Kinds

KINDS: Kinds = {
    **SHARED,
    "consent_required": (403, "The customer does not allow support to act for them."),
    "details_changed": (409, "What was shown is not what the shop has now."),
    "not_delivered": (422, "What has not arrived cannot be returned."),
    "too_late": (422, "It is too late for this."),
}

ORDER_REFUSALS = (*READ_REFUSALS, "not_found")
CANCEL_REFUSALS = (*WRITE_REFUSALS, "not_found", "details_changed", "too_late")
RETURN_REFUSALS = (*CANCEL_REFUSALS, "not_delivered")
