"""Whether a code by email is proof enough, beside the password, for what is asked.

It is for a few personal operations whose manifest says so, on the page alone, and as fresh as any
other proof of the class. It opens nothing else, and makes no other proof fresher.
"""

from __future__ import annotations

from datetime import datetime

from security.operations.operation import Operation
from security.ports import Case
from security.sessions import is_fresh, reaches


def email_is_enough(case: Case, operation: Operation, now: datetime) -> bool:
    """Tell whether the last code by email will do for this operation at `now`."""
    return (
        operation.email_code
        and case.channel == "web"
        and reaches(case.assurance, "aal1")
        and case.email_proved_at is not None
        and is_fresh(case.email_proved_at, operation.demand.freshness, now)
    )


def is_proved(case: Case, operation: Operation, now: datetime) -> bool:
    """Tell whether the session's own proof is strong and fresh enough for this operation."""
    demand = operation.demand
    strong = reaches(case.assurance, demand.assurance)
    return strong and is_fresh(case.proved_at, demand.freshness, now)
