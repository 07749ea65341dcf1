"""The demo's data: read from its seed file, checked, and written where there is none."""

from __future__ import annotations

import secrets
from datetime import date, timedelta
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import Engine, insert, select

from apis.common.model import Line, Note
from apis.common.setup import Subjects, owner_of
from apis.it.model import Priority, State
from apis.it.tables import DeskRow, MemberRow, TicketRow

_DaysAgo = Annotated[int, Field(ge=0, le=3_650)]


class _Seed(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class SeedDesk(_Seed):
    """A tenant's IT desk."""

    tenant: str
    name: Line
    phone: Annotated[str, Field(pattern=r"^\+[0-9]{7,15}$")]
    hours: Line


class SeedTicket(_Seed):
    """A ticket, opened and last changed so many days before the set-up runs."""

    number: Annotated[int, Field(ge=1, le=9_999_999)]
    title: Note
    priority: Priority = "normal"
    state: State = "open"
    opened_days_ago: _DaysAgo
    changed_days_ago: _DaysAgo
    handler: Line | None = None
    note: Note | None = None


class SeedMember(_Seed):
    """Somebody who may ask for help, with what they asked for."""

    tenant: str
    username: str
    name: Line
    desk: Annotated[str, Field(pattern=r"^[a-z]{1,16}$")] | None = None
    tickets: list[SeedTicket] = []


class SeedBook(_Seed):
    """The `it` part of the seed file."""

    desks: list[SeedDesk]
    members: list[SeedMember]


def fill_when_empty(engine: Engine, book: SeedBook, subjects: Subjects, today: date) -> bool:
    """Write all of it in one transaction; return False where there is somebody already.

    Raises `SeedError` where somebody has no pairwise subject.
    """
    with engine.begin() as connection:
        if connection.execute(select(MemberRow.subject).limit(1)).first() is not None:
            return False
        connection.execute(insert(DeskRow), [desk.model_dump() for desk in book.desks])
        for member in book.members:
            owner = owner_of(member.tenant, member.username, subjects)
            mine = {"tenant": owner.tenant, "subject": owner.subject}
            named = {**mine, "name": member.name, "desk": member.desk or ""}
            connection.execute(insert(MemberRow), named)
            tickets = [{**mine, **_ticket(ticket, today)} for ticket in member.tickets]
            if tickets:
                connection.execute(insert(TicketRow), tickets)
    return True


def _ticket(ticket: SeedTicket, today: date) -> dict[str, Any]:
    days_ago = {"opened_days_ago", "changed_days_ago"}
    return {
        "id": f"tkt_{secrets.token_urlsafe(16)}",
        **ticket.model_dump(exclude=days_ago),
        "opened_on": today - timedelta(days=ticket.opened_days_ago),
        "changed_on": today - timedelta(days=ticket.changed_days_ago),
    }
