"""Certificates and authorities are renewed while calls go on, and none of them fails."""

from __future__ import annotations

import asyncio
import socket
import ssl
import time
from contextlib import suppress

import pytest

from cli import authority
from relay.contexts import AUTHORITIES, IDENTITY, Contexts
from relay.pump import Side, retire
from tests.relay.conftest import NOW, Hosts


class Traffic:
    """Calls without a pause, each on a connection of its own."""

    def __init__(self, hosts: Hosts) -> None:
        self.hosts = hosts
        self.answers: list[bytes] = []
        self._more = asyncio.Event()

    async def go_on(self) -> None:
        while True:
            self.answers.append(await self.hosts.ask())
            self._more.set()

    async def some(self, count: int = 5) -> None:
        """Wait for so many more calls."""
        wanted = len(self.answers) + count
        while len(self.answers) < wanted:
            self._more.clear()
            await asyncio.wait_for(self._more.wait(), 10)


@pytest.fixture
async def traffic(hosts: Hosts):
    async with hosts.server(), hosts.client():
        made = Traffic(hosts)
        task = asyncio.create_task(made.go_on())
        await made.some()
        yield made
        await made.some()
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
    assert set(made.answers) == {b"answer to what is it?\n"}


async def test_certificates_are_renewed_without_a_failed_call(hosts: Hosts, traffic: Traffic):
    for process in ("gateway", "security", "gateway"):
        hosts.issue(process)
        await traffic.some()


async def test_the_authority_is_renewed_without_a_failed_call(hosts: Hosts, traffic: Traffic):
    ca = hosts.folder / "ca"
    old = (ca / "authority.pem").read_text()
    for step in (lambda: authority.begin(ca, NOW), lambda: authority.switch(ca)):
        step()
        for process in ("security", "gateway"):
            hosts.issue(process)
            await traffic.some()
    authority.finish(ca)
    for process in ("security", "gateway"):
        hosts.issue(process)
        await traffic.some()
    assert old not in (hosts.place("security") / AUTHORITIES).read_text()


async def test_attack_what_the_old_authority_signed_is_dead_after_the_last_step(hosts: Hosts):
    ca = hosts.folder / "ca"
    hosts.issue("gateway", to="kept")
    authority.begin(ca, NOW)
    authority.switch(ca)
    authority.finish(ca)
    hosts.issue("security")
    async with hosts.server(), hosts.client(who="kept"):
        assert await hosts.ask() == b""
        assert hosts.callee.connections == 0


async def test_files_in_the_middle_of_a_change_leave_in_place_what_is_there(
    hosts: Hosts, traffic: Traffic
):
    identity = hosts.place("security") / IDENTITY
    whole = identity.read_bytes()
    identity.write_bytes(whole[: len(whole) // 2])
    await traffic.some()
    identity.unlink()
    await traffic.some()
    hosts.issue("security")


def test_an_unchanged_file_is_not_read_again(hosts: Hosts):
    contexts = Contexts(hosts.place("gateway"))
    first = contexts.client()
    assert contexts.client() is first
    hosts.issue("gateway")
    assert contexts.client() is not first
    assert contexts.server() is contexts.server()


async def test_attack_a_thief_s_open_connection_ends_with_the_authority(
    hosts: Hosts, monkeypatch: pytest.MonkeyPatch
):
    """ASVS 13.2.1: opened while the certificate counted, and kept open ever since."""
    monkeypatch.setattr("relay.carrying.LOOK_SECONDS", 0.1)
    ca = hosts.folder / "ca"
    stolen = ssl.create_default_context(cafile=hosts.place("gateway") / AUTHORITIES)
    stolen.load_cert_chain(hosts.place("gateway") / IDENTITY)
    async with hosts.server():
        reader, writer = await asyncio.open_connection(
            "127.0.0.1", hosts.port, ssl=stolen, server_hostname="localhost"
        )
        writer.write(b"me\n")
        assert await reader.readline() == b"answer to me\n"
        hosts.issue("security")  # A new certificate of the same authority changes nothing.
        await asyncio.sleep(0.3)
        writer.write(b"again\n")
        assert await reader.readline() == b"answer to again\n"
        authority.begin(ca, NOW)
        authority.switch(ca)
        authority.finish(ca)
        hosts.issue("security")
        with suppress(ConnectionError):
            assert await asyncio.wait_for(reader.read(), 5) == b""
        writer.close()


async def test_attack_a_thief_who_never_pauses_is_cut_off_all_the_same(hosts: Hosts, monkeypatch):
    monkeypatch.setattr("relay.pump._LAST_SECONDS", 0.3)
    loop = asyncio.get_running_loop()
    near, far = Side(), Side()
    one, other = socket.socketpair()
    await loop.connect_accepted_socket(lambda: near, one)
    await loop.connect_accepted_socket(lambda: far, other)

    async def chatter() -> None:
        while True:
            near.last = time.monotonic()
            await asyncio.sleep(0)

    talking = asyncio.create_task(chatter())
    await asyncio.wait_for(retire(near, far), 5)
    await asyncio.wait_for(near.gone, 5)
    talking.cancel()
