"""Which declared reads belong into a person's copy of their data: pure rules over the manifests.

All that a person may ask for about themselves: reads without a required argument, and the details
of what these list. What is about others (a clinic's calendar, a team, a queue) is theirs, not the
person's, and documents are fetched one by one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from security.operations.operation import Operation

OWN_PURPOSE = "own_access"
"""The one purpose for which people see what is sensitive about themselves."""
ABOUT_OTHERS = frozenset(
    {
        "healthcare.list_clinic_appointments",
        "healthcare.list_practitioners",
        "healthcare.list_slots",
        "hr.list_team_leave",
        "it.list_queue",
        "it.person_options",
    }
)
_KINDS = ("plain", "personal", "sensitive")


@dataclass(frozen=True)
class Follow:
    """Details of what a list names: `member` of each row is the `argument` of `operation`."""

    operation: str
    argument: str
    rows: str
    member: str

    def names(self, found: Any) -> Iterator[Any]:
        """Yield what there are details of, on one page or on several."""
        for page in found if isinstance(found, list) else [found]:
            rows = page.get(self.rows, []) if isinstance(page, Mapping) else []
            yield from (row[self.member] for row in rows if self.member in row)


FOLLOWED: Mapping[str, tuple[Follow, ...]] = {
    "orders.list_orders": (Follow("orders.show_order", "number", "orders", "number"),),
}


def exported(operation: Operation) -> bool:
    """Tell whether an operation is one of the reads of a copy."""
    if operation.is_write or operation.document or operation.is_own or operation.kind not in _KINDS:
        return False
    if operation.on_behalf_of is not None or operation.name in ABOUT_OTHERS:
        return False
    if operation.purposes and OWN_PURPOSE not in operation.purposes:
        return False
    needed = (one for one in operation.endpoint.parameters.values() if one.required)
    return not operation.endpoint.body_names and next(needed, None) is None


def largest(operation: Operation) -> Mapping[str, Any]:
    """Return the arguments that ask for the largest page there is."""
    limit = operation.endpoint.parameters.get("limit")
    most = limit.schema.get("maximum") if limit is not None else None
    return {"limit": most} if most is not None else {}


def more_of(operation: Operation, found: Any) -> Mapping[str, Any] | None:
    """Return the arguments of the next page, None on the last one."""
    if not isinstance(found, Mapping) or "after" not in operation.endpoint.parameters:
        return None
    following = found.get("next")
    return {"after": following} if found.get("more") is not False and following else None
