"""The description of the public API is true, and honest answers keep to it (contract, HTTP)."""

from __future__ import annotations

import json

import pytest

from gateway.app import all_calls
from gateway.openapi import openapi_document
from gateway.rates import RateLimits
from security.errors import KINDS, Refused
from tests.gateway.conftest import HELD, Gateway
from tests.gateway.described import MANY, described
from tests.gateway.honest import AUDITING, HONEST, A, S


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


every_call = described(Gateway(limits=RateLimits(MANY)))


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
