"""Bodies: size, type, shape."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter
from starlette.requests import Request

from gateway import bodies
from gateway.bodies import MAX_BODY_BYTES, read_body
from gateway.problems import Problem
from gateway.shapes import Said
from tests.gateway.conftest import HELD, Gateway

JSON = {**HELD, "content-type": "application/json"}
EMPTY = b'{"text":"hi"}'


async def pieces(body: bytes, size: int = 1_000) -> AsyncIterator[bytes]:
    for start in range(0, len(body), size):
        yield body[start : start + size]


def padded(length: int) -> bytes:
    return EMPTY[:-1] + b" " * (length - len(EMPTY)) + b"}"


@pytest.mark.parametrize(
    ("length", "status"),
    [(MAX_BODY_BYTES - 1, 200), (MAX_BODY_BYTES, 200), (MAX_BODY_BYTES + 1, 413)],
)
@pytest.mark.parametrize("chunked", [False, True])
async def test_a_body_over_16_kib_is_refused_also_in_chunks(
    client: httpx.AsyncClient, length: int, status: int, chunked: bool
) -> None:
    """Abuse: counted as it streams in; a chunked body declares no length."""
    body = padded(length)
    sent: bytes | AsyncIterator[bytes] = pieces(body) if chunked else body
    answer = await client.post("/api/messages", headers=JSON, content=sent)
    assert answer.status_code == status
    if status == 413:
        assert answer.json()["code"] == "too_large"


def request_of(chunks: list[bytes], headers: dict[str, str]) -> Request:
    messages = [{"type": "http.request", "body": chunk, "more_body": True} for chunk in chunks]
    messages.append({"type": "http.request", "body": b"", "more_body": False})

    async def receive() -> dict[str, object]:
        return messages.pop(0)  # type: ignore[return-value]

    raw = [(name.encode(), value.encode()) for name, value in headers.items()]
    return Request({"type": "http", "method": "POST", "headers": raw}, receive)


async def test_a_lie_about_the_length_does_not_help() -> None:
    """Abuse: Content-Length says 2, the stream says otherwise."""
    request = request_of(
        [b" " * 9_000, b" " * 9_000], {"content-type": "application/json", "content-length": "2"}
    )
    with pytest.raises(Problem) as refused:
        await read_body(request, TypeAdapter(Said))
    assert refused.value.code == "too_large"


async def test_a_body_that_never_ends_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """Abuse: a client that drips bytes holds nothing for long."""
    monkeypatch.setattr(bodies, "_BODY_SECONDS", 0)

    async def never() -> dict[str, object]:
        import asyncio

        await asyncio.Event().wait()
        raise AssertionError

    scope = {"type": "http", "headers": [(b"content-type", b"application/json")]}
    with pytest.raises(Problem) as refused:
        await read_body(Request(scope, never), TypeAdapter(Said))
    assert refused.value.code == "request_timeout"


@pytest.mark.parametrize(
    "headers",
    [
        {"content-type": "text/plain"},
        {"content-type": "application/x-www-form-urlencoded"},
        {"content-type": "application/json-seq"},
        {"content-type": "application/json; charset=utf-16"},
        {"content-type": "application/json", "content-encoding": "gzip"},
        {"content-type": ""},
    ],
)
async def test_only_json_is_read(client: httpx.AsyncClient, headers: dict[str, str]) -> None:
    """ASVS 4.1.1: what a cross-site form can send is not JSON."""
    answer = await client.post("/api/messages", headers={**HELD, **headers}, content=EMPTY)
    assert (answer.status_code, answer.json()["code"]) == (415, "unsupported_media_type")


@pytest.mark.parametrize("kind", ["application/json; charset=UTF-8", "Application/JSON"])
async def test_json_by_another_spelling_is_read(client: httpx.AsyncClient, kind: str) -> None:
    answer = await client.post(
        "/api/messages", headers={**HELD, "content-type": kind}, content=EMPTY
    )
    assert answer.status_code == 200


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b'"text"',
        b"{",
        b'{"text": "a"} trailing',
        b'{"text": 1}',
        b'{"text": null}',
        b'{"text": ["a"]}',
        b'{"text": true}',
        b'{"text": ""}',
        b'{"text": "  \\u200b "}',
        b'{"text": "\\u0000"}',
        b'{"text": "a", "extra": 1}',
        b'{"text": "a", "choice": "b"}',
        b'{"text": "a", "resume": true}',
        b'{"text": "a", "sender": "alice"}',
        b'{"text": "a", "metadata": {"ticket": "t"}}',
        b'{"text": "a", "client_id": null}',
        b'{"text": "a", "client_id": "a b"}',
        b'{"choice": ""}',
        b'{"choice": "/restart"}',
        b'{"choice": {"intent": "restart"}}',
        b'{"intent": "restart"}',
        b"{}",
        b'{"text": "\\ud800"}',
        b'{"text": "\\udc00\\ud800"}',
        b'{"text": "\xff\xfe"}',
        b'{"text": "\xed\xa0\x80"}',
        b'{"text": NaN}',
        b"\xef\xbb\xbf{}",
        b"[" * 16_000,
        b'{"text":' * 2_000,
        b'{"text": ' + b"9" * 10_000 + b"}",
        b'{"text": 1e999999}',
    ],
    ids=repr,
)
async def test_a_malformed_body_is_a_clear_4xx(
    gateway: Gateway, client: httpx.AsyncClient, body: bytes
) -> None:
    """Abuse: depth, encodings, surrogates, wrong types and fields: refused, never a 5xx."""
    answer = await client.post("/api/messages", headers=JSON, content=body)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")
    assert gateway.security.calls == []


@pytest.mark.parametrize(("length", "status"), [(999, 200), (1_000, 200), (1_001, 422)])
async def test_the_longest_message(client: httpx.AsyncClient, length: int, status: int) -> None:
    answer = await client.post("/api/messages", headers=HELD, json={"text": "é" * length})
    assert answer.status_code == status
    if status == 422:
        assert answer.json()["field"] == "text"


async def test_a_refusal_does_not_echo_what_was_sent(client: httpx.AsyncClient) -> None:
    """ASVS 16.2.5: a password in the wrong shape comes back in no answer."""
    body = {"tenant": 1, "username": "alice", "password": "hunter2-secret", "hunter2-secret": 1}
    answer = await client.post("/api/session/password", headers=HELD, json=body)
    assert answer.status_code == 422
    assert "hunter2" not in answer.text


@pytest.mark.parametrize(
    "bad", ["", "x" * 257, "a\x00b", 5, None, ["a"], {"a": 1}], ids=lambda bad: repr(bad)[:20]
)
async def test_a_malformed_password_is_a_4xx(client: httpx.AsyncClient, bad: object) -> None:
    body = {"tenant": "northwind-bank", "username": "alice", "password": bad}
    answer = await client.post("/api/session/password", headers=HELD, json=body)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4)
    ),
    max_leaves=12,
)
near_misses = st.fixed_dictionaries(
    {}, optional={"text": json_values, "choice": json_values, "client_id": json_values}
).map(lambda value: json.dumps(value).encode())


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.binary(max_size=300) | near_misses | json_values.map(lambda v: json.dumps(v).encode()))
async def test_any_bytes_are_read_or_refused(raw: bytes) -> None:
    """GH-9: whatever the bytes are, there is an answer, and it is no accident."""
    request = request_of([raw], {"content-type": "application/json"})
    said = problem = None
    try:
        said = await read_body(request, TypeAdapter(Said))
    except Problem as refused:
        problem = refused.code
    if said is None:
        assert problem == "invalid_request"
    else:
        assert json.loads(raw) == said.model_dump(exclude_unset=True)
