"""What a code typed into a text message opens: the one personal read that it was asked for.

A sender's number can be forged, so the session of a telephone stays at aal1 whatever is proved:
a proof there counts for the operation that asked for it and for nothing beside (the contract's
table of methods).
"""

from __future__ import annotations

from dataclasses import replace

from security.challenges.methods import assurance_of
from security.model import Method
from security.operations.operation import Operation
from security.ports import Case, Waiting
from security.sessions import reaches

CHANNEL = "sms"
UNLOCKS: tuple[Method, ...] = ("totp",)


def may_be_unlocked(operation: Operation) -> bool:
    """Tell whether a code in a text can open this: one personal read, no write and no paper."""
    plain = not operation.is_write and not operation.document and operation.confirmation is None
    return plain and operation.kind == "personal"


def unlocked(case: Case, operation: Operation | None, waiting: Waiting) -> Case:
    """Return the case in which a released operation is run: with its own proof, by SMS.

    The store has compared the digest of the approval with that of the arguments.
    """
    approval = waiting.approval
    if case.channel != CHANNEL or approval is None or operation is None:
        return case
    level = assurance_of(approval.method)
    if approval.method not in UNLOCKS or level is None or not may_be_unlocked(operation):
        return case
    if reaches(case.assurance, level):
        return case
    return replace(case, assurance=level, proved_at=approval.at)
