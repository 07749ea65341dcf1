"""The trail to syslog receivers: a real one, and some that misbehave."""

from __future__ import annotations

import asyncio
import json
import socket
import ssl
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import trustme

from security.adapters.outlets.syslog import Syslog, client_tls
from security.outlets.ports import CannotDeliver
from security.reach import Reach
from tests.security.adapters.outlets.records import records
from tests.security.adapters.test_connecting import served_by
from tests.support.browser import in_ci
from tests.support.rsyslog import find_rsyslog, receiving

pytestmark = pytest.mark.sockets
HERE = Reach(loopback=True)
Answering = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


def syslog(port: int, trusted: Path, host: str = "localhost", seconds: float = 4.0) -> Syslog:
    return Syslog(host, port, "bank.example", client_tls(trusted, None, None), HERE, seconds)


@pytest.fixture
def rsyslog() -> None:
    if find_rsyslog() is None and in_ci():
        pytest.fail("rsyslog is missing")
    if find_rsyslog() is None:
        pytest.skip("needs rsyslog: see `make test`")


async def test_a_foreign_receiver_understands_every_message(
    rsyslog: None,
    authority: trustme.CA,
    trusted: Path,
    tmp_path: Path,
) -> None:
    """RFC 5424, 5425: what rsyslog makes of them."""
    with receiving(tmp_path / "rsyslog", authority) as receiver:
        outlet = syslog(receiver.port, trusted)
        await outlet.deliver(records(1, 500))
        await outlet.deliver(records(501, 501))
        seen = await asyncio.to_thread(receiver.seen, 501)
    assert len(seen) == 501
    assert [one["text"].removeprefix("\ufeff") for one in seen] == [
        one.line.decode() for one in records(1, 501)
    ]
    first = {name: value for name, value in seen[0].items() if name != "text"}
    assert first == {
        "facility": "13",
        "severity": "6",
        "at": "2026-11-23T12:00:00.000000Z",
        "host": "bank.example",
        "app": "gatehouse",
        "process": "main",
        "kind": "session:anonymous:create",
        "version": "1",
        "data": "-",
    }


async def test_nothing_is_lost_while_a_receiver_is_down(
    rsyslog: None,
    authority: trustme.CA,
    trusted: Path,
    tmp_path: Path,
) -> None:
    """ASVS 16.4.3."""
    with receiving(tmp_path / "rsyslog", authority) as receiver:
        outlet = syslog(receiver.port, trusted)
        await outlet.deliver(records(1, 2))
        assert len(await asyncio.to_thread(receiver.seen, 2)) == 2
    with pytest.raises(CannotDeliver, match="ConnectionRefusedError"):
        await outlet.deliver(records(3, 3))
    with receiving(tmp_path / "rsyslog", authority, receiver.port) as again:
        await outlet.deliver(records(3, 4))
        seen = await asyncio.to_thread(again.seen, 4)
    assert [json.loads(one["text"].removeprefix("\ufeff"))["sequence"] for one in seen] == [
        1,
        2,
        3,
        4,
    ]


async def test_a_receiver_that_wants_to_know_us_gets_our_certificate(
    rsyslog: None,
    authority: trustme.CA,
    trusted: Path,
    tmp_path: Path,
) -> None:
    """RFC 5425 section 4.2: both ends may be known."""
    own = authority.issue_cert("gatehouse.example")
    own.private_key_and_cert_chain_pem.write_to_path(tmp_path / "own.pem")
    with receiving(tmp_path / "rsyslog", authority, asks=True) as receiver:
        tls = client_tls(trusted, tmp_path / "own.pem", tmp_path / "own.pem")
        known = Syslog("localhost", receiver.port, "bank.example", tls, HERE)
        await known.deliver(records(1, 1))
        assert len(await asyncio.to_thread(receiver.seen, 1)) == 1
        with pytest.raises(CannotDeliver):
            await syslog(receiver.port, trusted).deliver(records(2, 2))
        assert len(receiver.seen(2, seconds=0.2)) == 1


@asynccontextmanager
async def receiver(context: ssl.SSLContext, answering: Answering) -> AsyncIterator[int]:
    server = await asyncio.start_server(answering, "127.0.0.1", 0, ssl=context)
    async with server:
        yield server.sockets[0].getsockname()[1]


async def read_all(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read()
    writer.close()


async def test_attack_a_receiver_of_another_name_or_authority_gets_nothing(
    authority: trustme.CA,
    trusted: Path,
) -> None:
    """ASVS 12.3.2."""
    got: list[bytes] = []

    async def keep(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        got.append(await reader.read())
        writer.close()

    for context in (served_by(authority, "other.example"), served_by(trustme.CA(), "localhost")):
        async with receiver(context, keep) as port:
            with pytest.raises(CannotDeliver, match="certificate_verify_failed"):
                await syslog(port, trusted).deliver(records(1, 1))
    assert not any(got)


async def test_attack_no_address_is_reached_that_is_not_allowed(trusted: Path) -> None:
    """★ Public addresses alone, whatever a name leads to; others only where they are named."""
    outlet = Syslog("localhost", 6514, "h", client_tls(trusted, None, None), Reach())
    with pytest.raises(CannotDeliver, match="PermissionError"):
        await outlet.deliver(records(1, 1))


async def test_a_receiver_that_goes_before_it_has_read_has_not_got_it(
    authority: trustme.CA,
    trusted: Path,
) -> None:
    """ASVS 16.4.3: nothing counts as there that was only on its way."""

    async def reset(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        sock = writer.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        writer.transport.abort()

    async with receiver(served_by(authority, "localhost"), reset) as port:
        with pytest.raises(CannotDeliver):
            await syslog(port, trusted).deliver(records(1, 2_000))


async def test_a_receiver_that_says_nothing_is_left_in_time(
    authority: trustme.CA,
    trusted: Path,
) -> None:
    held = asyncio.Event()

    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.transport.pause_reading()  # type: ignore[attr-defined]
        await held.wait()
        writer.transport.abort()

    async with receiver(served_by(authority, "localhost"), silent) as port:
        with pytest.raises(CannotDeliver):
            await syslog(port, trusted, seconds=0.3).deliver(records(1, 1))
        held.set()


async def test_a_stop_waits_for_no_receiver(authority: trustme.CA, trusted: Path) -> None:
    begun, held = asyncio.Event(), asyncio.Event()

    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        begun.set()
        writer.transport.pause_reading()  # type: ignore[attr-defined]
        await held.wait()
        writer.transport.abort()

    async with receiver(served_by(authority, "localhost"), silent) as port:
        task = asyncio.create_task(syslog(port, trusted, seconds=60).deliver(records(1, 1)))
        await begun.wait()
        task.cancel()
        async with asyncio.timeout(5):
            with pytest.raises(asyncio.CancelledError):
                await task
        held.set()
