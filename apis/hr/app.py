"""The routes of the HR API that read, and the application around all of them."""

from __future__ import annotations

from datetime import date
from pathlib import Path as FilePath
from typing import Annotated

from fastapi import Depends, FastAPI, Path, Query, Request

from apis.common.app import add_read, new_app
from apis.common.caller import Protection, protect, reading
from apis.common.erasures import allow_erasures
from apis.common.model import Owner
from apis.common.problems import handle_problems
from apis.common.requests import PlainQuery, WithoutQuery
from apis.common.strength import PERSONAL, PLAIN
from apis.hr.erasing import erase
from apis.hr.model import (
    Deposit,
    DocumentContent,
    DocumentList,
    DocumentsQuery,
    LeaveBalance,
    LeaveList,
    LeaveOptions,
    LeaveQuery,
    Payday,
    TeamLeaveList,
    TeamQuery,
)
from apis.hr.problems import (
    DOCUMENT_REFUSALS,
    KINDS,
    LIST_REFUSALS,
    OWN_REFUSALS,
    TEAM_REFUSALS,
)
from apis.hr.staff import Reads, Staff
from apis.hr.write_routes import add_writes
from apis.hr.writer import Writer

NAME = "hr"
AUDIENCE = "urn:gatehouse:api:hr"
FOLDER = FilePath(__file__).resolve().parent
POLICIES = FOLDER / "policies"

LEAVE_READ = "hr:leave:read"
LEAVE_PREPARE = "hr:leave:prepare"
TEAM_READ = "hr:team:read"
PAY_READ = "hr:pay:read"
DOCUMENTS_READ = "hr:documents:read"
PAPERS_READ = "hr:papers:read"
DEPOSIT_READ = "hr:deposit:read"

LeaveOwner = Annotated[Owner, reading(LEAVE_READ, PLAIN)]
PreparingOwner = Annotated[Owner, reading(LEAVE_PREPARE, PERSONAL)]
TeamOwner = Annotated[Owner, reading(TEAM_READ, PERSONAL)]
PayOwner = Annotated[Owner, reading(PAY_READ, PLAIN)]
DocumentsOwner = Annotated[Owner, reading(DOCUMENTS_READ, PERSONAL)]
PapersOwner = Annotated[Owner, reading(PAPERS_READ, PERSONAL)]
DepositOwner = Annotated[Owner, reading(DEPOSIT_READ, PERSONAL)]
ADocument = Annotated[str, Path(pattern=r"^doc_[A-Za-z0-9_-]{22}$")]


async def _today(request: Request) -> date:
    """Return the day of the API's clock."""
    protection: Protection = request.app.state.protection
    return protection.clock().date()


Today = Annotated[date, Depends(_today)]


async def leave_balance(
    owner: LeaveOwner, _plain: PlainQuery, _query: WithoutQuery, staff: Reads, today: Today
) -> LeaveBalance:
    """Tell how the caller's leave of this year stands."""
    return await staff.balance(owner, today)


async def list_leave(
    owner: LeaveOwner,
    _plain: PlainQuery,
    query: Annotated[LeaveQuery, Query()],
    staff: Reads,
    today: Today,
) -> LeaveList:
    """List what leave the caller has asked for."""
    return await staff.requests(owner, query, today)


async def leave_options(
    owner: PreparingOwner, _plain: PlainQuery, _query: WithoutQuery, staff: Reads, today: Today
) -> LeaveOptions:
    """List the years that are open, and what is taken: all that a request is made of."""
    return await staff.options(owner, today)


async def list_team_leave(
    owner: TeamOwner, _plain: PlainQuery, query: Annotated[TeamQuery, Query()], staff: Reads
) -> TeamLeaveList:
    """List the requests that wait for the caller."""
    return await staff.team(owner, query)


async def next_payday(
    owner: PayOwner, _plain: PlainQuery, _query: WithoutQuery, staff: Reads, today: Today
) -> Payday:
    """Tell when the next salary is paid."""
    return await staff.payday(owner, today)


async def list_documents(
    owner: DocumentsOwner,
    _plain: PlainQuery,
    query: Annotated[DocumentsQuery, Query()],
    staff: Reads,
) -> DocumentList:
    """List the caller's payslips and tax forms."""
    return await staff.documents(owner, query)


async def read_document(
    owner: PapersOwner, document: ADocument, _plain: PlainQuery, _query: WithoutQuery, staff: Reads
) -> DocumentContent:
    """Return one paper of the caller."""
    return await staff.document(owner, document)


async def deposit_account(
    owner: DepositOwner, _plain: PlainQuery, _query: WithoutQuery, staff: Reads
) -> Deposit:
    """Tell where the caller's salary is paid."""
    return await staff.deposit(owner)


def create_app(staff: Staff, writer: Writer, protection: Protection) -> FastAPI:
    """Return the application around what reads, what writes, and what stands at its door."""
    app = routes()
    app.state.staff, app.state.writer = staff, writer
    protect(app, protection)
    allow_erasures(app, NAME, FOLDER, erase)
    handle_problems(app, KINDS)
    return app


def routes() -> FastAPI:
    """Return the routes alone, which is all that the OpenAPI document needs."""
    app = new_app("Gatehouse HR API")
    for path, read, codes in (
        ("/leave/balance", leave_balance, OWN_REFUSALS),
        ("/leave", list_leave, LIST_REFUSALS),
        ("/leave/options", leave_options, OWN_REFUSALS),
        ("/team/leave", list_team_leave, TEAM_REFUSALS),
        ("/payday", next_payday, OWN_REFUSALS),
        ("/documents", list_documents, LIST_REFUSALS),
        ("/documents/{document}", read_document, DOCUMENT_REFUSALS),
        ("/deposit", deposit_account, OWN_REFUSALS),
    ):
        add_read(app, KINDS, path, read, codes)
    add_writes(app)
    return app
