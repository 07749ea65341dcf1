"""What is to be seen of a process: numbers and spans, for the one who may ask, and no more."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from runtime.callers import Receive, Scope, Send, bearer
from runtime.carrying import carried
from runtime.metrics import Metrics
from runtime.observing import (
    METRICS,
    OBSERVED,
    SPANS,
    Observing,
    observed_by,
    observing,
)
from runtime.sockets import RUN_DIR, observed_socket
from runtime.tracing import MOST_KEPT, Tracer

CREDENTIAL = "c" * 43
SECRETS = {"telemetry-to-actions": CREDENTIAL}
ABOVE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


class App:
    """Answers with one status, and remembers what it would carry on."""

    def __init__(self, status: int = 200, fails: bool = False) -> None:
        self.status = status
        self.fails = fails
        self.carried: dict[str, str] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.carried = carried()
        if self.fails:
            raise ZeroDivisionError("planted words")
        await send({"type": "http.response.start", "status": self.status, "headers": []})
        await send({"type": "http.response.body", "body": b""})


async def ask(app: Any, path: str = "/webhook", *headers: tuple[bytes, bytes]) -> None:
    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b""}

    async def send(_: Any) -> None:
        return None

    scope = {"type": "http", "method": "POST", "path": path, "headers": list(headers)}
    await app(scope, receive, send)


def seen() -> Observing:
    return Observing(Metrics(), Tracer())


def spans(observing: Observing) -> list[dict[str, Any]]:
    assert observing.tracer is not None
    return observing.tracer.kept.take()


def numbers(observing: Observing) -> str:
    assert observing.metrics is not None
    return observing.metrics.text().decode()


async def test_where_it_is_off_nothing_is_wrapped() -> None:
    app = App()
    async with observing("actions", {}) as nothing:
        assert nothing.around(app, ["/webhook"]) is app
    assert carried() == {}


async def test_answers_are_counted_by_call_and_class() -> None:
    on = seen()
    await ask(on.around(App(404), ["/webhook"]))
    await ask(on.around(App(200), ["/webhook"]), "/planted/4711")
    text = numbers(on)
    assert 'gatehouse_requests_total{call="POST /webhook",status="4xx"} 1.0' in text
    assert 'gatehouse_requests_total{call="other",status="2xx"} 1.0' in text
    assert "planted" not in text


async def test_a_span_has_a_name_and_a_status_and_nothing_else() -> None:
    """ASVS 16.2.5: no text, no arguments."""
    on, app = seen(), App(503)
    await ask(on.around(app, ["/webhook"]), "/webhook", (b"traceparent", ABOVE.encode()))
    [span] = spans(on)
    assert span["traceId"] == "0af7651916cd43dd8448eb211c80319c"
    assert (span["parentSpanId"], span["name"]) == ("b7ad6b7169203331", "POST /webhook")
    assert span["attributes"] == [
        {"key": "http.response.status_code", "value": {"intValue": "503"}}
    ]
    assert span["status"] == {"code": 2}
    assert app.carried["traceparent"] == f"00-{span['traceId']}-{span['spanId']}-01"
    assert carried() == {}
    assert spans(on) == []


async def test_attack_who_asks_from_outside_belongs_to_no_trace_of_ours() -> None:
    """ASVS 16.2.5: a stranger neither joins traces nor chooses their names."""
    on = seen()
    app = on.around(App(), ["/webhook"], trusted=False)
    await ask(app, "/webhook", (b"traceparent", ABOVE.encode()))
    [span] = spans(on)
    assert "parentSpanId" not in span
    assert span["traceId"] != "0af7651916cd43dd8448eb211c80319c"


@pytest.mark.parametrize(
    "given", [b"", b"00-0-0-01", b"\xff\xfe", b"00-" + b"z" * 32 + b"-" + b"0" * 16 + b"-01"]
)
async def test_attack_what_is_no_trace_begins_a_new_one(given: bytes) -> None:
    """ASVS 16.2.5."""
    on = seen()
    await ask(on.around(App(), ["/webhook"]), "/webhook", (b"traceparent", given))
    assert "parentSpanId" not in spans(on)[0]


@pytest.mark.parametrize("times", [0, 2])
async def test_what_belongs_to_no_trace_is_in_none(times: int) -> None:
    """Traces begin at the public door: what processes ask by themselves would be noise."""
    on, header = seen(), (b"traceparent", ABOVE.encode())
    app = App()
    await ask(on.around(app, ["/webhook"]), "/webhook", *[header] * times)
    assert (spans(on), app.carried) == ([], {})


async def test_a_failure_leaves_no_words_in_a_span() -> None:
    """ASVS 16.5.1."""
    on = seen()
    with pytest.raises(ZeroDivisionError):
        await ask(on.around(App(fails=True), ["/webhook"], trusted=False))
    [span] = spans(on)
    assert "planted" not in str(span)
    assert "attributes" in span


async def test_two_at_once_do_not_mix() -> None:
    on = seen()
    apps = [App() for _ in range(20)]
    await asyncio.gather(*(ask(on.around(app, ["/webhook"], trusted=False)) for app in apps))
    assert len({app.carried["traceparent"] for app in apps}) == 20


async def test_spans_that_nobody_takes_do_not_pile_up() -> None:
    on = seen()
    app = on.around(App(), ["/webhook"], trusted=False)
    for _ in range(MOST_KEPT + 1):
        await ask(app)
    assert len(spans(on)) == MOST_KEPT


@pytest.mark.parametrize(("ratio", "kept"), [("0.0", 0), ("1.0", 5)])
async def test_so_many_traces_are_kept_as_is_set(ratio: str, kept: int) -> None:
    on = observed_by({OBSERVED: "traces", "GATEHOUSE_TRACES_RATIO": ratio})
    for _ in range(5):
        await ask(on.around(App(), ["/webhook"], trusted=False))
    assert len(spans(on)) == kept


@pytest.fixture
async def socket(tmp_path: Path) -> AsyncIterator[Path]:
    environ = {RUN_DIR: str(tmp_path), OBSERVED: "metrics traces"}
    async with observing("actions", SECRETS, environ) as on:
        await ask(on.around(App(), ["/webhook"], trusted=False))
        yield tmp_path / observed_socket("actions")


async def get(socket: Path, method: str, path: str, credential: str) -> tuple[int, bytes]:
    connector = aiohttp.UnixConnector(str(socket))
    async with (
        aiohttp.ClientSession(connector=connector) as http,
        http.request(method, f"http://actions{path}", headers=bearer(credential)) as reply,
    ):
        return reply.status, await reply.read()


async def test_it_is_told_to_whoever_may_ask(socket: Path) -> None:
    status, body = await get(socket, "GET", METRICS, CREDENTIAL)
    assert (status, b"gatehouse_requests_total" in body) == (200, True)
    status, body = await get(socket, "POST", SPANS, CREDENTIAL)
    assert (status, b"POST /webhook" in body) == (200, True)
    assert await get(socket, "POST", SPANS, CREDENTIAL) == (200, b"[]")
    assert socket.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(("method", "path"), [("GET", METRICS), ("POST", SPANS)])
async def test_attack_nobody_else_is_told(socket: Path, method: str, path: str) -> None:
    """ASVS 13.2.4: a neighbour that reaches the socket has no credential for it."""
    for credential in ("", "d" * 43, CREDENTIAL[:-1]):
        status, body = await get(socket, method, path, credential)
        assert (status, b"webhook" in body) == (401, False)


async def test_no_socket_is_left_behind(tmp_path: Path) -> None:
    async with observing("actions", SECRETS, {RUN_DIR: str(tmp_path), OBSERVED: "metrics"}):
        assert (tmp_path / observed_socket("actions")).exists()
    assert not (tmp_path / observed_socket("actions")).exists()
