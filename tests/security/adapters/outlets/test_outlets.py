"""The outlets against real receivers, and against some that misbehave."""

from __future__ import annotations

import asyncio
import base64
import json
import socket
import ssl
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
import trustme
from standardwebhooks import Webhook as Verifier

from security.adapters.outgoing import Outgoing
from security.adapters.outlets.jsonl import CURRENT, JsonlFiles
from security.adapters.outlets.syslog import Syslog, client_tls
from security.adapters.outlets.webhook import Webhook
from security.audit.record import AuditEvent, Tag, serialise
from security.outlets.ports import CannotDeliver, Entry
from security.reach import AllowedHosts, Reach
from tests.security.adapters.test_connecting import secure, served_by
from tests.security.fakes import NOW
from tests.support.browser import in_ci
from tests.support.rsyslog import find_rsyslog, receiving

pytestmark = pytest.mark.sockets
HERE = Reach(loopback=True)
KEY = bytes(range(32))
SECRET = "whsec_" + base64.b64encode(KEY).decode()
Answering = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


def records(first: int, last: int) -> list[Entry]:
    event = AuditEvent(tag=Tag.SESSION_CREATED, tenant="globex")
    numbers = range(first, last + 1)
    return [Entry("main", one, serialise(event, "main", one, NOW, "0" * 64)) for one in numbers]


# Files


async def test_files_hold_each_record_for_their_owner_only(tmp_path: Path) -> None:
    files = JsonlFiles(tmp_path / "out", 1 << 20, 3)
    await files.deliver(records(1, 2))
    await files.deliver(records(3, 3))
    file = tmp_path / "out" / CURRENT
    assert file.read_bytes().splitlines() == [one.line for one in records(1, 3)]
    assert (file.stat().st_mode & 0o777, file.parent.stat().st_mode & 0o777) == (0o600, 0o700)


async def test_files_are_rotated_and_the_oldest_goes(tmp_path: Path) -> None:
    size = len(records(1, 1)[0].line) + 1
    for room, names in ((size + 1, ["trail.jsonl"]), (size, ["trail.1.jsonl"])):
        folder = tmp_path / str(room)
        await JsonlFiles(folder, room, 2).deliver(records(1, 1))
        assert [one.name for one in folder.iterdir()] == names
    files = JsonlFiles(tmp_path / "out", size, 2)
    for number in range(1, 5):
        await files.deliver(records(number, number))
    left = {
        one.name: json.loads(one.read_bytes())["sequence"] for one in (tmp_path / "out").iterdir()
    }
    assert left == {"trail.1.jsonl": 4, "trail.2.jsonl": 3}


async def test_a_line_that_a_crash_tore_spoils_no_other(tmp_path: Path) -> None:
    files = JsonlFiles(tmp_path, 1 << 20, 3)
    (tmp_path / CURRENT).write_bytes(b'{"torn":')
    await files.deliver(records(1, 1))
    assert (tmp_path / CURRENT).read_bytes().splitlines()[1] == records(1, 1)[0].line


async def test_attack_a_link_in_the_place_of_the_file_is_not_followed(tmp_path: Path) -> None:
    """ASVS 16.4.2."""
    (tmp_path / CURRENT).symlink_to(tmp_path / "elsewhere")
    with pytest.raises(CannotDeliver, match="OSError"):
        await JsonlFiles(tmp_path, 1 << 20, 3).deliver(records(1, 1))
    assert not (tmp_path / "elsewhere").exists()


async def test_a_full_disk_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("security.adapters.outlets.jsonl.os.write", full)
    with pytest.raises(CannotDeliver, match="OSError"):
        await JsonlFiles(tmp_path, 1 << 20, 3).deliver(records(1, 1))


# Webhooks


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


# Syslog


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
