"""Opening a record in an emergency: one patient, read-only, for an hour, with a reason."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, bindparam, insert, select

from apis.common.model import Owner
from apis.common.problems import ProblemError
from apis.common.relations import Relations
from apis.common.sealing.columns import looked_up
from apis.healthcare.fhir import Reference
from apis.healthcare.orders import EmergencyAccess, EmergencyOrder
from apis.healthcare.people import WHO, known_by
from apis.healthcare.records import IN_CARE, UNLOCKED, record
from apis.healthcare.tables import EmergencyRow, PatientRow
from apis.healthcare.zone import zone_named

OPEN_SECONDS = 60 * 60

_MEANT = select(PatientRow.__table__, IN_CARE.label("in_care"), UNLOCKED.label("unlocked")).where(
    PatientRow.tenant == bindparam("tenant")
)
_BY_NUMBER = _MEANT.where(PatientRow.number_key == bindparam("key"))
_BY_NAME = _MEANT.where(PatientRow.name_key == bindparam("key")).limit(2)


@dataclass(frozen=True)
class Emergency:
    """One opening by one caller; `now` is whole seconds of the epoch."""

    relations: Relations
    connection: Connection
    owner: Owner
    now: int

    def open(self, order: EmergencyOrder) -> EmergencyAccess:
        """Open the record. Raises `ProblemError`.

        `not_found`: no such patient, or two of one name, or the caller is no physician here.
        """
        caller = {"tenant": self.owner.tenant, "subject": self.owner.subject}
        known = known_by(list(self.connection.execute(WHO, caller)))
        if known is None or known.practitioner is None:
            raise ProblemError("not_found")
        patient = self._meant(order.patient)
        if patient.in_care:
            raise ProblemError("not_needed")
        one = record(patient, self.owner)
        self.relations.require(self.owner, "open_emergency_access", one, groups=known.groups)
        made, ends = f"emg-{secrets.token_hex(16)}", self.now + OPEN_SECONDS
        values = {
            "id": made,
            "tenant": self.owner.tenant,
            "patient_id": patient.id,
            "practitioner_id": known.practitioner,
            "reason_code": order.code,
            "reason": order.reason,
            "opened_at": self.now,
            "ends_at": ends,
        }
        self.connection.execute(insert(EmergencyRow), values)
        return EmergencyAccess(
            id=made,
            patient=Reference(reference=f"Patient/{patient.id}", display=patient.name),
            code=order.code,
            ends=zone_named(known.zone).local(ends),
            subject=patient.subject,
        )

    def _meant(self, said: str) -> Any:
        bound = {
            "tenant": self.owner.tenant,
            "subject": self.owner.subject,
            "now": self.now,
        }
        for query, column in (
            (_BY_NUMBER, PatientRow.number_key),
            (_BY_NAME, PatientRow.name_key),
        ):
            key = looked_up(self.connection, column, self.owner.tenant, said)
            found = self.connection.execute(query, {**bound, "key": key}).all()
            if len(found) == 1:
                return found[0]
        raise ProblemError("not_found")
