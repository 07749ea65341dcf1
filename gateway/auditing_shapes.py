"""What an auditor's page may send: strict types, and a pattern for each parameter (ASVS 2.2.1)."""

from __future__ import annotations

from collections.abc import Mapping

from security.auditing_model import AlertState, CloseReason, Purpose
from security.model import Frozen

_WORD = r"[A-Za-z0-9_-]{1,64}"
PLACE = r"^[A-Za-z0-9_.~:-]{1,256}$"
MOMENT = (
    r"^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])"
    r"T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]{1,6})?(Z|[+-](0[0-9]|1[0-4]):[0-5][0-9])$"
)
PURPOSE = r"^(review|incident|regulator|person)$"

WANTED: Mapping[str, str] = {
    "kind": r"^[a-z_]{1,32}(:[a-z_]{1,32}){0,2}$",
    "decision": r"^(allow|deny)$",
    "person": rf"^{_WORD}$",
    "session": r"^[A-Za-z0-9_-]{1,128}$",
    "operation": r"^[a-z0-9_.]{1,64}$",
    "since": MOMENT,
    "until": MOMENT,
}
"""The filters of records (`security.auditing_model.Wanted`)."""

RECORDS: Mapping[str, str] = {
    **WANTED,
    "older": PLACE,
    "newer": PLACE,
    "limit": r"^([1-9]|[1-9][0-9]|1[0-9]{2}|200)$",
}
FILE: Mapping[str, str] = {**WANTED, "format": r"^(json|csv)$", "purpose": PURPOSE}
REPORT: Mapping[str, str] = {
    "since": MOMENT,
    "until": MOMENT,
    "format": r"^(json|html)$",
    "purpose": PURPOSE,
}
FIGURES: Mapping[str, str] = {"span": r"^(hour|day|week)$"}
ALERTS: Mapping[str, str] = {
    "state": r"^(open|acknowledged|closed)$",
    "level": r"^(informational|low|medium|high|critical)$",
    "after": PLACE,
}
SESSIONS: Mapping[str, str] = {"after": PLACE}


class ForPurpose(Frozen):
    """What somebody's name is asked for."""

    purpose: Purpose


class Move(Frozen):
    """What becomes of an alert; `reason` where it is closed."""

    state: AlertState
    reason: CloseReason | None = None


FIELDS = frozenset(name for shape in (ForPurpose, Move) for name in shape.model_fields)
"""The names that a refusal may tell."""
