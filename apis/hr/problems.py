"""The refusals of HR: those of every API, and its own."""

from __future__ import annotations

from apis.common.problems import READ_REFUSALS, SHARED, WRITE_REFUSALS, Kinds

KINDS: Kinds = {
    **SHARED,
    "no_record": (403, "There is no record of yours here."),
    "not_a_manager": (403, "Nobody's leave is yours to decide."),
    "details_changed": (409, "What was shown is not what is on file now."),
    "already_decided": (409, "This has been decided already."),
    "dates_overlap": (409, "There is leave on these days already."),
    "day_is_over": (422, "This day is over."),
    "no_working_day": (422, "Nobody works on these days."),
    "too_far_ahead": (422, "The leave of that year is not open yet, or this is too long."),
    "not_enough_days": (422, "There are not enough days left."),
}

OWN_REFUSALS = (*READ_REFUSALS, "decision_unavailable", "no_record")
LIST_REFUSALS = (*OWN_REFUSALS, "not_found")
TEAM_REFUSALS = (*LIST_REFUSALS, "not_a_manager")
DOCUMENT_REFUSALS = (*READ_REFUSALS, "decision_unavailable", "not_found")
LEAVE_REFUSALS = (
    *WRITE_REFUSALS,
    "decision_unavailable",
    "no_record",
    "details_changed",
    "dates_overlap",
    "day_is_over",
    "no_working_day",
    "too_far_ahead",
    "not_enough_days",
)
DECISION_REFUSALS = (
    *WRITE_REFUSALS,
    "decision_unavailable",
    "not_found",
    "details_changed",
    "already_decided",
)
DEPOSIT_REFUSALS = (*WRITE_REFUSALS, "decision_unavailable", "no_record", "details_changed")
