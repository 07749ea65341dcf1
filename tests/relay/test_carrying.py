"""An arrow between hosts: mutual TLS 1.3, and nothing for whoever is not its other end."""

from __future__ import annotations

import asyncio
import datetime as dt
import ssl
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from cli import authority
from relay.carrying import HANDSHAKE_SECONDS, MOST_CONNECTIONS, MOST_UNKNOWN
from relay.contexts import AUTHORITIES, IDENTITY, Contexts
from runtime.log_gate import SHAPES
from tests.relay.conftest import NOW, Hosts


async def test_what_is_asked_here_is_answered_there(hosts: Hosts):
    """ASVS 12.3.3: TLS between services."""
    async with hosts.server(), hosts.client():
        assert await hosts.ask() == b"answer to what is it?\n"
        assert hosts.callee.heard == b"what is it?\n"


async def test_a_long_message_arrives_whole_and_in_order(hosts: Hosts):
    line = b"".join(b"%08d" % number for number in range(100_000)) + b"\n"
    received = asyncio.get_running_loop().create_future()

    async def swallow(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        got = bytearray()
        while not got.endswith(b"\n"):
            await asyncio.sleep(0)
            got += await reader.read(10_000)
        received.set_result(bytes(got))
        writer.write(got)
        await writer.drain()
        writer.close()

    hosts.callee.socket.unlink()
    server = await asyncio.start_unix_server(swallow, str(hosts.callee.socket))
    async with server, hosts.server(), hosts.client():
        reader, writer = await asyncio.open_unix_connection(str(hosts.socket))
        writer.write(line)
        assert await asyncio.wait_for(reader.read(-1), 20) == line
        assert await received == line
        writer.close()


async def test_only_its_owner_may_open_the_caller_s_socket(hosts: Hosts):
    async with hosts.server(), hosts.client():
        assert hosts.socket.stat().st_mode & 0o777 == 0o600
    assert not hosts.socket.exists()


def context(hosts: Hosts, who: str | None, trust: str = "gateway") -> ssl.SSLContext:
    made = ssl.create_default_context(cafile=hosts.place(trust) / AUTHORITIES)
    if who is not None:
        made.load_cert_chain(hosts.place(who) / IDENTITY)
    return made


async def test_the_right_certificate_gets_in_by_itself_too(hosts: Hosts):
    """What the refusals below are held against: the same client, with the right certificate."""
    async with hosts.server():
        reader, writer = await asyncio.open_connection(
            "127.0.0.1", hosts.port, ssl=context(hosts, "gateway"), server_hostname="localhost"
        )
        writer.write(b"me\n")
        assert await reader.readline() == b"answer to me\n"
        tls = writer.get_extra_info("ssl_object")
        assert tls.version() == "TLSv1.3"
        assert tls.session is None or not tls.session.has_ticket
        writer.close()


async def _refused(hosts: Hosts, made: ssl.SSLContext | None, line: bytes = b"in\n") -> None:
    async with hosts.server():
        assert await hosts.intrude(made, line) == b""
        assert (hosts.callee.heard, hosts.callee.connections) == (b"", 0)


async def test_attack_without_a_certificate(hosts: Hosts):
    """ASVS 12.3.5, 13.2.1: services know each other."""
    await _refused(hosts, context(hosts, None))


async def test_attack_with_a_certificate_of_another_authority(hosts: Hosts):
    authority.make(hosts.folder / "theirs", NOW)
    hosts.issue("gateway", ca="theirs", to="stranger")
    await _refused(hosts, context(hosts, "stranger"))


@pytest.mark.parametrize("process", ["actions", "rasa", "security"])
async def test_attack_with_the_certificate_of_another_process(hosts: Hosts, process: str):
    """ASVS 13.2.4: each arrow has one caller, whatever else our authority has signed."""
    hosts.issue(process, to="other")
    await _refused(hosts, context(hosts, "other"))


async def test_attack_with_an_expired_certificate(hosts: Hosts):
    hosts.issue("gateway", to="late", now=NOW - dt.timedelta(days=authority.LEAF_DAYS, seconds=1))
    await _refused(hosts, context(hosts, "late"))


async def test_attack_with_a_certificate_that_is_not_valid_yet(hosts: Hosts):
    hosts.issue("gateway", to="early", now=NOW + dt.timedelta(days=1))
    await _refused(hosts, context(hosts, "early"))


async def test_attack_by_tls_1_2(hosts: Hosts):
    """ASVS 12.1.1."""
    old = context(hosts, "gateway")
    old.maximum_version = ssl.TLSVersion.TLSv1_2
    await _refused(hosts, old)


@pytest.mark.parametrize(
    "line",
    [
        b"GET / HTTP/1.1\r\nHost: security\r\n\r\n",
        b"POST /sessions/create HTTP/1.1\r\nHost: security\r\nContent-Length: 2\r\n\r\n{}",
        b"\x16\x03\x01\x00\x05garbage",
    ],
)
async def test_attack_in_plain(hosts: Hosts, line: bytes):
    """ASVS 12.2.1: nothing is answered in plain; at most an alert of TLS."""
    async with hosts.server():
        answer = await hosts.intrude(None, line)
        assert len(answer) <= 7
        assert answer[:1] in (b"", b"\x15")
        assert hosts.callee.connections == 0


async def test_attack_a_client_that_never_says_anything_is_let_go_of(
    hosts: Hosts, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("relay.carrying.HANDSHAKE_SECONDS", 0.2)
    async with hosts.server():
        reader, writer = await asyncio.open_connection("127.0.0.1", hosts.port)
        assert await asyncio.wait_for(reader.read(), 5) == b""
        writer.close()


async def test_attack_whoever_poses_as_security_learns_nothing(hosts: Hosts):
    """The caller speaks first: what it says is for the right callee alone."""
    for process, ca, names in (
        ("actions", "ca", ("localhost",)),  # One of ours, on the right host.
        ("security", "ca", ("elsewhere.example",)),  # The right one, of another host.
        ("security", "theirs", ("localhost",)),  # Of another authority.
    ):
        if ca == "theirs":
            authority.make(hosts.folder / ca, NOW)
        place = hosts.issue(process, ca=ca, to=f"impostor-{process}-{ca}", hosts=names)
        heard = bytearray()

        async def listen(
            reader: asyncio.StreamReader, writer: asyncio.StreamWriter, heard: bytearray = heard
        ) -> None:
            heard += await reader.read()
            writer.close()

        serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        serving.load_cert_chain(place / IDENTITY)
        server = await asyncio.start_server(listen, "127.0.0.1", 0, ssl=serving)
        hosts.port = server.sockets[0].getsockname()[1]
        async with server, hosts.client():
            assert await hosts.ask(b"my password\n") == b""
            server.close()
        assert heard == b""


async def test_attack_another_host_s_certificate_of_the_right_process(hosts: Hosts):
    """The name that was asked for counts, not the one that the certificate happens to have."""
    hosts.issue("security", hosts=("localhost",))
    async with hosts.server(), hosts.client(host="127.0.0.1"):
        assert await hosts.ask() == b""
    hosts.issue("security", hosts=("127.0.0.1",))
    async with hosts.server(), hosts.client(host="127.0.0.1"):
        assert await hosts.ask() == b"answer to what is it?\n"


async def test_attack_a_downgrade_by_whoever_poses_as_security(hosts: Hosts):
    """RFC 8446 section 4.1.3: the caller speaks nothing older either."""
    serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    serving.load_cert_chain(hosts.place("security") / IDENTITY)
    serving.maximum_version = ssl.TLSVersion.TLSv1_2
    heard = bytearray()

    async def listen(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.extend(await reader.read())
        writer.close()

    server = await asyncio.start_server(listen, "127.0.0.1", 0, ssl=serving)
    hosts.port = server.sockets[0].getsockname()[1]
    async with server, hosts.client():
        assert await hosts.ask() == b""
    assert heard == b""


async def test_a_callee_that_is_not_there_is_a_caller_s_broken_connection(hosts: Hosts):
    hosts.port = 1
    async with hosts.client():
        assert await hosts.ask() == b""


async def test_a_process_that_is_not_there_ends_the_connection(hosts: Hosts):
    hosts.callee.socket.unlink()
    async with hosts.server(), hosts.client():
        assert await hosts.ask() == b""


async def test_a_connection_ends_with_the_certificate_that_it_was_opened_with(hosts: Hosts):
    """No certificate counts longer than it says, however long a connection is kept."""
    nearly = (
        dt.datetime.now(dt.UTC) - dt.timedelta(days=authority.LEAF_DAYS) + dt.timedelta(seconds=2)
    )
    hosts.issue("gateway", now=nearly)
    async with hosts.server(), hosts.client():
        reader, writer = await asyncio.open_unix_connection(str(hosts.socket))
        writer.write(b"still\n")
        assert await reader.readline() == b"answer to still\n"
        assert await asyncio.wait_for(reader.read(), 10) == b""
        writer.close()


async def test_an_old_connection_that_is_quiet_gives_way(hosts: Hosts):
    async with hosts.server(), hosts.client(renew=0.1):
        reader, writer = await asyncio.open_unix_connection(str(hosts.socket))
        writer.write(b"now\n")
        assert await reader.readline() == b"answer to now\n"
        assert await asyncio.wait_for(reader.read(), 5) == b""
        writer.close()


async def test_nothing_waits_at_the_end(hosts: Hosts):
    async with hosts.server(), hosts.client():
        reader, writer = await asyncio.open_unix_connection(str(hosts.socket))
        writer.write(b"here\n")
        assert await reader.readline() == b"answer to here\n"
        writer.close()


def test_a_key_that_others_may_read_is_not_used(hosts: Hosts):
    (hosts.place("gateway") / IDENTITY).chmod(0o640)
    with pytest.raises(PermissionError):
        Contexts(hosts.place("gateway"))


def test_without_certificates_there_is_no_start(tmp_path: Path):
    with pytest.raises(OSError, match="No such file"):
        Contexts(tmp_path)


@pytest.mark.parametrize(
    ("names", "who", "why"),
    [
        (("elsewhere.example",), "gateway", "certificate_of_another_host"),
        (("localhost",), "actions", "WrongPeer"),
    ],
)
async def test_the_log_says_why_in_words_that_nobody_else_chose(hosts: Hosts, names, who, why):
    """ASVS 16.2.5: a code, whatever the peer's certificate says."""
    hosts.issue("security", hosts=names)
    hosts.issue(who, to="caller-s")
    with capture_logs() as lines:
        async with hosts.server(), hosts.client(who="caller-s"):
            assert await hosts.ask() == b""
    assert why in {line["why"] for line in lines}
    assert all(SHAPES["why"](line["why"]) and SHAPES["arrow"](line["arrow"]) for line in lines)


async def test_attack_strangers_who_hold_every_place_keep_nobody_out(hosts: Hosts):
    """ASVS 15.2.2: whoever reaches the port may open as many connections as there are places."""
    silent: list[asyncio.StreamWriter] = []
    async with hosts.server(), hosts.client():
        for _ in range(MOST_CONNECTIONS + MOST_UNKNOWN):
            _, writer = await asyncio.open_connection("127.0.0.1", hosts.port)
            silent.append(writer)
        async with asyncio.timeout(HANDSHAKE_SECONDS / 2):
            assert await hosts.ask() == b"answer to what is it?\n"
        for writer in silent:
            writer.close()


async def test_attack_a_stranger_takes_no_place_of_those_who_are_known(hosts: Hosts):
    """What is joined stays, however many come after it."""
    async with hosts.server(), hosts.client():
        reader, writer = await asyncio.open_unix_connection(str(hosts.socket))
        writer.write(b"first\n")
        assert await reader.readline() == b"answer to first\n"
        silent = [
            (await asyncio.open_connection("127.0.0.1", hosts.port))[1]
            for _ in range(2 * MOST_UNKNOWN)
        ]
        writer.write(b"still\n")
        assert await reader.readline() == b"answer to still\n"
        for each in (writer, *silent):
            each.close()
