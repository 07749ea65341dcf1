"""The refusals of IT: those of every API, and its own."""

from __future__ import annotations

from apis.common.problems import READ_REFUSALS, SHARED, WRITE_REFUSALS, Kinds

KINDS: Kinds = {
    **SHARED,
    "no_record": (403, "There is no record of yours here."),
    "not_at_desk": (403, "The queue is the IT desk's alone."),
}

OWN_REFUSALS = (*READ_REFUSALS, "decision_unavailable", "no_record")
LIST_REFUSALS = (*OWN_REFUSALS, "not_found")
QUEUE_REFUSALS = (*LIST_REFUSALS, "not_at_desk")
HELP_REFUSALS = (*READ_REFUSALS, "not_found")
PERSON_REFUSALS = (*HELP_REFUSALS, "decision_unavailable")
ASKING_REFUSALS = (*WRITE_REFUSALS, "decision_unavailable")
TICKET_REFUSALS = (*WRITE_REFUSALS, "decision_unavailable", "no_record")
