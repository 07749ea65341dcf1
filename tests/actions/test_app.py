"""The webhook, called by whoever reaches it."""

from __future__ import annotations

from typing import Any

import httpx
import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from actions.app import MAX_BODY, Webhook
from actions.registry import build_executor, protected_actions
from runtime.callers import bearer, require_caller

from .conftest import FakeSecurity, call_of

CREDENTIAL = "c" * 43
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=8,
)


def problem(reply: httpx.Response) -> tuple[int, str]:
    assert reply.headers["content-type"] == "application/problem+json"
    assert set(reply.json()) == {"type", "title", "status", "code"}
    return reply.status_code, reply.json()["code"]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"null",
        b"[]",
        b'"action_check_balance"',
        b"{}",
        b"\xff\xfe",
        b'{"next_action": "action_check_balance"}',
        b'{"next_action": "", "tracker": {"sender_id": "x"}}',
        b'{"next_action": null, "tracker": {"sender_id": "x"}}',
        b'{"next_action": ["action_check_balance"], "tracker": {"sender_id": "x"}}',
        b'{"next_action": "action_check_balance", "tracker": null}',
        b'{"next_action": "action_check_balance", "tracker": {}}',
        b'{"next_action": "action_check_balance", "tracker": {"sender_id": 1}}',
        b'{"next_action": "a", "tracker": {"sender_id": "x", "events": {}}}',
        b'{"next_action": "a", "tracker": {"sender_id": "x", "events": ["x"]}}',
        b'{"next_action": "a", "tracker": {"sender_id": "x", "latest_message": "x"}}',
        b'{"next_action": "a", "tracker": {"sender_id": "x", "slots": []}}',
        b'{"next_action": "a", "tracker": {"sender_id": NaN}}',
        b"[" * 100_000,
    ],
)
async def test_a_call_that_is_not_well_formed_is_400(server: Any, body: bytes) -> None:
    assert problem(await server.http.post("/webhook", content=body)) == (400, "invalid_request")
    assert server.security.asked == []


async def test_deep_nesting_is_harmless(server: Any) -> None:
    nested = b'{"a":' * 900 + b"1" + b"}" * 900
    body = orjson.dumps(call_of("action_check_balance")).replace(
        b'"slots":{}', b'"slots":' + nested
    )
    server.security.refusal = "forbidden"
    assert (await server.http.post("/webhook", content=body)).status_code == 200


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(body=JSON, tracker=JSON, latest=JSON)
async def test_no_json_makes_the_server_fail(
    server: Any, body: Any, tracker: Any, latest: Any
) -> None:
    server.security.refusal = "forbidden"
    call = call_of("action_check_balance")
    changed = {**call, "tracker": {**call["tracker"], "latest_message": latest}}
    for content in (body, {**call, "tracker": tracker}, changed):
        reply = await server.http.post("/webhook", content=orjson.dumps(content))
        assert reply.status_code in {200, 400}


@pytest.mark.parametrize("action", ["action_unknown", "__init__", "action_listen", "actions"])
async def test_an_unknown_action_is_404_and_names_nothing(server: Any, action: str) -> None:
    reply = await server.call(action)
    assert problem(reply) == (404, "not_found")
    assert action not in reply.text


async def test_an_error_is_500_and_echoes_no_tracker(
    server: Any, capfd: pytest.CaptureFixture[str]
) -> None:
    """ASVS 16.5.1: the SDK's own server repeats the request and the exception."""
    server.security.error = RuntimeError("secret detail")
    reply = await server.call("action_check_balance")
    written = capfd.readouterr()
    assert problem(reply) == (500, "internal_error")
    for secret in ("secret detail", "ticket-1", "hello"):
        assert secret not in reply.text + written.out + written.err


@pytest.mark.parametrize(("size", "status"), [(MAX_BODY, 400), (MAX_BODY + 1, 413)])
async def test_a_call_has_a_greatest_length(server: Any, size: int, status: int) -> None:
    reply = await server.http.post("/webhook", content=b" " * size)
    assert reply.status_code == status


async def test_half_a_call_runs_nothing(security: FakeSecurity) -> None:
    """A caller that goes away in the middle has asked for nothing, however much has come."""
    arrived = orjson.dumps(call_of("action_check_balance"))
    messages = [
        {"type": "http.request", "body": arrived, "more_body": True},
        {"type": "http.disconnect"},
    ]
    sent: list[Any] = []

    async def receive() -> Any:
        return messages.pop(0)

    async def send(message: Any) -> None:
        sent.append(message)

    app = Webhook(build_executor(security, protected_actions(security)))
    await app({"type": "http", "method": "POST", "path": "/webhook"}, receive, send)
    assert sent[0]["status"] == 400
    assert security.asked == []


async def test_what_no_json_can_carry_is_500_and_shows_nothing(security: FakeSecurity) -> None:
    """ASVS 16.5.1."""
    executor = build_executor(security, protected_actions(security))

    async def odd(dispatcher: Any, _tracker: Any, _domain: Any) -> list[Any]:
        dispatcher.utter_message(text="secret detail", json_message={"odd": object()})
        return []

    executor.register_function("action_odd", odd)
    transport = httpx.ASGITransport(Webhook(executor))
    async with httpx.AsyncClient(transport=transport, base_url="http://actions") as http:
        reply = await http.post("/webhook", json=call_of("action_odd"))
    assert problem(reply) == (500, "internal_error")


@pytest.mark.parametrize(
    ("method", "path", "refusal"),
    [
        ("GET", "/webhook", (405, "method_not_allowed")),
        ("POST", "/healthz", (405, "method_not_allowed")),
        ("POST", "/webhook/", (404, "not_found")),
        ("GET", "/actions", (404, "not_found")),
        ("GET", "/health", (404, "not_found")),
    ],
)
async def test_nothing_else_is_served(
    server: Any, method: str, path: str, refusal: tuple[int, str]
) -> None:
    """The SDK's own server lists its actions to anyone."""
    assert problem(await server.http.request(method, path)) == refusal


async def test_one_call_never_sees_the_domain_of_another(security: FakeSecurity) -> None:
    """The SDK keeps the last domain for callers that send none."""
    executor = build_executor(security, protected_actions(security))
    seen: list[Any] = []

    async def peek(_dispatcher: Any, _tracker: Any, domain: Any) -> list[Any]:
        seen.append(domain)
        return []

    executor.register_function("action_peek", peek)
    transport = httpx.ASGITransport(Webhook(executor))
    async with httpx.AsyncClient(transport=transport, base_url="http://actions") as http:
        for domain in ({"intents": ["private"]}, {}, None):
            reply = await http.post("/webhook", json={**call_of("action_peek"), "domain": domain})
            assert reply.status_code == 200
    assert seen == [None, None, None]


async def test_a_caller_without_the_credential_reaches_no_action(security: FakeSecurity) -> None:
    """Action server without authentication: closed by its listener's credential."""
    app = Webhook(build_executor(security, protected_actions(security)))
    transport = httpx.ASGITransport(require_caller(app, CREDENTIAL))
    async with httpx.AsyncClient(transport=transport, base_url="http://actions") as http:
        call = call_of("action_check_balance")
        for headers in ({}, bearer("d" * 43), {"Authorization": CREDENTIAL}):
            assert (await http.post("/webhook", json=call, headers=headers)).status_code == 401
        assert security.asked == []
        security.refusal = "forbidden"
        allowed = await http.post("/webhook", json=call, headers=bearer(CREDENTIAL))
        assert allowed.status_code == 200
        assert (await http.get("/healthz")).status_code == 200
