"""The refusals of the clinic: those of every API, and its own."""

from __future__ import annotations

from apis.common.problems import READ_REFUSALS, SHARED, WRITE_REFUSALS, Kinds

KINDS: Kinds = {
    **SHARED,
    "no_record": (403, "The caller has no record of their own here."),
    "not_in_care": (403, "There is no such patient in the caller's care."),
    "slot_taken": (409, "This time is not free any more."),
    "visit_overlaps": (409, "The caller has another appointment at this time."),
    "too_many_visits": (409, "The caller has as many appointments ahead as one person may."),
    "too_late": (422, "This time has begun or is over."),
    "not_needed": (409, "The patient is in the caller's care already."),
}

OWN_REFUSALS = (*READ_REFUSALS, "no_record")
CARE_REFUSALS = (*READ_REFUSALS, "not_in_care")
BOOKING_REFUSALS = (
    *WRITE_REFUSALS,
    "no_record",
    "not_found",
    "slot_taken",
    "visit_overlaps",
    "too_many_visits",
    "too_late",
)
CANCEL_REFUSALS = (*WRITE_REFUSALS, "not_found", "too_late")
EMERGENCY_REFUSALS = (*WRITE_REFUSALS, "not_found", "not_needed")
