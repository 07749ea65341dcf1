"""The routes of the banking API."""

from __future__ import annotations

from typing import Annotated

from fastapi import FastAPI, Path, Query, Security
from fastapi.telemetry import TelemetryConfig

from apis.banking.caller import Clock, RequireScope, Verifier
from apis.banking.ledger import Ledger, Owner
from apis.banking.model import AccountList, Strict, TransactionList
from apis.banking.payment_routes import add_payments
from apis.banking.problems import ProblemError, described, handle_problems
from apis.banking.requests import PlainQuery, Reads, WithoutQuery
from apis.banking.writer import Writer

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


class Newest(Strict):
    """How many of the newest rows to return."""

    limit: Annotated[int, Query(ge=1, le=100)] = 10


AccountsOwner = Annotated[Owner, Security(RequireScope(ACCOUNTS_READ), scopes=[ACCOUNTS_READ])]
TransactionsOwner = Annotated[
    Owner, Security(RequireScope(TRANSACTIONS_READ), scopes=[TRANSACTIONS_READ])
]
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


async def healthz() -> dict[str, str]:
    """Tell that the process is alive."""
    return {"status": "ok"}


def create_app(ledger: Ledger, writer: Writer, verifier: Verifier, clock: Clock) -> FastAPI:
    """Return the application around what reads, what writes, its token verifier and its clock."""
    app = routes()
    app.state.ledger, app.state.writer = ledger, writer
    app.state.verifier, app.state.clock = verifier, clock
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
    add_payments(app)
    app.add_api_route("/healthz", healthz, include_in_schema=False)
    return app
