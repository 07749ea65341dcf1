"""The demo's calendars: free times ahead, some taken, and the appointments that people have."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping
from datetime import date, datetime, time, timedelta
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import Connection, select, update
from sqlalchemy.dialects import postgresql, sqlite

from apis.common.setup import SeedError
from apis.healthcare.tables import SlotRow
from apis.healthcare.zone import Zone

DAYS_AHEAD = 56
MINUTES = 20
TAKEN = "taken"
"""In the place of an appointment: a time that was given away outside of this system."""

Hours = Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d$")]


class Planned(BaseModel):
    """An appointment on the so-manieth day, from tomorrow on, that the practitioner works."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    by: str
    working_day: Annotated[int, Field(ge=1, le=20)]
    at: time


def add_free_times(
    connection: Connection,
    tenant: str,
    practitioner: str,
    hours: Mapping[int, list[Hours]],
    busy: int,
    zone: Zone,
    today: date,
) -> bool:
    """Add the times of the coming weeks that are not there; tell whether there were any."""
    rows: list[dict[str, Any]] = [
        {
            "id": f"slt-{secrets.token_hex(16)}",
            "tenant": tenant,
            "practitioner_id": practitioner,
            "starts_at": start,
            "ends_at": start + 60 * MINUTES,
            # By the moment, so that a calendar that is continued stays as it was.
            "taken_by": TAKEN if (start // (60 * MINUTES)) % busy == 0 else None,
        }
        for start in _starts(hours, zone, today)
    ]
    on_server = connection.dialect.name == "postgresql"
    insert: Any = postgresql.insert if on_server else sqlite.insert
    add = insert(SlotRow).on_conflict_do_nothing()
    last = _last(connection, practitioner)
    fresh = [row for row in rows if row["starts_at"] > last]
    if fresh:
        connection.execute(add, fresh)
    return bool(fresh)


def taken(
    connection: Connection,
    practitioner: str,
    planned: Planned,
    appointment: str,
    zone: Zone,
    today: date,
) -> dict[str, Any]:
    """Take the time of a planned appointment; return its columns. Raises `SeedError`."""
    query = select(SlotRow.__table__).where(
        SlotRow.practitioner_id == practitioner,
        SlotRow.starts_at >= zone.ends(today),
    )
    rows = connection.execute(query.order_by(SlotRow.starts_at)).all()
    days = sorted({zone.local(row.starts_at).date() for row in rows})
    for row in rows:
        local = zone.local(row.starts_at)
        if (local.date(), local.time()) == (days[planned.working_day - 1], planned.at):
            taking = update(SlotRow).where(SlotRow.id == row.id).values(taken_by=appointment)
            connection.execute(taking)
            return {"slot_id": row.id, "starts_at": row.starts_at, "ends_at": row.ends_at}
    raise SeedError(f"there is no time at {planned.at} on the working day {planned.working_day}")


def _last(connection: Connection, practitioner: str) -> int:
    query = select(SlotRow.starts_at).where(SlotRow.practitioner_id == practitioner)
    found = connection.execute(query.order_by(SlotRow.starts_at.desc()).limit(1)).scalar()
    return int(found) if found is not None else 0


def _starts(hours: Mapping[int, list[Hours]], zone: Zone, today: date) -> Iterator[int]:
    for ahead in range(DAYS_AHEAD + 1):
        day = today + timedelta(days=ahead)
        for span in hours.get(day.weekday(), []):
            first, end = (time.fromisoformat(part) for part in span.split("-"))
            moment, last = datetime.combine(day, first), datetime.combine(day, end)
            while moment + timedelta(minutes=MINUTES) <= last:
                yield zone.at(day, moment.time())
                moment += timedelta(minutes=MINUTES)
