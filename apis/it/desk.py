"""Reads IT's records, for one caller at a time; what was found is decided before it is told."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Depends, Request
from sqlalchemy import Engine, Row, bindparam, func, literal_column, select

from apis.common.model import Owner
from apis.common.problems import ProblemError
from apis.common.reader import Reader
from apis.common.relations import Relations, found
from apis.it.model import Help, PersonOptions, Queue, Ticket, TicketList, Waiting
from apis.it.tables import DeskRow, MemberRow, TicketRow

MOST_OWN = 50
PAGE = 25
"""How many of other people's tickets one answer holds: each is decided by itself."""
IT, PERSON = "it", "person"
_PREFIXES = {IT: "IT", PERSON: "SD"}

_MINE = (TicketRow.tenant == bindparam("tenant"), TicketRow.subject == bindparam("subject"))
_THEIRS = (MemberRow.tenant == TicketRow.tenant) & (MemberRow.subject == TicketRow.subject)
MEMBER = select(MemberRow.__table__).where(
    MemberRow.tenant == bindparam("tenant"), MemberRow.subject == bindparam("subject")
)
_OWN = select(TicketRow.__table__).where(*_MINE).order_by(TicketRow.number.desc()).limit(MOST_OWN)
# Written out, as the index has it: only then does the database see that the index serves.
_WAITING = (TicketRow.tenant == bindparam("tenant"), TicketRow.state != literal_column("'solved'"))
_QUEUE = (
    select(TicketRow.__table__, MemberRow.name.label("requester"))
    .outerjoin(MemberRow, _THEIRS)
    .where(*_WAITING)
    .order_by(literal_column("(priority = 'high')").desc(), TicketRow.number)
    .limit(PAGE)
)
_HOW_MANY = select(func.count().label("how_many")).select_from(TicketRow).where(*_WAITING)
_FOR_A_PERSON = (
    select(TicketRow.__table__)
    .where(*_MINE, TicketRow.kind == PERSON, TicketRow.state != literal_column("'solved'"))
    .order_by(TicketRow.number.desc())
    .limit(1)
)
_DESK = select(DeskRow.__table__).where(DeskRow.tenant == bindparam("tenant"))


class Desk:
    """The caller's tickets, and the queue for whoever sits at the desk.

    Raises `SQLAlchemyError` where it cannot read, `PolicyFailure` where it cannot decide, and
    `ProblemError` `no_record` for somebody whom IT does not know.
    """

    def __init__(self, engine: Engine, relations: Relations) -> None:
        self._reader = Reader(engine)
        self._relations = relations

    async def tickets(self, owner: Owner) -> TicketList:
        """Return the caller's own tickets."""
        member = await self._member(owner)
        rows = await self._reader.rows(_OWN, owner)
        tickets = (found("Ticket", row) for row in rows)
        self._relations.require_all(owner, "list_tickets", tickets)
        return TicketList(at_desk=member.desk == "it", tickets=[_ticket(row) for row in rows])

    async def queue(self, owner: Owner) -> Queue:
        """Return what is not solved, of much the first `PAGE`.

        Raises `ProblemError` `not_at_desk` for whoever does not sit there.
        """
        groups = groups_of(await self._member(owner))
        if "it" not in groups:
            raise ProblemError("not_at_desk")
        rows = await self._reader.rows(_QUEUE, owner)
        tickets = (found("Ticket", row) for row in rows)
        self._relations.require_all(owner, "list_queue", tickets, groups=groups)
        [counted] = await self._reader.rows(_HOW_MANY, owner)
        shown = [_ticket(row, **_of_requester(row)) for row in rows]
        return Queue(total=counted.how_many, tickets=shown)

    async def person_options(self, owner: Owner) -> PersonOptions:
        """Return who would get in touch with the caller, and whether they are asked already.

        Whoever has signed in may ask for a person: no record here is needed for it.
        """
        helped = await self.help(owner)
        rows = await self._reader.rows(_FOR_A_PERSON, owner)
        self._relations.require_all(owner, "person_options", (found("Ticket", row) for row in rows))
        waiting = [
            Waiting(number=number_text(row.number, row.kind), opened_on=row.opened_on)
            for row in rows
        ]
        return PersonOptions(desk=helped.desk, **({"waiting": waiting[0]} if waiting else {}))

    async def help(self, owner: Owner) -> Help:
        """Return the tenant's desk; it is nobody's, so nothing else of the caller matters."""
        rows = await self._reader.rows(_DESK, owner)
        if not rows:
            raise ProblemError("not_found")
        return Help(desk=rows[0].name, phone=rows[0].phone, hours=rows[0].hours)

    async def ready(self) -> bool:
        """Tell that the tables can be read; raises `SQLAlchemyError` otherwise."""
        await self._reader.rows(MEMBER, Owner("", ""))
        return True

    def close(self) -> None:
        """Close the database."""
        self._reader.close()

    async def _member(self, owner: Owner) -> Row[Any]:
        rows = await self._reader.rows(MEMBER, owner)
        if not rows:
            raise ProblemError("no_record")
        return rows[0]


def groups_of(member: Any) -> frozenset[str]:
    """Return the desks that somebody sits at."""
    return frozenset({member.desk} - {""})


def number_text(number: int, kind: str = IT) -> str:
    """Return a ticket's number as people read it."""
    return f"{_PREFIXES[kind]}-{number:04}"


def _of_requester(row: Row[Any]) -> dict[str, str]:
    told = {"requester": row.requester, "words": row.words}
    return {name: value for name, value in told.items() if value is not None}


def _ticket(row: Row[Any], **more: str) -> Ticket:
    of_desk = {"handler": row.handler, "note": row.note}
    return Ticket(
        number=number_text(row.number, row.kind),
        title=row.title,
        priority=row.priority,
        state=row.state,
        opened_on=row.opened_on,
        changed_on=row.changed_on,
        **{name: value for name, value in of_desk.items() if value is not None},
        **more,
    )


async def _desk_of(request: Request) -> Desk:
    """Return what the composition root gave to the application."""
    desk: Desk = request.app.state.desk
    return desk


Reads = Annotated[Desk, Depends(_desk_of)]
