"""Reads HR's records, for one caller at a time; what was found is decided before it is told."""

from __future__ import annotations

import base64
from datetime import date
from typing import Annotated, Any

from fastapi import Depends, Request
from sqlalchemy import Engine, Row, Select

from apis.common.model import Owner
from apis.common.problems import ProblemError
from apis.common.reader import Reader
from apis.common.relations import Found, Relations, found, person
from apis.hr import queries
from apis.hr.accounts import half_days_left, year_of_leave
from apis.hr.calendar import days_text, next_payday
from apis.hr.model import (
    Deposit,
    Document,
    DocumentContent,
    DocumentList,
    DocumentsQuery,
    Leave,
    LeaveBalance,
    LeaveList,
    LeaveOptions,
    LeaveQuery,
    Payday,
    TeamLeave,
    TeamLeaveList,
    TeamQuery,
    YearOfLeave,
    masked,
)
from apis.hr.papers import pdf_of

_NOBODY = person("")
"""The manager of one's own leave: of no matter there, nobody sees anything by it."""


class Staff:
    """The caller's leave, papers and pay, and the leave of who reports to them.

    Raises `SQLAlchemyError` where it cannot read, `PolicyFailure` where it cannot decide, and
    `ProblemError` `no_record` for somebody whom HR does not know.
    """

    def __init__(self, engine: Engine, relations: Relations) -> None:
        self._reader = Reader(engine)
        self._relations = relations

    async def balance(self, owner: Owner, today: date) -> LeaveBalance:
        """Return the leave of this year."""
        await self._employee(owner, "leave_balance")
        years = await self._years(owner, today)
        this = [each for each in years if each.year == today.year]
        if not this:
            raise ProblemError("no_record")
        return LeaveBalance(today=today, balance=this[0])

    async def requests(self, owner: Owner, query: LeaveQuery, today: date) -> LeaveList:
        """Return a page of requests, the latest day first; `not_found` for no such `after`."""
        page, key = queries.REQUESTS, {}
        if query.after is not None:
            last = await self._one(queries.ONE_REQUEST, owner, leave_id=query.after)
            self._relations.require(owner, "list_leave", found("Leave", last, manager=_NOBODY))
            page, key = queries.NEXT_REQUESTS, {"last_last_on": last.last_on, "last_id": last.id}
        rows = await self._reader.rows(page, owner, limit=query.limit + 1, **key)
        leave = (found("Leave", row, manager=_NOBODY) for row in rows)
        self._relations.require_all(owner, "list_leave", leave)
        shown, more = _cut(rows, query.limit)
        return LeaveList(today=today, requests=[_leave(row) for row in shown], next=more)

    async def options(self, owner: Owner, today: date) -> LeaveOptions:
        """Return what a request can be made of."""
        await self._employee(owner, "leave_options")
        years = [year for year in await self._years(owner, today) if year.year >= today.year]
        asked = await self.requests(owner, LeaveQuery(), today)
        return LeaveOptions(today=today, years=years, requests=asked.requests)

    async def team(self, owner: Owner, query: TeamQuery) -> TeamLeaveList:
        """Return a page of what waits for the caller. Raises `not_found` for no such `after`.

        With words of a name, what waits of those whom they mean, if they mean anybody.
        Raises `ProblemError` `not_a_manager` where nothing ever waits.
        """
        employee = await self._known(owner)
        groups = groups_of(employee)
        at_desk = "hr" in groups
        waiting = queries.OF_TENANT if at_desk else queries.OF_TEAM
        whose: dict[str, Any] = {}
        if not groups and not await self._reader.rows(queries.REPORTS, owner):
            raise ProblemError("not_a_manager")
        if query.name is not None:
            asked = queries.TENANT_NAMES if at_desk else queries.TEAM_NAMES
            names = await self._reader.rows(asked, owner, like=_like(query.name))
            meant = [row.subject for row in names if _means(query.name, row.name)]
            if meant:
                waiting = queries.OF_SOME_OF_TENANT if at_desk else queries.OF_SOME_OF_TEAM
                whose = {"whose": meant}
        page, key, total = waiting.first, {}, None
        if query.after is not None:
            # It may be decided by now: the list goes on from where it stood.
            last = await self._one(queries.ONE_OF_TEAM, owner, leave_id=query.after)
            self._relations.require(owner, "list_team_leave", _of_team(last), groups=groups)
            page, key = waiting.next, {"last_first_on": last.first_on, "last_id": last.id}
        rows = await self._reader.rows(page, owner, limit=query.limit + 1, **key, **whose)
        leave = (_of_team(row) for row in rows)
        self._relations.require_all(owner, "list_team_leave", leave, groups=groups)
        shown, more = _cut(rows, query.limit)
        if query.after is None:
            total = len(rows)
            if more is not None:  # What is on one page is counted by now.
                [counted] = await self._reader.rows(waiting.how_many, owner, **whose)
                total = counted.how_many
        left = await self._left(owner, shown)
        requests = [_team_leave(row, left[row.id]) for row in shown]
        about = list(dict.fromkeys(row.subject for row in shown)) or None
        return TeamLeaveList(total=total, requests=requests, next=more, about=about)

    async def payday(self, owner: Owner, today: date) -> Payday:
        """Return when the next salary is paid."""
        await self._employee(owner, "next_payday")
        on = next_payday(today)
        return Payday(on=on, in_days=(on - today).days)

    async def deposit(self, owner: Owner) -> Deposit:
        """Return where the salary is paid."""
        return Deposit(
            number=masked((await self._employee(owner, "deposit_account")).deposit_number)
        )

    async def documents(self, owner: Owner, query: DocumentsQuery) -> DocumentList:
        """Return a page of papers, the newest first. Raises `not_found` for no such `after`."""
        page, key = queries.DOCUMENTS, {}
        if query.after is not None:
            last = await self._one(queries.ONE_DOCUMENT, owner, document_id=query.after)
            self._relations.require(owner, "list_documents", found("Document", last))
            page = queries.NEXT_DOCUMENTS
            key = {"last_issued_on": last.issued_on, "last_id": last.id}
        rows = await self._reader.rows(page, owner, limit=query.limit + 1, **key)
        papers = (found("Document", row) for row in rows)
        self._relations.require_all(owner, "list_documents", papers)
        shown, more = _cut(rows, query.limit)
        return DocumentList(documents=[_document(row) for row in shown], next=more)

    async def document(self, owner: Owner, document_id: str) -> DocumentContent:
        """Return one paper; another's is not found."""
        row = await self._one(queries.ONE_DOCUMENT, owner, document_id=document_id)
        self._relations.require(owner, "read_document", found("Document", row))
        employee = await self._known(owner)
        content = pdf_of(row.title, employee.name, row.issued_on, row.lines)
        return DocumentContent(
            name=f"{row.kind.replace('_', '-')}-{row.period}.pdf",
            media_type="application/pdf",
            content=base64.b64encode(content).decode(),
        )

    async def ready(self) -> bool:
        """Tell that the tables can be read; raises `SQLAlchemyError` otherwise."""
        await self._reader.rows(queries.EMPLOYEE, Owner("", ""))
        return True

    def close(self) -> None:
        """Close the database."""
        self._reader.close()

    async def _one(self, query: Select[Any], owner: Owner, **values: str) -> Row[Any]:
        rows = await self._reader.rows(query, owner, **values)
        if not rows:
            raise ProblemError("not_found")
        return rows[0]

    async def _known(self, owner: Owner) -> Row[Any]:
        rows = await self._reader.rows(queries.EMPLOYEE, owner)
        if not rows:
            raise ProblemError("no_record")
        return rows[0]

    async def _employee(self, owner: Owner, action: str) -> Row[Any]:
        row = await self._known(owner)
        self._relations.require(owner, action, found("Employee", row))
        return row

    async def _years(self, owner: Owner, today: date) -> list[YearOfLeave]:
        allowances = await self._reader.rows(queries.ALLOWANCES, owner)
        taking = await self._reader.rows(queries.TAKING, owner)
        return [year_of_leave(allowance, taking, today) for allowance in allowances]

    async def _left(self, owner: Owner, rows: list[Row[Any]]) -> dict[str, int]:
        """Return, by request, the half days of its year that nothing has been asked for.

        What is looked at here is asked for already. The people are those of rows that the
        policies have let the caller see.
        """
        if not rows:
            return {}
        whose = sorted({row.subject for row in rows})
        asked = sorted(row.first_on.year for row in rows)
        days = {"from_day": date(asked[0], 1, 1), "to_day": date(asked[-1], 12, 31)}
        of = {"from_year": asked[0], "to_year": asked[-1]}
        years = await self._reader.rows(queries.THEIR_ALLOWANCES, owner, subjects=whose, **of)
        taking = await self._reader.rows(queries.THEIR_TAKING, owner, subjects=whose, **days)
        counted: dict[str, list[Row[Any]]] = {}
        for one in taking:
            counted.setdefault(one.subject, []).append(one)
        opened = {(each.subject, each.year): each for each in years}
        named = {row.id: (row.subject, row.first_on.year) for row in rows}
        return {
            leave: half_days_left(opened[year], counted.get(year[0], [])) if year in opened else 0
            for leave, year in named.items()
        }


def _cut(rows: list[Row[Any]], limit: int) -> tuple[list[Row[Any]], str | None]:
    """Return a page of rows, and the id that the next one begins after, if there is one."""
    return rows[:limit], rows[limit - 1].id if len(rows) > limit else None


def groups_of(employee: Any) -> frozenset[str]:
    """Return the desks that somebody sits at."""
    return frozenset({employee.desk} - {""})


def _like(words: str) -> str:
    """Return what finds at least the names that these words mean; letters beyond ASCII find all.

    The database folds no others.
    """
    [first, *_] = words.split() or [""]
    plain = first if first.isascii() and first.isalpha() else ""
    return f"%{plain}%"


def _means(words: str, name: str) -> bool:
    """Tell whether all of these words are in a name."""
    known = name.casefold().split()
    return all(word in known for word in words.casefold().split())


def _of_team(row: Row[Any]) -> Found:
    return found("Leave", row, manager=person(row.manager))


def _document(row: Row[Any]) -> Document:
    return Document(
        id=row.id, kind=row.kind, period=row.period, title=row.title, issued_on=row.issued_on
    )


def _team_leave(row: Row[Any], left: int) -> TeamLeave:
    return TeamLeave(
        id=row.id,
        employee_name=row.employee_name,
        first=row.first_on,
        last=row.last_on,
        part=row.part,
        days=days_text(row.half_days),
        left_after=days_text(left),
    )


def _leave(row: Row[Any]) -> Leave:
    decided = {"decided_on": row.decided_on, "decided_by": row.decided_by}
    return Leave(
        first=row.first_on,
        last=row.last_on,
        part=row.part,
        days=days_text(row.half_days),
        state=row.state,
        asked_on=row.asked_on,
        **{name: value for name, value in decided.items() if value is not None},
    )


async def _staff_of(request: Request) -> Staff:
    """Return what the composition root gave to the application."""
    staff: Staff = request.app.state.staff
    return staff


Reads = Annotated[Staff, Depends(_staff_of)]
