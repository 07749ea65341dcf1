"""The trail to a webhook that may say anything."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
import trustme
from standardwebhooks import Webhook as Verifier

from security.adapters.outgoing import Outgoing
from security.adapters.outlets.webhook import Webhook
from security.outlets.ports import CannotDeliver
from security.reach import AllowedHosts, Reach
from tests.security.adapters.outlets.records import records
from tests.security.adapters.test_connecting import secure, served_by

pytestmark = pytest.mark.sockets
HERE = Reach(loopback=True)
KEY = bytes(range(32))
SECRET = "whsec_" + base64.b64encode(KEY).decode()


@asynccontextmanager
async def webhook(trusted: Path, port: int) -> AsyncIterator[Webhook]:
    outgoing = Outgoing(AllowedHosts(), HERE, trusted, seconds=1.0)
    made = Webhook(outgoing, f"https://127.0.0.1:{port}/trail", KEY, lambda: datetime.now(UTC))
    yield made
    await made.close()


async def test_a_webhook_is_posted_and_can_be_verified(
    authority: trustme.CA,
    trusted: Path,
) -> None:
    """Standard Webhooks 1.0, by its own library, from what stood on the wire."""
    got: list[bytes] = []

    async def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        length = next(
            int(one[16:]) for one in head.split(b"\r\n") if one.startswith(b"Content-Length")
        )
        got.extend((head, await reader.readexactly(length)))
        writer.write(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(take, "127.0.0.1", 0, ssl=served_by(authority, "127.0.0.1"))
    async with server, webhook(trusted, server.sockets[0].getsockname()[1]) as outlet:
        await outlet.deliver(records(1, 3))
    head, body = got
    lines = head.decode().split("\r\n")
    assert lines[0] == "POST /trail HTTP/1.1"
    told = {name.lower(): value for name, _, value in (one.partition(": ") for one in lines[1:])}
    assert len(Verifier(SECRET).verify(body, told)["data"]["records"]) == 3


@pytest.mark.parametrize(
    ("status", "headers", "after"),
    [
        (500, [], 0),
        (410, [], 0),
        (400, [b"Retry-After: 9"], 0),
        (429, [b"Retry-After: 9"], 9),
        (503, [b"Retry-After: Wed, 21 Oct 2026 07:28:00 GMT"], 0),
    ],
)
async def test_whatever_is_no_yes_is_tried_again(
    authority: trustme.CA,
    trusted: Path,
    status: int,
    headers: list[bytes],
    after: float,
) -> None:
    async with secure(served_by(authority, "127.0.0.1")) as (liar, port):
        liar.answer(status, b"planted words", *headers)
        async with webhook(trusted, port) as outlet:
            with pytest.raises(CannotDeliver) as caught:
                await outlet.deliver(records(1, 1))
    assert (caught.value.why, caught.value.after) == (f"status_{status}", after)


async def test_attack_a_webhook_that_leads_elsewhere_is_not_followed(
    authority: trustme.CA,
    trusted: Path,
) -> None:
    """★ No redirects."""
    async with secure(served_by(authority, "127.0.0.1")) as (liar, port):
        liar.answer(307, b"", b"Location: https://elsewhere.example/")
        async with webhook(trusted, port) as outlet:
            with pytest.raises(CannotDeliver, match="redirected"):
                await outlet.deliver(records(1, 1))
