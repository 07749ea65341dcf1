"""What the clinic deletes of a patient who is erased: see `erasure.json`."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, delete, or_, select, update

from apis.common.erasures import of
from apis.common.model import Owner
from apis.healthcare.tables import AppointmentRow, PatientRow, SlotRow


def erase(connection: Connection, owner: Owner, now: datetime) -> None:
    """Delete appointments at which nobody was treated; the times of those ahead are free again."""
    patients = select(PatientRow.id).where(*of(PatientRow, owner))
    untreated = (
        AppointmentRow.patient_id.in_(patients),
        or_(
            AppointmentRow.status == "cancelled",
            AppointmentRow.starts_at > int(now.timestamp()),
        ),
    )
    taken = SlotRow.taken_by.in_(select(AppointmentRow.id).where(*untreated))
    connection.execute(update(SlotRow).where(taken).values(taken_by=None))
    connection.execute(delete(AppointmentRow).where(*untreated))
