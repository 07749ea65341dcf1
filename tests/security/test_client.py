"""The clients of gateway and actions, against a security that is broken, slow, or lies."""

from __future__ import annotations

import json
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

from security.client import ActionsClient, GatewayClient
from security.errors import Refused
from security.model import BotMessage
from tests.security.sockets import Liar, listening

pytestmark = pytest.mark.sockets
CREDENTIAL = "c" * 43
VIEW = {"authenticated": False, "assurance": "none", "idle_seconds_left": 5}
GRANT = {"csrf_token": "t", "session": {**VIEW, "absolute_seconds_left": 9}}


@pytest.fixture
def path() -> Iterator[Path]:
    """A short path: those of sockets are limited to about a hundred bytes."""
    with tempfile.TemporaryDirectory(prefix="gh-") as folder:
        yield Path(folder) / "s.sock"


@pytest.fixture
async def liar(path: Path) -> AsyncIterator[Liar]:
    async with listening(path) as server:
        yield server


@pytest.fixture
async def gateway(path: Path) -> AsyncIterator[GatewayClient]:
    async with GatewayClient(path, CREDENTIAL, timeout_seconds=0.5) as client:
        yield client


@pytest.fixture
async def actions(path: Path) -> AsyncIterator[ActionsClient]:
    async with ActionsClient(path, CREDENTIAL, timeout_seconds=0.5) as client:
        yield client


async def test_an_answer_that_is_well_formed_arrives(liar: Liar, gateway: GatewayClient) -> None:
    liar.answer(200, json.dumps(GRANT).encode())
    grant = await gateway.create_session(None, "192.0.2.1")
    assert grant.csrf_token == "t"
    assert grant.session_id is None
    assert f"Authorization: Bearer {CREDENTIAL}".encode() in liar.asked[0]


async def test_the_credential_and_the_cookie_stand_in_no_address(
    liar: Liar, gateway: GatewayClient
) -> None:
    """ASVS 14.2.1."""
    liar.answer(200, json.dumps(GRANT).encode())
    await gateway.look_at_session("planted-cookie")
    first_line = liar.asked[0].split(b"\r\n")[0]
    assert first_line == b"POST /sessions/look HTTP/1.1"


LIES: dict[str, tuple[int, bytes]] = {
    "nothing": (200, b""),
    "no JSON": (200, b"<html>"),
    "half of it": (200, b'{"csrf_token": "t", "session"'),
    "no text": (200, b"\xff\xfe"),
    "nothing at all": (200, b"null"),
    "a list": (200, b"[]"),
    "an object without its parts": (200, b"{}"),
    "one part too many": (200, json.dumps({**GRANT, "admin": True}).encode()),
    "a number for text": (200, json.dumps({**GRANT, "csrf_token": 5}).encode()),
    "text for a truth": (
        200,
        json.dumps({**GRANT, "session": {**VIEW, "authenticated": "yes"}}).encode(),
    ),
    "a level that does not exist": (
        200,
        json.dumps({**GRANT, "session": {**VIEW, "assurance": "aal9"}}).encode(),
    ),
    "very deep": (200, b"[" * 100_000),
    "a good body with a bad status": (201, json.dumps(GRANT).encode()),
    "a good body as an error": (500, json.dumps(GRANT).encode()),
    "an error that is no problem": (403, b"Forbidden"),
    "an error of another shape": (403, b'["forbidden"]'),
    "an error with an unknown code": (403, b'{"code": "whatever"}'),
    "an error without a code": (404, b'{"title": "Not Found"}'),
    "a page that is not there": (404, b"Not Found"),
    "a redirect without an aim": (302, b""),
}


@pytest.mark.parametrize(("status", "body"), LIES.values(), ids=LIES)
async def test_an_answer_that_is_not_well_formed_denies(
    liar: Liar, gateway: GatewayClient, status: int, body: bytes
) -> None:
    """ASVS 16.5.3."""
    liar.answer(status, body)
    with pytest.raises(Refused, match="security_unavailable"):
        await gateway.look_at_session("cookie")


RAW = {
    "silence": b"",
    "no HTTP": b"SSH-2.0-OpenSSH\r\n\r\n",
    "a body that ends early": b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n{}",
    "a compressed body that is none": (
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\nabcd"
    ),
    "a header without end": b"HTTP/1.1 200 OK\r\nX: " + b"x" * 100_000,
}


@pytest.mark.parametrize("raw", RAW.values(), ids=RAW)
async def test_an_answer_that_is_not_even_http_denies(
    liar: Liar, gateway: GatewayClient, raw: bytes
) -> None:
    """ASVS 16.5.3."""
    liar.raw = raw
    with pytest.raises(Refused, match="security_unavailable"):
        await gateway.look_at_session("cookie")


async def test_an_answer_that_does_not_come_denies(liar: Liar, gateway: GatewayClient) -> None:
    """ASVS 16.5.3: after the time that the client was given."""
    liar.hang.clear()
    with pytest.raises(Refused, match="security_unavailable"):
        await gateway.look_at_session("cookie")


async def test_without_a_security_everything_is_denied(gateway: GatewayClient) -> None:
    """ASVS 16.5.3."""
    with pytest.raises(Refused, match="security_unavailable"):
        await gateway.tenants()
    assert await gateway.unready() == ["security"]


async def test_a_redirect_is_not_followed(liar: Liar, gateway: GatewayClient) -> None:
    """ASVS 15.3.2: cookies and codes go to one place only."""
    liar.answer(307, b"", b"Location: http://security/elsewhere")
    with pytest.raises(Refused, match="security_unavailable"):
        await gateway.look_at_session("cookie")
    assert len(liar.asked) == 1


async def test_a_refusal_arrives_with_its_details(liar: Liar, gateway: GatewayClient) -> None:
    liar.answer(401, json.dumps(Refused("wrong_code", attempts_left=2).problem()).encode())
    with pytest.raises(Refused, match="wrong_code") as refused:
        await gateway.answer_challenge("s", "t", "c", "123456")
    assert refused.value.details == {"attempts_left": 2}


ODD_RESULTS: dict[str, Any] = {
    "no result": {},
    "a list": [],
    "text": "result",
    "a result beside something": {"result": 1, "token": "x"},
}


@pytest.mark.parametrize("body", ODD_RESULTS.values(), ids=ODD_RESULTS)
async def test_a_result_that_is_not_well_formed_denies(
    liar: Liar, actions: ActionsClient, body: Any
) -> None:
    """ASVS 16.5.3."""
    liar.answer(200, json.dumps(body).encode())
    with pytest.raises(Refused, match="security_unavailable"):
        await actions.invoke("ticket", "banking.list_accounts", {}, "action_x")


@pytest.mark.parametrize("body", [{}, {"action": "a"}, {"action": "a", "operation": "o"}])
async def test_a_resumption_that_is_not_well_formed_denies(
    liar: Liar, actions: ActionsClient, body: Any
) -> None:
    """ASVS 16.5.3."""
    liar.answer(200, json.dumps(body).encode())
    with pytest.raises(Refused, match="security_unavailable"):
        await actions.resume("ticket")


@pytest.mark.parametrize(
    "body", [{"unready": None}, {"unready": 0}, {"unready": ""}, {"unready": [1]}, {}, [], "yes"]
)
async def test_security_is_ready_only_if_it_says_so(
    liar: Liar, gateway: GatewayClient, body: Any
) -> None:
    liar.answer(200, json.dumps(body).encode())
    assert await gateway.unready() == ["security"]
    liar.answer(200, b'{"unready": ["banking"]}')
    assert await gateway.unready() == ["banking"]
    liar.answer(200, b'{"unready": []}')
    assert await gateway.unready() == []


async def test_words_that_json_cannot_carry_are_refused(liar: Liar, gateway: GatewayClient) -> None:
    """Bad input is a refusal, not an error: half a surrogate pair, typed or made up by rasa."""
    liar.answer(200, b"[]")
    with pytest.raises(Refused):
        await gateway.open_turn("s", "t", text="\ud800")
    with pytest.raises(Refused):
        await gateway.close_turn("turn", [BotMessage(text="Well.", card={"a": "\udfff"})])
