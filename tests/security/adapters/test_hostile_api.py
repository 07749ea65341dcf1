"""A hostile API: whatever it sends, within its time, costs little and reaches nobody."""

from __future__ import annotations

import json
import tempfile
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import psutil
import pytest

from security.adapters.api_client import ApiClient
from security.api_addresses import own_address
from security.errors import Refused
from security.operations.manifest import Operation
from security.ports import Unanswered
from security.tokens.dpop import ProofKey
from tests.security.adapters.hostile import ENDLESS, GOOD, HEAD, Say, saying
from tests.security.fakes import NOW
from tests.security.payments import RECEIPT, TO_ANNA, TRANSFER
from tests.security.sockets import Liar, listening
from tests.security.visitor import BALANCE
from tests.security.world import Origin

pytestmark = pytest.mark.sockets
KEY = ProofKey()
TOKEN = "planted.access.token"


@pytest.fixture
def path() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="gh-") as folder:
        yield Path(folder) / "a.sock"


@pytest.fixture
async def liar(path: Path) -> AsyncIterator[Liar]:
    async with listening(path) as server:
        yield server


@pytest.fixture
async def api(path: Path) -> AsyncIterator[ApiClient]:
    async with ApiClient([own_address("banking", path)], 0.5, KEY, lambda: NOW) as client:
        yield client


@pytest.fixture
def accounts(origin: Origin) -> Operation:
    return origin.operations[BALANCE]


async def test_a_good_answer_is_believed(liar: Liar, api: ApiClient, accounts: Operation) -> None:
    """What follows differs from this in one thing each."""
    liar.answer(200, GOOD)
    assert (await api.call(accounts, {}, TOKEN))["accounts"][0]["balance"] == "1.00"


LIES = {
    "a name twice": GOOD.replace(b'"balance"', b'"balance":"9.00","balance"'),
    "no number": b'{"accounts":[NaN]}',
    "an endless number": b'{"accounts":[-Infinity]}',
    "a number that overflows": b'{"accounts":[1e999]}',
    "text that is no UTF-8": GOOD.replace(b"Current", b"Curr\xff"),
    "half a surrogate pair": GOOD.replace(b"Current", b"\\ud800"),
    "a byte order mark": b"\xef\xbb\xbf" + GOOD,
    "two documents": GOOD + GOOD,
    "a comment": b"// here\n" + GOOD,
    "wrong types": GOOD.replace(b'"1.00"', b"1.00"),
    "a field more": GOOD.replace(b'"name"', b'"admin":true,"name"'),
    "a page": b"<!doctype html><title>Sign in</title>",
    "very deep": b'{"accounts":' + b"[" * 5_000 + b"]" * 5_000 + b"}",
    "very deep objects": b'{"a":' * 900 + b"1" + b"}" * 900,
    "a huge number": b'{"accounts":[' + b"9" * 6_000 + b"]}",
}


@pytest.mark.parametrize("raw", LIES.values(), ids=LIES)
async def test_a_lie_is_not_believed(
    liar: Liar, api: ApiClient, accounts: Operation, raw: bytes
) -> None:
    """ASVS 2.2.1, 1.5.3: one reading, the promised one, or none."""
    liar.answer(200, raw)
    with pytest.raises(Refused, match="api_invalid"):
        await api.call(accounts, {}, TOKEN)


TYPES = [
    b"text/html",
    b"text/plain",
    b"application/json; charset=latin-1",
    b"application/json+evil",
    b"application/xml",
    b"multipart/form-data",
    b"",
]


@pytest.mark.parametrize("kind", TYPES)
async def test_another_media_type_is_not_believed(
    liar: Liar, api: ApiClient, accounts: Operation, kind: bytes
) -> None:
    """ASVS 4.1.1: the very bytes of a good answer, called something else."""
    liar.answer(200, GOOD, b"Content-Type: " + kind)
    with pytest.raises(Refused, match="api_invalid"):
        await api.call(accounts, {}, TOKEN)


@pytest.mark.parametrize("kind", [b"application/json; charset=utf-8", b"Application/JSON"])
async def test_the_same_media_type_in_other_words_is(
    liar: Liar, api: ApiClient, accounts: Operation, kind: bytes
) -> None:
    liar.answer(200, GOOD, b"Content-Type: " + kind)
    assert await api.call(accounts, {}, TOKEN)


@pytest.mark.parametrize("coding", [b"gzip", b"br", b"deflate", b"zstd", b"gzip, gzip"])
async def test_nothing_is_unpacked(
    liar: Liar, api: ApiClient, accounts: Operation, coding: bytes
) -> None:
    """A bomb stays as small as it came."""
    liar.answer(200, GOOD, b"Content-Encoding: " + coding)
    with pytest.raises(Refused, match="api_invalid"):
        await api.call(accounts, {}, TOKEN)


async def test_somebody_elses_receipt_is_not_believed(
    liar: Liar, api: ApiClient, origin: Origin
) -> None:
    """PSD2 RTS 5: what comes back is about what was approved, or nobody knows what was done."""
    transfer = replace(origin.operations[TRANSFER], echoes=frozenset({"payee_name", "amount"}))
    booked = {**RECEIPT, "id": "mov_" + "A" * 22}
    liar.answer(200, json.dumps(booked).encode())
    assert await api.call(transfer, TO_ANNA, TOKEN, "k" * 22)
    for lie in ({"payee_name": "Mallory"}, {"amount": "5000.00"}):
        liar.answer(200, json.dumps({**booked, **lie}).encode())
        with pytest.raises(Refused, match="api_invalid"):
            await api.call(transfer, TO_ANNA, TOKEN, "k" * 22)


@pytest.mark.parametrize(("say", "code"), ENDLESS.values(), ids=ENDLESS)
async def test_what_has_no_end_is_cut_off(
    path: Path, api: ApiClient, accounts: Operation, say: Say, code: str
) -> None:
    """ASVS 2.4.1: in time and in memory."""
    process = psutil.Process()
    before = process.memory_info().rss
    async with saying(path, say):
        with pytest.raises(Refused, match=code):
            await api.call(accounts, {}, TOKEN)
    assert process.memory_info().rss - before < 32 * 1_048_576


@pytest.mark.parametrize(
    ("raw", "again"),
    [
        (b"", 0.0),
        (HEAD + b"Content-Length: 900\r\n\r\n{}", 0.0),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\x00: \r\n\r\nabcd", None),
        (b"HTTP/1.1 503 X\r\nContent-Length: 0\r\nRetry-After: 7\r\n\r\n", 7.0),
        (b"HTTP/1.1 429 X\r\nContent-Length: 0\r\nRetry-After: 0\r\n\r\n", 0.0),
        (
            b"HTTP/1.1 503 X\r\nContent-Length: 0\r\n"
            b"Retry-After: Mon, 23 Nov 2026 12:00:09 GMT\r\n\r\n",
            9.0,
        ),
    ],
)
async def test_what_is_known_of_a_lost_answer(
    liar: Liar, api: ApiClient, accounts: Operation, raw: bytes, again: float | None
) -> None:
    """Half an answer, none, or "later": whether another try makes sense."""
    liar.raw = raw
    with pytest.raises(Unanswered) as refused:
        await api.call(accounts, {}, TOKEN)
    assert (refused.value.sent, refused.value.again) == (True, again)


_TOO_LATE = b"Retry-After: Mon, 01 Jan 99999999999999999999 00:00:00 GMT"


@pytest.mark.parametrize("status", [200, 201, 503])
async def test_attack_a_date_that_no_clock_shows_breaks_nothing(
    liar: Liar, api: ApiClient, accounts: Operation, status: int
) -> None:
    """ASVS 16.5.3: an API that sends it, with whatever answer, is believed or refused as ever."""
    liar.answer(status, GOOD, _TOO_LATE)
    if status == 200:
        assert await api.call(accounts, {}, TOKEN)
        return
    with pytest.raises(Refused):
        await api.call(accounts, {}, TOKEN)


@pytest.mark.parametrize("header", [b"", b"Retry-After: soon", b"Retry-After: -1", _TOO_LATE])
async def test_busy_without_a_time_is_no_reason_to_try_again(
    liar: Liar, api: ApiClient, accounts: Operation, header: bytes
) -> None:
    liar.answer(503, b"", *filter(None, [header]))
    with pytest.raises(Refused) as refused:
        await api.call(accounts, {}, TOKEN)
    assert not isinstance(refused.value, Unanswered)


async def test_nobody_there_is_known_to_have_got_nothing(
    api: ApiClient, accounts: Operation
) -> None:
    with pytest.raises(Unanswered) as refused:
        await api.call(accounts, {}, TOKEN)
    assert (refused.value.sent, refused.value.again) == (False, 0.0)


async def test_no_proxy_of_the_environment_is_asked(
    liar: Liar, api: ApiClient, accounts: Operation, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    liar.answer(200, GOOD, b"Set-Cookie: a=b")
    for _ in range(2):
        await api.call(accounts, {}, TOKEN)
    assert b"cookie" not in liar.asked[-1].lower()


def test_every_answer_has_bounds(origin: Origin) -> None:
    """The documents themselves say how long lists and texts are: no answer is open at the end."""
    found: list[str] = []

    def look(schema: Any, where: str) -> None:
        if isinstance(schema, dict):
            if schema.get("type") == "array" and "maxItems" not in schema:
                found.append(where)
            for key, inner in schema.items():
                look(inner, f"{where}/{key}")
        elif isinstance(schema, list):
            for inner in schema:
                look(inner, where)

    for name, operation in origin.operations.items():
        look(dict(operation.endpoint.definitions), name)
    assert found == []
