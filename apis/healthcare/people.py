"""Who the caller is to the clinic: a patient, a practitioner, somebody of the front desk."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, Subquery, bindparam, literal, select, union_all

from apis.healthcare.tables import ClinicRow, DeskRow, PatientRow, PractitionerRow

DESK, PHYSICIANS = "front-desk", "physicians"
"""The groups that the clinic's policies speak of."""

_PATIENT, _PRACTITIONER, _DESK, _ZONE = "patient", "practitioner", "desk", "zone"


def _of_caller(kind: str, table: Any, what: Any) -> Select[Any]:
    mine = (table.tenant == bindparam("tenant"), table.subject == bindparam("subject"))
    return select(literal(kind).label("kind"), what.label("value")).where(*mine)


_ALL: Subquery = union_all(
    select(literal(_ZONE).label("kind"), ClinicRow.zone.label("value")).where(
        ClinicRow.tenant == bindparam("tenant")
    ),
    _of_caller(_PATIENT, PatientRow, PatientRow.id),
    _of_caller(_PRACTITIONER, PractitionerRow, PractitionerRow.id),
    _of_caller(_DESK, DeskRow, DeskRow.subject),
).subquery()
WHO: Select[Any] = select(_ALL)
"""All that is known of a caller, in one query."""


@dataclass(frozen=True)
class Known:
    """The caller, as this clinic knows them; `zone` is the clinic's time zone."""

    zone: str
    patient: str | None = None
    practitioner: str | None = None
    desk: bool = False

    @property
    def groups(self) -> frozenset[str]:
        """Their groups in the policies."""
        held = ((DESK, self.desk), (PHYSICIANS, self.practitioner is not None))
        return frozenset(name for name, holds in held if holds)


def known_by(rows: list[Any]) -> Known | None:
    """Return who the rows of `WHO` tell of; None where the tenant keeps no clinic."""
    found = {row.kind: row.value for row in rows}
    if _ZONE not in found:
        return None
    return Known(
        zone=found[_ZONE],
        patient=found.get(_PATIENT),
        practitioner=found.get(_PRACTITIONER),
        desk=_DESK in found,
    )
