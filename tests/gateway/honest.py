"""A whole visit, call by call: verb, described path, path, and body of each honest request."""

from __future__ import annotations

from typing import Any

from tests.gateway.account_fakes import CHANGE, OWN, SHOWN
from tests.gateway.administration_fakes import ACTION, BOB, INVITED
from tests.gateway.continuing_fakes import LINK_TOKEN
from tests.gateway.fakes import CHALLENGE, CODE, PASSWORD
from tests.gateway.sso_fakes import STATE

S, A = "/api/session", "/api/authenticators"
U, X = "/api/admin/users", "/api/admin/actions"
HONEST: list[tuple[str, str, str, dict[str, Any] | None]] = [
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
    (
        "POST",
        "/api/challenges/{id}/answer",
        f"/api/challenges/{CHALLENGE}/answer",
        {"credential": SHOWN},
    ),
    ("POST", f"{S}/passkey", f"{S}/passkey", None),
    ("POST", "/api/continue/look", "/api/continue/look", {"token": LINK_TOKEN}),
    ("POST", "/api/continue", "/api/continue", {"token": LINK_TOKEN}),
    ("POST", "/api/messages", "/api/messages", {"text": "hello", "client_id": "m-1"}),
    ("POST", "/api/messages", "/api/messages", {"choice": "choice-1"}),
    ("GET", "/api/messages", "/api/messages", None),
    ("GET", "/readyz", "/readyz", None),
    ("POST", f"{S}/reauthenticate", f"{S}/reauthenticate", {"password": PASSWORD}),
    ("GET", "/api/sessions", "/api/sessions", None),
    ("DELETE", "/api/sessions/{id}", "/api/sessions/others", None),
    ("GET", "/api/sign-ins", "/api/sign-ins", None),
    ("GET", A, A, None),
    ("POST", f"{A}/totp", f"{A}/totp", {}),
    ("POST", f"{A}/passkey", f"{A}/passkey", {"name": "Laptop"}),
    ("POST", f"{A}/passkey", f"{A}/passkey", None),
    ("POST", f"{A}/sso", f"{A}/sso", {"provider": "globex"}),
    ("POST", "/api/sso/start", "/api/sso/start", {"tenant": "globex"}),
    ("POST", "/api/sso/continue", "/api/sso/continue", {"state": STATE, "code": "c"}),
    ("POST", f"{A}/phone", f"{A}/phone", {"phone": "+15550100001"}),
    ("POST", f"{A}/email", f"{A}/email", {"email": "a@example.org"}),
    ("POST", f"{A}/recovery", f"{A}/recovery", None),
    ("POST", f"{A}/password", f"{A}/password", {"new_password": PASSWORD}),
    ("DELETE", f"{A}/{{id}}", f"{A}/{OWN}", None),
    ("POST", f"{A}/changes/{{id}}", f"{A}/changes/{CHANGE}", None),
    ("POST", f"{A}/changes/{{id}}/confirm", f"{A}/changes/{CHANGE}/confirm", {"code": CODE}),
    ("POST", f"{A}/changes/{{id}}/confirm", f"{A}/changes/{CHANGE}/confirm", {"credential": SHOWN}),
    (
        "POST",
        "/api/recover",
        "/api/recover",
        {"tenant": "northwind-bank", "username": "alice"},
    ),
    (
        "POST",
        "/api/recover/finish",
        "/api/recover/finish",
        {"token": "t" * 43, "new_password": PASSWORD, "lost_factor": True},
    ),
    ("GET", U, f"{U}?find=bo&after=adam", None),
    ("GET", f"{U}/{{id}}/sessions", f"{U}/{BOB}/sessions", None),
    (
        "POST",
        U,
        U,
        {"username": "zoe", "name": "Zoe", "roles": ["teller"], "email": "z@example.org"},
    ),
    ("POST", f"{U}/{{id}}/invite", f"{U}/{BOB}/invite", None),
    ("POST", f"{U}/{{id}}/disable", f"{U}/{BOB}/disable", {}),
    ("POST", f"{U}/{{id}}/enable", f"{U}/{BOB}/enable", None),
    ("POST", f"{U}/{{id}}/roles", f"{U}/{BOB}/roles", {"give": ["teller"], "take": ["customer"]}),
    ("POST", f"{U}/{{id}}/reset", f"{U}/{BOB}/reset", {"send": "email"}),
    ("POST", f"{U}/{{id}}/unlock", f"{U}/{BOB}/unlock", {"method": "totp"}),
    ("POST", f"{U}/{{id}}/sessions", f"{U}/{BOB}/sessions", {"session": "session-1"}),
    ("GET", X, X, None),
    ("POST", f"{X}/{{id}}", f"{X}/{ACTION}", None),
    ("POST", f"{X}/{{id}}/approve", f"{X}/{ACTION}/approve", None),
    ("DELETE", f"{X}/{{id}}", f"{X}/{ACTION}", None),
    (
        "POST",
        "/api/invitations",
        "/api/invitations",
        {"token": INVITED, "new_password": PASSWORD},
    ),
    ("GET", "/demo/outbox", "/demo/outbox?to=+15550100001", None),
    ("GET", "/demo/people", "/demo/people", None),
    ("GET", "/demo/trail", "/demo/trail", None),
    ("POST", "/demo/session", "/demo/session", {"tenant": "northwind-bank"}),
    (
        "POST",
        "/demo/texts",
        "/demo/texts",
        {"tenant": "northwind-bank", "username": "alice", "text": "hello"},
    ),
    ("DELETE", "/api/challenges/{id}", f"/api/challenges/{CHALLENGE}", None),
    ("DELETE", "/api/session", "/api/session", None),
]
