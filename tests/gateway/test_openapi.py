"""The description of the public API is true: schemathesis finds nothing (contract, HTTP)."""

from __future__ import annotations

import json
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.config import SchemathesisConfig

from gateway.app import all_calls
from gateway.cookies import NAME
from gateway.openapi import openapi_document
from gateway.rates import RateLimits
from gateway.text import normalise
from security.model import MAX_TEXT
from tests.gateway.conftest import HELD, ORIGIN, Gateway
from tests.gateway.fakes import CHALLENGE, CODE, CSRF, PASSWORD, SESSION

MANY = dict.fromkeys(("sessions", "sign_ins", "messages", "requests"), 10_000_000)


def test_nothing_in_the_answers_is_ever_null() -> None:
    """Contract: absent fields are left out."""
    assert '"null"' not in json.dumps(openapi_document(all_calls()))


def test_every_call_of_the_contract_is_described() -> None:
    paths = openapi_document(all_calls())["paths"]
    assert {path: sorted(verbs) for path, verbs in paths.items()} == {
        "/api/tenants": ["get"],
        "/api/session": ["delete", "get", "post"],
        "/api/session/extend": ["post"],
        "/api/session/password": ["post"],
        "/api/challenges/{id}": ["delete", "get"],
        "/api/challenges/{id}/send": ["post"],
        "/api/challenges/{id}/answer": ["post"],
        "/api/messages": ["get", "post"],
        "/healthz": ["get"],
        "/readyz": ["get"],
    }


ACCEPTED = ["2xx", "401", "403", "404", "409", "422"]
"""What honest data may meet. 422 is looked at below: what a schema cannot say has its reasons."""

SAID_BY_SECURITY = {"unknown_tenant", "unknown_choice", "unknown_method"}


def described(gateway: Gateway) -> schemathesis.BaseSchema:
    """Return the description, around an application that knows one session."""
    config = SchemathesisConfig.from_dict(
        {
            "base-url": ORIGIN,
            "seed": 20261120,
            "generation": {"max-examples": 60},
            "parameters": {"header.X-CSRF-Token": CSRF},
            "checks": {"positive_data_acceptance": {"expected-statuses": ACCEPTED}},
        }
    )
    schema = schemathesis.openapi.from_dict(openapi_document(all_calls()), config=config)
    schema.app = gateway.app
    return schema


every_call = described(Gateway(limits=RateLimits(MANY)))


@every_call.auth()
class HeldSession:
    """Presents the one session that there is."""

    def get(self, case: schemathesis.Case, context: schemathesis.AuthContext) -> str:
        return SESSION

    def set(self, case: schemathesis.Case, data: str, context: schemathesis.AuthContext) -> None:
        case.cookies[NAME] = data


def has_a_reason(body: object, problem: dict[str, Any]) -> bool:
    """Tell whether data that keeps to the schema was refused for what no schema can say."""
    if problem["code"] in SAID_BY_SECURITY:
        return True
    if not isinstance(body, dict) or problem.get("field") != "text":
        return False
    return not 1 <= len(normalise(body["text"])) <= MAX_TEXT


@pytest.mark.slow
@every_call.parametrize()
@settings(deadline=None, suppress_health_check=list(HealthCheck))
def test_no_request_finds_an_answer_that_is_not_described(case: schemathesis.Case) -> None:
    """Abuse: honest and hostile requests to every call: no 5xx, no undocumented answer."""
    response = case.call()
    case.validate_response(response)
    if response.status_code == 422 and case.meta.generation.mode.is_positive:
        assert has_a_reason(case.body, response.json())


HONEST = [
    ("GET", "/api/tenants", "/api/tenants", None),
    ("POST", "/api/session", "/api/session", {"tenant": "northwind-bank"}),
    ("GET", "/api/session", "/api/session", None),
    ("POST", "/api/session/extend", "/api/session/extend", None),
    (
        "POST",
        "/api/session/password",
        "/api/session/password",
        {"tenant": "northwind-bank", "username": "alice", "password": PASSWORD},
    ),
    ("GET", "/api/challenges/{id}", f"/api/challenges/{CHALLENGE}", None),
    ("POST", "/api/challenges/{id}/send", f"/api/challenges/{CHALLENGE}/send", {"method": "totp"}),
    ("POST", "/api/challenges/{id}/answer", f"/api/challenges/{CHALLENGE}/answer", {"code": CODE}),
    ("POST", "/api/challenges/{id}/answer", f"/api/challenges/{CHALLENGE}/answer", {"code": "1"}),
    ("POST", "/api/messages", "/api/messages", {"text": "hello", "client_id": "m-1"}),
    ("POST", "/api/messages", "/api/messages", {"choice": "choice-1"}),
    ("GET", "/api/messages", "/api/messages", None),
    ("GET", "/readyz", "/readyz", None),
    ("DELETE", "/api/challenges/{id}", f"/api/challenges/{CHALLENGE}", None),
    ("DELETE", "/api/session", "/api/session", None),
]


@pytest.mark.parametrize(("verb", "template", "path", "body"), HONEST)
async def test_the_answers_of_a_whole_visit_are_as_described(
    gateway: Gateway, verb: str, template: str, path: str, body: dict[str, str] | None
) -> None:
    gateway.security.resume = True
    async with gateway.client() as client:
        answer = await client.request(verb, path, headers=HELD, json=body)
    assert answer.is_success or body == {"code": "1"}
    every_call[template][verb].validate_response(answer)
