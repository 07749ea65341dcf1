"""Requests that are not what the document says, and the document itself."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.specs.openapi.checks import positive_data_acceptance

from apis.banking import openapi
from apis.common.openapi import as_text
from tests.support.generated import unsent

TRANSACTIONS = "banking:transactions:read"
PROBLEM_KEYS = {"type", "title", "status", "code"}


@pytest.mark.parametrize(
    "query",
    [
        "limit=0",
        "limit=101",
        "limit=-1",
        "limit=",
        "limit=ten",
        "limit=10.0",
        "limit=1e1",
        "limit=%2010",
        "limit=1_0",
        "limit=%D9%A1",
        "limit=9999999999999999999999",
        "limit=5&limit=5",
        "limit=5&offset=1",
        "Limit=5",
        "limit[]=5",
    ],
)
async def test_a_query_that_is_not_declared_is_422(bank: Any, query: str) -> None:
    """ASVS 2.2.1: only what the document declares is accepted, in its one plain form."""
    reply = await bank.get(f"/transactions?{query}", bank.token(TRANSACTIONS))
    assert reply.status_code == 422
    assert set(reply.json()) == PROBLEM_KEYS
    assert reply.json()["code"] == "invalid_request"


@pytest.mark.parametrize(("limit", "rows"), [(1, 1), (2, 2), (99, 12), (100, 12)])
async def test_the_limits_of_the_limit(bank: Any, limit: int, rows: int) -> None:
    reply = await bank.get(f"/transactions?limit={limit}", bank.token(TRANSACTIONS))
    assert len(reply.json()["transactions"]) == rows


async def test_no_query_is_known_to_the_list_of_accounts(bank: Any) -> None:
    reply = await bank.get("/accounts?limit=5", bank.token("banking:accounts:read"))
    assert reply.status_code == 422


@pytest.mark.parametrize("account", ["x", "acc_", "%00", "..%2f..", "a" * 65, "%F0%9F%92%B0"])
async def test_an_odd_account_id_is_a_plain_refusal(bank: Any, account: str) -> None:
    reply = await bank.get(f"/accounts/{account}/transactions", bank.token(TRANSACTIONS))
    assert reply.status_code in {404, 422}
    assert set(reply.json()) == PROBLEM_KEYS


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("POST", "/accounts", 405),
        ("DELETE", "/transactions", 405),
        ("GET", "/", 404),
        ("GET", "/accounts/", 404),
        ("GET", "/docs", 404),
        ("GET", "/openapi.json", 404),
    ],
)
async def test_everything_else_is_a_problem(bank: Any, method: str, path: str, status: int) -> None:
    reply = await bank.http.request(method, path)
    assert reply.status_code == status
    assert set(reply.json()) == PROBLEM_KEYS


async def test_health_needs_no_token(bank: Any) -> None:
    assert (await bank.http.get("/healthz")).status_code == 200


def test_the_committed_document_is_what_the_routes_say() -> None:
    committed = Path(openapi.__file__).with_name("openapi.json").read_text("utf-8")
    assert committed == as_text(openapi.document())


def test_every_object_of_the_document_is_closed_and_complete() -> None:
    schemas = openapi.document()["components"]["schemas"]
    assert set(schemas) >= {"Account", "Transaction", "TransferOrder", "BillOrder", "PayeeOrder"}
    sparse = {
        "Settled": {"result"},
        "Transfer": {"text"},
        "TransferOrder": {"text"},
        "AccountStanding": {"because", "since"},
        "CardStanding": {"because", "since"},
        "Asked": {"first_day", "last_day", "least", "most", "text", "direction"},
        "Found": {"totals", "next"},
        "Spending": set(),
        "SpendingQuery": {"first_day", "last_day", "category"},
    }
    for name, schema in schemas.items():
        assert schema["additionalProperties"] is False, name
        optional = set(schema["properties"]) - set(schema.get("required", []))
        assert optional == sparse.get(name, set()), name
    for path in openapi.document()["paths"].values():
        assert "HTTPValidationError" not in json.dumps(path)


schema = schemathesis.openapi.from_dict(openapi.document())
schema.config.update(base_url="http://banking")


@schema.parametrize()
@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_the_face_is_what_its_document_says(case: schemathesis.Case, bank: Any) -> None:
    """Every answer to generated requests is a declared one, also where the token is left out."""
    scope = case.operation.definition.raw["security"][0]["access_token"][0]
    case.operation.schema.app = case.operation.app = bank.app
    path, key = case.formatted_path, (case.headers or {}).get("Idempotency-Key")
    token = bank.token(scope)
    if case.method == "POST":
        token = bank.write_token(path, case.body, key)
    reply = case.call(headers=bank.headers(case.method, path, token))
    # One key generated for two different requests is no fault of the form of either.
    reused = reply.status_code == 422 and reply.json()["code"] == "idempotency_key_reused"
    excluded = [positive_data_acceptance] if reused else []
    sent = unsent(case, str(reply.request.url))
    case.validate_response(reply, excluded_checks=[*excluded, *sent])
