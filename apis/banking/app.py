"""The routes of the banking API."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, FastAPI, Path, Query, Request, Security
from fastapi.telemetry import TelemetryConfig

from apis.banking.caller import Clock, RequireScope, Verifier
from apis.banking.ledger import Ledger, Owner
from apis.banking.model import AccountList, Strict, TransactionList
from apis.banking.problems import ProblemError, described, handle_problems

ACCOUNTS_READ = "banking:accounts:read"
TRANSACTIONS_READ = "banking:transactions:read"

TELEMETRY_OFF: TelemetryConfig = {
    "tracing": False,
    "metrics": False,
    "logs": False,
    "operation_spans": False,
    "auto_configure": False,
}
"""The framework would otherwise record requests and the messages of exceptions, and export
them wherever an environment variable says."""


class NoQuery(Strict):
    """No query parameter is known here."""


class Newest(Strict):
    """How many of the newest rows to return."""

    limit: Annotated[int, Query(ge=1, le=100)] = 10


async def ledger_of(request: Request) -> Ledger:
    """Return the ledger that the composition root gave to the application."""
    ledger: Ledger = request.app.state.ledger
    return ledger


async def plain_query(request: Request) -> None:
    """Refuse a parameter given twice, and numbers in any form but plain digits."""
    given = request.query_params.multi_items()
    limits = [value for name, value in given if name == "limit"]
    plain = all(value.isascii() and value.isdigit() and len(value) <= 3 for value in limits)
    if not plain or len({name for name, _ in given}) != len(given):
        raise ProblemError("invalid_request")


Reads = Annotated[Ledger, Depends(ledger_of)]
AccountsOwner = Annotated[Owner, Security(RequireScope(ACCOUNTS_READ), scopes=[ACCOUNTS_READ])]
TransactionsOwner = Annotated[
    Owner, Security(RequireScope(TRANSACTIONS_READ), scopes=[TRANSACTIONS_READ])
]
AnAccount = Annotated[str, Path(min_length=1, max_length=64)]
PlainQuery = Annotated[None, Depends(plain_query)]


async def list_accounts(
    owner: AccountsOwner, _plain: PlainQuery, _query: Annotated[NoQuery, Query()], ledger: Reads
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


async def healthz() -> dict[str, str]:
    """Tell that the process is alive."""
    return {"status": "ok"}


def create_app(ledger: Ledger, verifier: Verifier, clock: Clock) -> FastAPI:
    """Return the application around its ledger, its token verifier and its clock."""
    app = routes()
    app.state.ledger, app.state.verifier, app.state.clock = ledger, verifier, clock
    handle_problems(app)
    return app


def routes() -> FastAPI:
    """Return the routes alone, which is all that the OpenAPI document needs."""
    app = FastAPI(
        title="Gatehouse banking API",
        version="1.0.0",
        openapi_url=None,
        redirect_slashes=False,
        telemetry=TELEMETRY_OFF,
    )
    refusals = ("invalid_token", "insufficient_scope", "invalid_request", "storage_unavailable")
    for path, endpoint, codes in (
        ("/accounts", list_accounts, refusals),
        ("/transactions", list_recent_transactions, refusals),
        ("/accounts/{account_id}/transactions", list_transactions, (*refusals, "not_found")),
    ):
        app.add_api_route(
            path, endpoint, operation_id=endpoint.__name__, responses=described(*codes)
        )
    app.add_api_route("/healthz", healthz, include_in_schema=False)
    return app
