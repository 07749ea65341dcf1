"""Calling an API that is gone, slow, too talkative, or lies: refused, and nothing is passed on."""

from __future__ import annotations

import gzip
import json
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

from security.adapters.api_client import ApiClient
from security.api_addresses import own_address
from security.errors import Refused
from security.operations.manifest import Operation
from security.tokens.dpop import ProofKey, check_proof
from tests.security.fakes import NOW
from tests.security.payments import TO_ANNA, TRANSFER
from tests.security.sockets import Liar, listening
from tests.security.visitor import BALANCE, TRANSACTIONS
from tests.security.world import Origin

pytestmark = pytest.mark.sockets
ACCOUNT = {
    "id": "acc_" + "A" * 22,
    "name": "Current account",
    "number": "•••• 4021",
    "currency": "EUR",
    "balance": "2480.15",
    "available": "2480.15",
}
TOKEN = "planted.access.token"
KEY = ProofKey()


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


def body(*accounts: Any) -> bytes:
    return json.dumps({"accounts": list(accounts)}).encode()


async def test_a_good_answer_is_trimmed_to_the_manifest(
    liar: Liar, api: ApiClient, accounts: Operation
) -> None:
    """ASVS 8.2.3: the account's own id stays behind."""
    liar.answer(200, body(ACCOUNT))
    [account] = (await api.call(accounts, {}, TOKEN))["accounts"]
    assert account == {name: value for name, value in ACCOUNT.items() if name != "id"}
    assert b"GET /accounts HTTP/1.1" in liar.asked[0]
    assert f"Authorization: DPoP {TOKEN}".encode() in liar.asked[0]


async def test_arguments_become_the_query(liar: Liar, api: ApiClient, origin: Origin) -> None:
    liar.answer(200, b'{"transactions": []}')
    await api.call(origin.operations[TRANSACTIONS], {"limit": 5}, TOKEN)
    assert b"GET /transactions?limit=5 HTTP/1.1" in liar.asked[0]


async def test_every_call_proves_that_security_makes_it(
    liar: Liar, api: ApiClient, origin: Origin
) -> None:
    """RFC 9449: a proof for this method and address, without the query, and never the same."""
    liar.answer(200, b'{"transactions": []}')
    for _ in range(2):
        await api.call(origin.operations[TRANSACTIONS], {"limit": 5}, TOKEN)
    proofs = [
        check_proof(
            asked.partition(b"DPoP: ")[2].partition(b"\r")[0].decode(),
            method="GET",
            url="http://banking/transactions",
            token=TOKEN,
            now=NOW,
        )
        for asked in liar.asked
    ]
    assert {proof.thumbprint for proof in proofs} == {KEY.thumbprint}
    assert len({proof.id for proof in proofs}) == 2


LIES = {
    "nothing": b"",
    "no JSON": b"<html>",
    "no text": b"\xff",
    "nothing at all": b"null",
    "another shape": b'{"accounts": {}}',
    "one field too many": body({**ACCOUNT, "owner": "bob"}),
    "a field that is missing": body({k: v for k, v in ACCOUNT.items() if k != "balance"}),
    "an amount as a number": body({**ACCOUNT, "balance": 2480.15}),
    "an amount that is none": body({**ACCOUNT, "balance": "lots"}),
    "a full account number": body({**ACCOUNT, "number": "XN14NWBK000100274021"}),
    "a page for a name": body({**ACCOUNT, "name": "x" * 65}),
    "too many rows": body(*[ACCOUNT] * 101),
    "very deep": b'{"accounts":' + b"[" * 900 + b"]" * 900 + b"}",
    "deeper than can be read": b"[" * 100_000,
}


@pytest.mark.parametrize("raw", LIES.values(), ids=LIES)
async def test_an_answer_that_was_not_promised_is_refused(
    liar: Liar, api: ApiClient, accounts: Operation, raw: bytes
) -> None:
    """ASVS 2.2.1: nothing of it reaches the bot."""
    liar.answer(200, raw)
    with pytest.raises(Refused, match="api_invalid") as refused:
        await api.call(accounts, {}, TOKEN)
    assert refused.value.details == {}


@pytest.mark.parametrize("status", [201, 206, 301, 302, 307, 400, 401, 403, 404, 422, 500])
async def test_any_other_status_is_a_failure(
    liar: Liar, api: ApiClient, accounts: Operation, status: int
) -> None:
    """What the API says of its error is not ours, and a redirect is not followed."""
    liar.answer(status, body(ACCOUNT), b"Location: http://banking/elsewhere")
    with pytest.raises(Refused, match="api_unavailable" if status >= 400 else "api_invalid"):
        await api.call(accounts, {}, TOKEN)
    assert len(liar.asked) == 1


RAW = {
    "silence": b"",
    "no HTTP": b"220 mail.example ESMTP\r\n\r\n",
    "a body that ends early": b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n{}",
}


@pytest.mark.parametrize("raw", RAW.values(), ids=RAW)
async def test_an_answer_that_is_not_even_http_is_a_failure(
    liar: Liar, api: ApiClient, accounts: Operation, raw: bytes
) -> None:
    liar.raw = raw
    with pytest.raises(Refused, match="api_unavailable"):
        await api.call(accounts, {}, TOKEN)


async def test_an_answer_without_end_is_cut_off(
    liar: Liar, api: ApiClient, accounts: Operation
) -> None:
    """Memory stays bounded: a mebibyte and not more."""
    liar.answer(200, b" " * 1_100_000)
    with pytest.raises(Refused, match="api_invalid"):
        await api.call(accounts, {}, TOKEN)


async def test_a_compressed_bomb_is_cut_off(
    liar: Liar, api: ApiClient, accounts: Operation
) -> None:
    """Nothing is unpacked."""
    liar.answer(200, gzip.compress(b" " * 50_000_000), b"Content-Encoding: gzip")
    with pytest.raises(Refused, match="api_invalid"):
        await api.call(accounts, {}, TOKEN)


async def test_an_api_that_does_not_answer_is_given_up(
    liar: Liar, api: ApiClient, accounts: Operation
) -> None:
    liar.hang.clear()
    with pytest.raises(Refused, match="api_unavailable"):
        await api.call(accounts, {}, TOKEN)


async def test_an_api_that_is_not_there_is_a_failure(api: ApiClient, accounts: Operation) -> None:
    with pytest.raises(Refused, match="api_unavailable"):
        await api.call(accounts, {}, TOKEN)
    assert await api.unready() == ["banking"]


async def test_no_log_shows_the_token_or_the_answer(
    liar: Liar, api: ApiClient, accounts: Operation, capfd: pytest.CaptureFixture[str]
) -> None:
    """ASVS 16.2.5."""
    for status, raw in ((200, b'{"planted": "answer"}'), (500, b"planted error"), (200, b"")):
        liar.answer(status, raw)
        with pytest.raises(Refused):
            await api.call(accounts, {}, TOKEN)
    logged = "".join(capfd.readouterr())
    assert "planted" not in logged


@pytest.mark.parametrize(("status", "healthy"), [(200, True), (503, False), (302, False)])
async def test_an_api_is_healthy_if_it_says_so(
    liar: Liar, api: ApiClient, status: int, healthy: bool
) -> None:
    liar.answer(status, b"ok")
    assert (await api.unready() == []) is healthy


async def test_a_token_that_was_used_already_leaves_open_what_became_of_the_write(
    liar: Liar, api: ApiClient, origin: Origin
) -> None:
    """ASVS 15.4.2: somebody between us may have sent it twice, and the first copy was booked."""
    liar.answer(401, b'{"code": "invalid_token"}')
    with pytest.raises(Refused, match="api_unavailable"):
        await api.call(origin.operations[TRANSFER], TO_ANNA, TOKEN, "k" * 22)


@pytest.mark.parametrize("raw", [b'{"state": "done"}', b'{"state": "done", "result": null}'])
async def test_a_write_that_was_done_without_a_result_is_no_answer(
    liar: Liar, api: ApiClient, origin: Origin, raw: bytes
) -> None:
    """ASVS 2.2.1: what asks after doubtful writes goes on asking."""
    liar.answer(200, raw)
    with pytest.raises(Refused, match="api_invalid"):
        await api.settle(origin.operations[TRANSFER], "k" * 22, TOKEN, TO_ANNA)
