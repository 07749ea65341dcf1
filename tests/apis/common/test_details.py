"""What a token was minted for against what is asked with it: in path, query and body (RFC 9396)."""

from __future__ import annotations

import base64
import hashlib
import json
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from fastapi import FastAPI, Request

from apis.common.app import add_read, add_write, new_app
from apis.common.details import check_details
from apis.common.problems import SHARED, handle_problems

BOUND: list[Any] = []


async def find(request: Request, thing: str) -> dict[str, str]:
    """A read with arguments in path and query."""
    await check_details(request, BOUND)
    return {"thing": thing}


async def change(request: Request, thing: str) -> dict[str, str]:
    """A write with arguments in path and body."""
    await check_details(request, BOUND)
    return {"thing": thing}


def _app() -> FastAPI:
    app = new_app("Shop")
    add_read(app, SHARED, "/things/{thing}", find, ())
    add_write(app, SHARED, "/things/{thing}", change, None, ())
    app.state.protection = SimpleNamespace(name="shop")
    handle_problems(app, SHARED)
    return app


async def _ask(arguments: Any, url: str, body: Any = None, **detail: Any) -> int:
    named = {"type": "shop.find" if body is None else "shop.change", "arguments": arguments}
    BOUND[:] = [{**named, **detail}]
    transport = httpx.ASGITransport(_app())
    async with httpx.AsyncClient(transport=transport, base_url="http://shop") as client:
        method = "GET" if body is None else "POST"
        reply = await client.request(method, url, json=body)
        return reply.status_code


SAME: list[tuple[Any, str]] = [
    ({"thing": "a"}, "/things/a"),
    ({"thing": "a b"}, "/things/a%20b"),
    ({"thing": 7}, "/things/7"),
    ({"thing": "a", "limit": 5}, "/things/a?limit=5"),
    ({"thing": "a", "open": True}, "/things/a?open=true"),
    ({"thing": "a", "rate": 1.5}, "/things/a?rate=1.5"),
    ({"thing": "a", "tag": ["x", "y"]}, "/things/a?tag=x&tag=y"),
    ({"thing": "a", "tag": ["x"]}, "/things/a?tag=x"),
    ({"thing": "é"}, "/things/%C3%A9"),
]


@pytest.mark.parametrize(("arguments", "url"), SAME)
async def test_the_same_request_is_let_through(arguments: Any, url: str) -> None:
    assert await _ask(arguments, url) == 200


OTHER: list[tuple[Any, str]] = [
    ({"thing": "a"}, "/things/b"),
    ({"thing": "a"}, "/things/a?limit=5"),
    ({"thing": "a", "limit": 5}, "/things/a"),
    ({"thing": "a", "limit": 5}, "/things/a?limit=6"),
    ({"thing": "a", "limit": 5}, "/things/a?limit=05"),
    ({"thing": "a", "limit": 5}, "/things/a?limit=5&limit=5"),
    ({"thing": "a", "open": True}, "/things/a?open=True"),
    ({"thing": "a", "open": True}, "/things/a?open=1"),
    ({"thing": "a", "tag": ["x", "y"]}, "/things/a?tag=y&tag=x"),
    ({"thing": "a", "tag": ["x", "y"]}, "/things/a?tag=x"),
    ({"thing": "a", "tag": None}, "/things/a?tag=None"),
    ({"thing": ["a"], "x": {}}, "/things/a?x="),
    ([], "/things/a"),
    (None, "/things/a"),
]


@pytest.mark.parametrize(("arguments", "url"), OTHER)
async def test_any_other_request_is_not(arguments: Any, url: str) -> None:
    """RFC 9396 ★."""
    assert await _ask(arguments, url) == 403


@pytest.mark.parametrize(
    ("meant", "sent", "status"),
    [
        (1, 1, 200),
        (1, 1.0, 403),
        (1, True, 403),
        (1, "1", 403),
        (True, True, 200),
        (None, None, 200),
        ({"a": 1, "b": [1, 2]}, {"b": [1, 2], "a": 1}, 200),
        ({"b": [1, 2]}, {"b": [2, 1]}, 403),
        ([], {}, 403),
        ("é", "é", 200),
        ("é", "e\u0301", 403),
    ],
)
async def test_values_of_a_body_are_equal_only_with_their_types(
    meant: Any, sent: Any, status: int
) -> None:
    body = {"value": sent}
    assert await _ask({"thing": "a", "value": meant}, "/things/a", body) == status


async def test_a_name_in_two_places_is_no_argument() -> None:
    assert await _ask({"thing": "a"}, "/things/a", {"thing": "a"}) == 422
    assert await _ask({"thing": "a"}, "/things/a?thing=a") == 422


async def test_a_number_that_cannot_be_compared_is_refused() -> None:
    assert await _ask({"thing": "a", "n": 1}, "/things/a", {"n": 10**30}) == 422


async def test_the_type_is_this_apis_operation() -> None:
    for kind in ("shop.change", "find", "other.find", "", None, 7):
        assert await _ask({"thing": "a"}, "/things/a", type=kind) == 403


SALTED = {"pin": "4826", "salt": "s" * 43}


def _committed(rest: Any) -> str:
    """Return the digest as its description says, by another way than the code."""
    said = json.dumps(rest, sort_keys=True, separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(hashlib.sha256(said).digest()).rstrip(b"=").decode()


async def test_what_the_token_commits_to_is_let_through() -> None:
    detail = {"committed": _committed(SALTED)}
    assert await _ask({"thing": "a"}, "/things/a", SALTED, **detail) == 200


@pytest.mark.parametrize(
    "sent",
    [
        {**SALTED, "pin": "4827"},
        {**SALTED, "salt": "t" * 43},
        {**SALTED, "more": "x"},
        {"pin": "4826"},
        {"salt": "s" * 43},
        {},
    ],
)
async def test_nothing_else_is(sent: Any) -> None:
    """Attack: something else than the token commits to (RFC 9396 ★)."""
    detail = {"committed": _committed(SALTED)}
    assert await _ask({"thing": "a"}, "/things/a", sent, **detail) == 403


@pytest.mark.parametrize("salt", ["", "s" * 42, 7, None])
async def test_a_commitment_that_can_be_searched_is_refused(salt: Any) -> None:
    """Attack: without a long salt, the digest of a PIN is the PIN."""
    rest = {"pin": "4826", "salt": salt}
    detail = {"committed": _committed(rest)}
    assert await _ask({"thing": "a"}, "/things/a", rest, **detail) == 403


async def test_a_commitment_hides_no_argument_that_the_token_tells() -> None:
    """Attack: what is told says one thing, and what is committed to another."""
    detail = {"committed": _committed({**SALTED, "amount": "11"})}
    sent = {**SALTED, "amount": "11"}
    assert await _ask({"thing": "a", "amount": "10"}, "/things/a", sent, **detail) == 403
