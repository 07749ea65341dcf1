"""What an API does where security says that a person is erased: what goes, what has to stay.

An API says so itself, in the `erasure.json` of its folder: each class of what it holds of a person,
with its tables, its reason, and how many years it stays where it has to. Security reads the same
file, so that people hear of it before they confirm. The call is no part of the API's document:
no operation leads to it, and its token is minted for security alone. Whose rows go is whose name
the token bears.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

from fastapi import Depends, FastAPI, Request
from pydantic import Field
from sqlalchemy import ColumnElement, Connection, delete

from apis.common.app import told
from apis.common.caller import Caller, writing
from apis.common.model import Line, Owner, Strict
from apis.common.problems import ProblemError
from apis.common.requests import (
    Key,
    PlainQuery,
    WithoutQuery,
    WriteRoute,
    body_of,
    writer_of,
)
from apis.common.tables import KeyRow
from apis.common.writer import Written
from runtime.dates import years_on

PATH, OPERATION = "/erasures", "erase_person"
TERMS = "erasure.json"

Tables = Annotated[tuple[str, ...], Field(min_length=1)]
Why = Annotated[str, Field(min_length=3, max_length=140)]


def scope_of(api: str) -> str:
    """Return the scope of a token that may erase whom it names."""
    return f"{api}:erasures:write"


class Gone(Strict):
    """A class of data that goes at once."""

    what: Line
    tables: Tables
    why: Why


class Kept(Gone):
    """A class of data that has to stay for `years`, counted from when the erasure was asked for."""

    years: Annotated[int, Field(ge=1, le=100)]


class Terms(Strict):
    """All that an API holds: of the person, and of nobody (`nobodys`)."""

    erased: tuple[Gone, ...]
    kept: tuple[Kept, ...]
    nobodys: tuple[str, ...] = ()


class ErasureOrder(Strict):
    """What security asks: the day from which the years of what stays are counted."""

    asked_on: date


class KeptUntil(Strict):
    """What stays, until when, and why."""

    what: str
    until: date
    why: str


class PersonErased(Strict):
    """What is gone, and what stays. The same for each copy of an order."""

    erased: tuple[str, ...]
    kept: tuple[KeptUntil, ...]


Erase = Callable[[Connection, Owner, datetime], None]
"""Deletes what goes of a person, in the transaction that it is given."""


@dataclass(frozen=True)
class Erasing:
    """What one API does: what it says of it, and how it is done."""

    terms: Terms
    erase: Erase

    def do(
        self, connection: Connection, owner: Owner, order: ErasureOrder, now: datetime
    ) -> PersonErased:
        """Erase a person's rows; return what the API answers."""
        self.erase(connection, owner, now)
        # Each holds a copy of what was answered. No order of theirs can come any more.
        connection.execute(delete(KeyRow).where(*of(KeyRow, owner)))
        kept = tuple(
            KeptUntil(what=one.what, until=years_on(order.asked_on, one.years), why=one.why)
            for one in self.terms.kept
        )
        return PersonErased(erased=tuple(one.what for one in self.terms.erased), kept=kept)


def read_terms(folder: Path) -> Terms:
    """Read what an API says of erasures. Raises `OSError` or `ValueError`."""
    return Terms.model_validate_json((folder / TERMS).read_bytes())


def of(table: Any, owner: Owner) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """Return which rows of a table are this person's."""
    return table.tenant == owner.tenant, table.subject == owner.subject


def allow_erasures(app: FastAPI, api: str, folder: Path, erase: Erase) -> None:
    """Let security erase people. Raises `OSError` or `ValueError` where the terms do not hold."""
    erasing = Erasing(read_terms(folder), erase)
    app.router.add_api_route(
        PATH,
        _endpoint(scope_of(api), erasing),
        methods=["POST"],
        operation_id=OPERATION,
        include_in_schema=False,
        route_class_override=WriteRoute,
    )


def _endpoint(scope: str, erasing: Erasing) -> Any:
    async def erase_person(
        caller: Any,
        _plain: PlainQuery,
        _query: WithoutQuery,
        key: Key,
        order: Annotated[ErasureOrder, Depends(body_of(ErasureOrder))],
        writer: Annotated[Any, Depends(writer_of)],
        request: Request,
    ) -> PersonErased:
        """Erase whom the token names, once for this key; tell what has to stay."""
        now = request.app.state.protection.clock()
        if order.asked_on > now.date() + timedelta(days=1):
            # In the future: nothing would ever end. Before the key is used: clocks are set right.
            raise ProblemError("invalid_request")

        def work(
            connection: Connection, owner: Owner, asked: ErasureOrder, _: date
        ) -> PersonErased:
            return erasing.do(connection, owner, asked, now)

        written: Written[PersonErased] = await writer.write(caller, key, order, PersonErased, work)
        return told(request, written)

    # FastAPI reads the annotation, and the scope is each API's own.
    erase_person.__annotations__["caller"] = Annotated[Caller, writing(scope, None)]
    return erase_person
