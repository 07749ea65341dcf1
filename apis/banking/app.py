"""The routes of the banking API."""

from __future__ import annotations

from pathlib import Path as FilePath
from typing import Annotated

from fastapi import FastAPI, Path, Query

from apis.banking.erasing import erase
from apis.banking.ledger import Ledger, Reads
from apis.banking.model import AccountList, TransactionList
from apis.banking.payment_routes import add_payments
from apis.banking.pin_routes import add_pins
from apis.banking.pins import Pins
from apis.banking.problems import KINDS
from apis.banking.protection_routes import add_protection
from apis.banking.writer import Writer
from apis.common.app import add_read, new_app
from apis.common.caller import Protection, protect, reading
from apis.common.erasures import allow_erasures
from apis.common.model import Owner, Strict
from apis.common.problems import READ_REFUSALS, ProblemError, handle_problems
from apis.common.requests import PlainQuery, WithoutQuery
from apis.common.strength import PERSONAL

NAME = "banking"
AUDIENCE = "urn:gatehouse:api:banking"
FOLDER = FilePath(__file__).resolve().parent
POLICIES = FOLDER / "policies"

ACCOUNTS_READ = "banking:accounts:read"
TRANSACTIONS_READ = "banking:transactions:read"


class Newest(Strict):
    """How many of the newest rows to return."""

    limit: Annotated[int, Query(ge=1, le=100)] = 10


AccountsOwner = Annotated[Owner, reading(ACCOUNTS_READ, PERSONAL)]
TransactionsOwner = Annotated[Owner, reading(TRANSACTIONS_READ, PERSONAL)]
AnAccount = Annotated[str, Path(min_length=1, max_length=64)]


async def list_accounts(
    owner: AccountsOwner, _plain: PlainQuery, _query: WithoutQuery, ledger: Reads
) -> AccountList:
    """List the caller's accounts with their balances."""
    return AccountList(accounts=await ledger.accounts(owner))


async def list_recent_transactions(
    owner: TransactionsOwner, _plain: PlainQuery, query: Annotated[Newest, Query()], ledger: Reads
) -> TransactionList:
    """List the newest transactions over all of the caller's accounts."""
    return TransactionList(transactions=await ledger.recent(owner, query.limit))


async def list_transactions(
    owner: TransactionsOwner,
    account_id: AnAccount,
    _plain: PlainQuery,
    query: Annotated[Newest, Query()],
    ledger: Reads,
) -> TransactionList:
    """List the newest transactions of one account; another's account is not found."""
    found = await ledger.of_account(owner, account_id, query.limit)
    if found is None:
        raise ProblemError("not_found")
    return TransactionList(transactions=found)


def create_app(ledger: Ledger, writer: Writer, protection: Protection, pins: Pins) -> FastAPI:
    """Return the application around what reads, what writes, and what stands at its door."""
    app = routes()
    app.state.ledger, app.state.writer, app.state.pins = ledger, writer, pins
    protect(app, protection)
    allow_erasures(app, NAME, FOLDER, erase)
    handle_problems(app, KINDS)
    return app


def routes() -> FastAPI:
    """Return the routes alone, which is all that the OpenAPI document needs."""
    app = new_app("Gatehouse banking API")
    add_read(app, KINDS, "/accounts", list_accounts, READ_REFUSALS)
    add_read(app, KINDS, "/transactions", list_recent_transactions, READ_REFUSALS)
    one_account = "/accounts/{account_id}/transactions"
    add_read(app, KINDS, one_account, list_transactions, (*READ_REFUSALS, "not_found"))
    add_payments(app)
    add_protection(app)
    add_pins(app)
    return app
