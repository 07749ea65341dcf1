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
from security.errors import KINDS, Refused
from security.model import MAX_TEXT
from security.plain_text import normalise
from tests.gateway.conftest import HELD, ORIGIN, Gateway
from tests.gateway.fakes import CSRF, SESSION
from tests.gateway.honest import HONEST, A, S
from tests.support.generated import unsent

MANY = dict.fromkeys(("sessions", "sign_ins", "messages", "requests"), 10_000_000)


def test_nothing_in_the_answers_is_ever_null() -> None:
    """Contract: absent fields are left out."""
    assert '"null"' not in json.dumps(openapi_document(all_calls(demo=True)))


ADMINISTRATION = {
    "/api/admin/actions": ["get"],
    "/api/admin/actions/{id}": ["delete", "post"],
    "/api/admin/actions/{id}/approve": ["post"],
    "/api/admin/users": ["get", "post"],
    "/api/admin/users/{id}/disable": ["post"],
    "/api/admin/users/{id}/enable": ["post"],
    "/api/admin/users/{id}/invite": ["post"],
    "/api/admin/users/{id}/reset": ["post"],
    "/api/admin/users/{id}/roles": ["post"],
    "/api/admin/users/{id}/sessions": ["get", "post"],
    "/api/admin/users/{id}/unlock": ["post"],
}


AUDITING = {
    "/api/alerts": ["get"],
    "/api/alerts/{id}": ["get", "post"],
    "/api/audit": ["get"],
    "/api/audit/actions/{id}": ["post"],
    "/api/audit/figures": ["get"],
    "/api/audit/file": ["get"],
    "/api/audit/people/{id}": ["post"],
    "/api/audit/prove": ["post"],
    "/api/audit/report": ["get"],
    "/api/audit/sessions": ["get"],
    "/api/audit/sessions/{id}/end": ["post"],
    "/api/audit/verify": ["get"],
}


PUSHES = {
    "/api/authenticators/push": ["post"],
    "/api/push/waiting": ["post"],
    "/api/push/{id}/answer": ["post"],
}

DESCRIBED = {
    "/api/tenants": ["get"],
    "/api/session": ["delete", "get", "post"],
    "/api/session/extend": ["post"],
    "/api/session/password": ["post"],
    "/api/session/passkey": ["post"],
    "/api/challenges/{id}": ["delete", "get"],
    "/api/challenges/{id}/send": ["post"],
    "/api/challenges/{id}/answer": ["post"],
    "/api/continue": ["post"],
    "/api/continue/look": ["post"],
    "/api/messages": ["get", "post"],
    "/api/events": ["get"],
    "/api/session/reauthenticate": ["post"],
    "/api/sessions": ["get"],
    "/api/sessions/{id}": ["delete"],
    "/api/sign-ins": ["get"],
    "/api/authenticators": ["get"],
    "/api/authenticators/totp": ["post"],
    "/api/authenticators/phone": ["post"],
    "/api/authenticators/sso": ["post"],
    "/api/authenticators/passkey": ["post"],
    "/api/authenticators/email": ["post"],
    "/api/authenticators/recovery": ["post"],
    "/api/authenticators/password": ["post"],
    "/api/authenticators/{id}": ["delete"],
    "/api/authenticators/changes/{id}": ["post"],
    "/api/authenticators/changes/{id}/confirm": ["post"],
    **ADMINISTRATION,
    **AUDITING,
    **PUSHES,
    "/api/me": ["delete"],
    "/api/me/accesses": ["get"],
    "/api/me/export": ["get", "post"],
    "/api/documents/{id}": ["get"],
    "/api/embed/messages": ["get", "post"],
    "/api/embed/session": ["delete", "get", "post"],
    "/api/embed/session/extend": ["post"],
    "/api/embed/session/nonce": ["post"],
    "/api/embed/session/vouch": ["post"],
    "/api/invitations": ["post"],
    "/api/recover": ["post"],
    "/api/recover/finish": ["post"],
    "/api/sso/continue": ["post"],
    "/api/sso/start": ["post"],
    "/demo/attacks": ["post"],
    "/demo/outbox": ["get"],
    "/demo/people": ["get"],
    "/demo/session": ["post"],
    "/demo/texts": ["get", "post"],
    "/demo/trail": ["get"],
    "/healthz": ["get"],
    "/readyz": ["get"],
}


def test_every_call_of_the_contract_is_described() -> None:
    paths = openapi_document(all_calls(demo=True))["paths"]
    assert {path: sorted(verbs) for path, verbs in paths.items()} == DESCRIBED


ACCEPTED = ["2xx", "401", "403", "404", "409", "410", "422"]
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
    schema = schemathesis.openapi.from_dict(openapi_document(all_calls(demo=True)), config=config)
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
    """GH-9: honest and hostile requests to every call: no 5xx, no undocumented answer."""
    response = case.call()
    case.validate_response(response, excluded_checks=unsent(case, str(response.request.url)))
    if response.status_code == 422 and case.meta.generation.mode.is_positive:
        assert has_a_reason(case.body, response.json())


@pytest.mark.parametrize(("verb", "template", "path", "body"), HONEST)
async def test_the_answers_of_a_whole_visit_are_as_described(
    gateway: Gateway, verb: str, template: str, path: str, body: dict[str, object] | None
) -> None:
    gateway.security.resume = True
    async with gateway.client() as client:
        answer = await client.request(verb, path, headers=HELD, json=body)
    assert answer.is_success or body == {"code": "1"}
    every_call[template][verb].validate_response(answer)


ASKS = {
    "say": "open_turn",
    "go_on": "take_link",
    "change_password": "begin_change",
    "renew_recovery_codes": "begin_change",
    "remove_authenticator": "begin_change",
    "add_totp": "begin_change",
    "add_passkey": "begin_change",
    "add_phone": "begin_change",
    "link_sso": "begin_change",
    "add_push": "begin_change",
    "add_email": "begin_change",
    "list_tenants": "tenants",
    "add_person": "begin_admin_action",
    "invite_person": "begin_admin_action",
    "disable_person": "begin_admin_action",
    "enable_person": "begin_admin_action",
    "change_roles": "begin_admin_action",
    "reset_person": "begin_admin_action",
    "unlock_person": "begin_admin_action",
    "end_sessions": "begin_admin_action",
}
"""The question to security behind a call, where it has another name than the call."""


@pytest.mark.parametrize(("verb", "template", "path", "body"), HONEST)
async def test_each_refusal_is_reachable_where_it_is_declared_and_only_there(
    verb: str, template: str, path: str, body: dict[str, object] | None
) -> None:
    """ASVS 16.5.3: whatever security refuses leaves as a described answer, or fails closed."""
    (call,) = [one for one in all_calls(demo=True) if (one.method, one.path) == (verb, template)]
    asked = ASKS.get(call.handler.__name__, call.handler.__name__)
    gateway = Gateway(limits=RateLimits(MANY))
    if call.path in ("/readyz", "/healthz"):
        return
    async with gateway.client() as client:
        for code in sorted(KINDS):
            gateway.security.refuse[asked] = [Refused(code)]
            answer = await client.request(verb, path, headers=HELD, json=body)
            expected = code if code in call.refusals else "security_unavailable"
            assert (answer.status_code, answer.json()["code"]) == (
                KINDS[expected].status,
                expected,
            )
            every_call[template][verb].validate_response(answer)


BEGUN = {
    "reauthentication_required",
    "no_way_to_confirm",
    "locked",
    "too_many_codes",
    "authentication_required",
}


@pytest.mark.parametrize(
    ("path", "codes"),
    [
        (f"{S}/reauthenticate", {"invalid_credentials", "authentication_required"}),
        (f"{A}/totp", BEGUN),
        (f"{A}/passkey", BEGUN | {"too_many_passkeys"}),
        (f"{A}/push", BEGUN | {"too_many_devices"}),
        (f"{A}/phone", BEGUN | {"invalid_address"}),
        (f"{A}/email", BEGUN | {"invalid_address"}),
        (f"{A}/recovery", BEGUN),
        (f"{A}/sso", BEGUN | {"unknown_provider"}),
        ("/api/sso/start", {"unknown_provider", "sso_unavailable", "unknown_challenge", "expired"}),
        (
            "/api/sso/continue",
            {"sso_refused", "sso_unlinked", "sso_too_weak", "sso_taken", "sso_unavailable"},
        ),
        (f"{A}/password", BEGUN | {"weak_password"}),
        (f"{A}/{{id}}", BEGUN | {"unknown_authenticator", "last_authenticator"}),
        (f"{A}/changes/{{id}}", {"unknown_change", "expired", "locked", "too_many_codes"}),
        (
            f"{A}/changes/{{id}}/confirm",
            {
                "unknown_change",
                "expired",
                "locked",
                "wrong_code",
                "passkey_refused",
                "device_refused",
                "unknown_method",
            },
        ),
        ("/api/sessions/{id}", {"unknown_session", "authentication_required"}),
        ("/api/challenges/{id}/send", {"unknown_method", "locked", "too_many_codes", "expired"}),
        ("/api/recover", {"rate_limited", "foreign_origin"}),
        (
            "/api/recover/finish",
            {
                "recovery_waiting",
                "expired",
                "wrong_code",
                "weak_password",
                "locked",
                "rate_limited",
            },
        ),
    ],
)
def test_what_a_page_has_to_expect_is_declared(path: str, codes: set[str]) -> None:
    """Contract: a code that is missing here would leave as `security_unavailable`."""
    declared = {one.path: one.refusals for one in all_calls(demo=True) if one.method != "GET"}
    assert codes <= declared[path]


def test_the_demos_calls_are_described_in_demo_mode_alone() -> None:
    production = openapi_document(all_calls(demo=False))["paths"]
    described = openapi_document(all_calls(demo=True))["paths"]
    added = set(described) - set(production)
    assert added == {path for path in described if path.startswith("/demo")}
