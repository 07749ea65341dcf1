"""Reads IT's records, for one caller at a time; what was found is decided before it is told."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Depends, Request
from sqlalchemy import Boolean, Engine, Row, Select, bindparam, func, literal_column, select

from apis.common.model import Owner
from apis.common.problems import ProblemError
from apis.common.reader import Reader
from apis.common.relations import Relations, found
from apis.it.model import (
    Help,
    PersonOptions,
    Queue,
    QueueQuery,
    Ticket,
    TicketList,
    TicketsQuery,
    Waiting,
)
from apis.it.tables import DeskRow, MemberRow, TicketRow

IT, PERSON = "it", "person"
_PREFIXES = {IT: "IT", PERSON: "SD"}

_MINE = (TicketRow.tenant == bindparam("tenant"), TicketRow.subject == bindparam("subject"))
_THEIRS = (MemberRow.tenant == TicketRow.tenant) & (MemberRow.subject == TicketRow.subject)
MEMBER = select(MemberRow.__table__).where(
    MemberRow.tenant == bindparam("tenant"), MemberRow.subject == bindparam("subject")
)
_THIS = TicketRow.number == bindparam("number")
_OWN = (
    select(TicketRow.__table__)
    .where(*_MINE)
    .order_by(TicketRow.number.desc())
    .limit(bindparam("limit"))
)
# Pages go on by the key of the last row, never by counting rows.
_OWN_NEXT = _OWN.where(TicketRow.number < bindparam("number"))
_ONE_OWN = select(TicketRow.__table__).where(*_MINE, _THIS)
_ONE_OF_TENANT = select(TicketRow.__table__).where(TicketRow.tenant == bindparam("tenant"), _THIS)
# Written out, as the index has it: only then does the database see that the index serves.
_WAITING = (TicketRow.tenant == bindparam("tenant"), TicketRow.state != literal_column("'solved'"))
# What is urgent and what is not are two ranges of the index: asked for one after the other.
_QUEUE = (
    select(TicketRow.__table__, MemberRow.name.label("requester"))
    .outerjoin(MemberRow, _THEIRS)
    .where(
        *_WAITING,
        literal_column("(priority = 'high')") == bindparam("urgent", type_=Boolean),
        TicketRow.number > bindparam("number"),
    )
    .order_by(TicketRow.number)
    .limit(bindparam("limit"))
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

    async def tickets(self, owner: Owner, query: TicketsQuery) -> TicketList:
        """Return a page of the caller's own tickets. Raises `not_found` for no such `after`."""
        member = await self._member(owner)
        page, key = _OWN, {}
        if query.after is not None:
            last = await self._last(_ONE_OWN, owner, query.after)
            self._relations.require(owner, "list_tickets", found("Ticket", last))
            page, key = _OWN_NEXT, {"number": last.number}
        rows = await self._reader.rows(page, owner, limit=query.limit + 1, **key)
        tickets = (found("Ticket", row) for row in rows)
        self._relations.require_all(owner, "list_tickets", tickets)
        shown = [_ticket(row) for row in rows[: query.limit]]
        more = shown[-1].number if len(rows) > query.limit else None
        return TicketList(at_desk=member.desk == "it", tickets=shown, next=more)

    async def queue(self, owner: Owner, query: QueueQuery) -> Queue:
        """Return a page of what is not solved. Raises `not_found` for no such `after`.

        Raises `ProblemError` `not_at_desk` for whoever does not sit there.
        """
        groups = groups_of(await self._member(owner))
        if "it" not in groups:
            raise ProblemError("not_at_desk")
        ranges: list[dict[str, Any]] = [
            {"urgent": True, "number": 0},
            {"urgent": False, "number": 0},
        ]
        total = None
        if query.after is None:
            [counted] = await self._reader.rows(_HOW_MANY, owner)
            total = counted.how_many
        else:
            # It may be solved by now: the queue goes on from where it stood.
            last = await self._last(_ONE_OF_TENANT, owner, query.after)
            self._relations.require(owner, "list_queue", found("Ticket", last), groups=groups)
            ranges = ranges[last.priority != "high" :]
            ranges[0]["number"] = last.number
        rows = await self._reader.first(_QUEUE, owner, query.limit + 1, ranges)
        tickets = (found("Ticket", row) for row in rows)
        self._relations.require_all(owner, "list_queue", tickets, groups=groups)
        shown = [_ticket(row, **_of_requester(row)) for row in rows[: query.limit]]
        more = shown[-1].number if len(rows) > query.limit else None
        about = list(dict.fromkeys(row.subject for row in rows[: query.limit])) or None
        return Queue(total=total, tickets=shown, next=more, about=about)

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

    async def _last(self, query: Select[Any], owner: Owner, after: str) -> Row[Any]:
        """Return the ticket that the page before ended with."""
        rows = await self._reader.rows(query, owner, number=int(after.partition("-")[2]))
        if not rows or number_text(rows[0].number, rows[0].kind) != after:
            raise ProblemError("not_found")
        return rows[0]

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
