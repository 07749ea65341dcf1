"""Processes that may say anything, and a collector that may not be there."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from pathlib import Path
from typing import cast

import pytest

from runtime.observing import credential_of
from runtime.sockets import observed_socket
from security.adapters.outgoing import Answer, CannotReach, Outgoing
from telemetry import asking
from telemetry.asking import Processes
from telemetry.tracing import Traces
from tests.security.sockets import Liar

SECRETS = {
    credential_of("rasa"): "c" * 43,
    credential_of("actions"): "d" * 43,
    "metrics-token": "t",
}
SPAN = {
    "traceId": "a" * 32,
    "spanId": "b" * 16,
    "name": "POST /invoke",
    "startTimeUnixNano": "1",
    "endTimeUnixNano": "2",
}


async def told(folder: Path, liar: Liar) -> Mapping[str, bytes | None]:
    """Return what is heard of two processes, one of which is not there."""
    path = folder / observed_socket("rasa")
    path.parent.mkdir()
    server = await asyncio.start_unix_server(liar.serve, path)
    async with server, Processes(folder, SECRETS) as processes:
        return await processes.metrics()


async def test_each_is_asked_with_its_own_credential(tmp_path: Path) -> None:
    liar = Liar()
    liar.answer(200, b"numbers")
    assert await told(tmp_path, liar) == {"rasa": b"numbers", "actions": None}
    [asked] = liar.asked
    assert asked.startswith(b"GET /metrics HTTP/1.1\r\n")
    assert b"Authorization: Bearer " + b"c" * 43 in asked


@pytest.mark.parametrize("status", [204, 302, 401, 500])
async def test_whatever_is_no_answer_is_none(tmp_path: Path, status: int) -> None:
    liar = Liar()
    liar.answer(status, b"", b"Location: http://elsewhere.example/")
    assert (await told(tmp_path, liar))["rasa"] is None


async def test_attack_an_endless_answer_ends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """ASVS 16.4.1: bounded."""
    monkeypatch.setattr(asking, "MOST_BYTES", 100)
    liar = Liar()
    liar.answer(200, b"x" * 101)
    assert (await told(tmp_path, liar))["rasa"] is None


class Collector:
    """Takes spans, or fails as it is told to."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, Mapping[str, str], bytes]] = []
        self.status = 200
        self.away = False

    async def request(
        self, method: str, url: str, *, headers: Mapping[str, str], body: bytes
    ) -> Answer:
        if self.away:
            raise CannotReach("no_connection", sent=False)
        self.sent.append((url, headers, body))
        return Answer(self.status, {}, b"planted words")


def traces(collector: Collector, spans: list[object], token: str | None = None) -> Traces:
    async def take() -> Mapping[str, bytes | None]:
        return {"rasa": json.dumps(spans).encode()}

    return Traces(take, cast(Outgoing, collector), "https://collector.example/v1/traces", token)


async def test_spans_are_handed_over_with_the_token() -> None:
    collector = Collector()
    assert await traces(collector, [SPAN], "secret").round() == 1
    [(url, headers, body)] = collector.sent
    assert url == "https://collector.example/v1/traces"
    assert headers["Authorization"] == "Bearer secret"
    assert json.loads(body)["resourceSpans"][0]["scopeSpans"][0]["spans"][0]["kind"] == 2


async def test_where_there_is_none_nobody_is_asked() -> None:
    collector = Collector()
    assert await traces(collector, []).round() == 0
    assert collector.sent == []


@pytest.mark.parametrize("away", [True, False])
async def test_a_collector_that_does_not_take_them_stops_nothing(
    away: bool, caplog: pytest.LogCaptureFixture
) -> None:
    """Traces are no record: they go, and nothing of what was answered is in a log."""
    collector = Collector()
    collector.away, collector.status = away, 503
    sending = traces(collector, [SPAN])
    assert [await sending.round() for _ in range(2)] == [1, 1]
    assert "planted" not in caplog.text
