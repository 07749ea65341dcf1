"""Connections to real APIs: TLS that is checked, names that lead outside, and nothing else."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest
import trustme
from aiohttp.abc import AbstractResolver, ResolveResult

from security.adapters.api_client import ApiClient
from security.adapters.connecting import ReachingResolver
from security.api_addresses import ApiAddress
from security.errors import Refused
from security.reach import Reach
from security.tokens.dpop import ProofKey, check_proof
from tests.security.adapters.hostile import GOOD
from tests.security.fakes import NOW
from tests.security.sockets import Liar
from tests.security.visitor import BALANCE
from tests.security.world import Origin

pytestmark = pytest.mark.sockets
KEY, TOKEN = ProofKey(), "planted.access.token"
HERE = Reach(loopback=True)


class Names(AbstractResolver):
    """Resolves every name to these addresses."""

    def __init__(self, *addresses: str) -> None:
        self._addresses = addresses

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        return [
            ResolveResult(hostname=host, host=each, port=port, family=family, proto=0, flags=0)
            for each in self._addresses
        ]

    async def close(self) -> None:
        return None


async def test_a_name_that_leads_outside_is_used() -> None:
    names = ReachingResolver(Reach(), Names("93.184.216.34", "2606:2800:220:1::1"))
    assert len(await names.resolve("core.bank.example")) == 2


@pytest.mark.parametrize("inside", ["127.0.0.1", "10.0.0.5", "169.254.169.254", "::1", "fe80::1%3"])
async def test_a_name_with_one_address_inside_is_not_used_at_all(inside: str) -> None:
    """DNS rebinding: what is looked at is what is connected to."""
    with pytest.raises(OSError, match="not public"):
        await ReachingResolver(Reach(), Names("93.184.216.34", inside)).resolve("evil.example")


async def test_a_private_network_is_used_where_it_is_allowed_by_name() -> None:
    reach = Reach(networks=(ipaddress.ip_network("10.0.0.0/24"),))
    assert await ReachingResolver(reach, Names("10.0.0.5")).resolve("core.internal")
    with pytest.raises(OSError, match="not public"):
        await ReachingResolver(reach, Names("10.0.1.5")).resolve("core.internal")


@asynccontextmanager
async def secure(context: ssl.SSLContext) -> AsyncIterator[tuple[Liar, int]]:
    liar = Liar()
    server = await asyncio.start_server(liar.serve, "127.0.0.1", 0, ssl=context)
    try:
        yield liar, server.sockets[0].getsockname()[1]
    finally:
        server.close()


def served_by(authority: trustme.CA, *names: str) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(*names).configure_cert(context)
    return context


@pytest.fixture
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def trusted(authority: trustme.CA, tmp_path: Path) -> Path:
    file = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(file)
    return file


def banking(port: int, trusted: Path | None, base: str = "/v2") -> ApiAddress:
    return ApiAddress("banking", f"https://127.0.0.1:{port}{base}", None, HERE, trusted)


async def balance(address: ApiAddress, origin: Origin) -> object:
    async with ApiClient([address], 2.0, KEY, lambda: NOW) as api:
        return await api.call(origin.operations[BALANCE], {}, TOKEN)


async def test_a_real_api_is_called_under_its_base_url(
    authority: trustme.CA, trusted: Path, origin: Origin
) -> None:
    """RFC 9449 section 4.2: the proof is for the address that the API has."""
    async with secure(served_by(authority, "127.0.0.1")) as (liar, port):
        liar.answer(200, GOOD)
        assert await balance(banking(port, trusted), origin)
        [asked] = liar.asked
    assert asked.startswith(b"GET /v2/accounts HTTP/1.1\r\n")
    [proof] = [line[6:] for line in asked.decode().split("\r\n") if line.startswith("DPoP: ")]
    url = f"https://127.0.0.1:{port}/v2/accounts"
    check_proof(proof, method="GET", url=url, token=TOKEN, now=NOW)


async def test_an_authority_that_nobody_named_is_not_trusted(
    authority: trustme.CA, trusted: Path, origin: Origin
) -> None:
    """ASVS 12.3.2: nothing is sent, so nothing is in doubt; and nobody tries again."""
    async with secure(served_by(trustme.CA(), "127.0.0.1")) as (liar, port):
        liar.answer(200, GOOD)
        for file in (trusted, None):
            with pytest.raises(Refused, match="api_unavailable"):
                await balance(banking(port, file), origin)
    assert liar.asked == []


async def test_a_certificate_of_another_host_is_not_trusted(
    authority: trustme.CA, trusted: Path, origin: Origin
) -> None:
    """ASVS 12.3.2."""
    async with secure(served_by(authority, "core.bank.example")) as (liar, port):
        liar.answer(200, GOOD)
        with pytest.raises(Refused, match="api_unavailable"):
            await balance(banking(port, trusted), origin)
    assert liar.asked == []


async def test_old_tls_is_not_spoken(
    authority: trustme.CA, trusted: Path, origin: Origin, recwarn: pytest.WarningsRecorder
) -> None:
    """ASVS 12.1.1."""
    context = served_by(authority, "127.0.0.1")
    context.minimum_version = ssl.TLSVersion.TLSv1
    context.maximum_version = ssl.TLSVersion.TLSv1_1
    context.set_ciphers("ALL:@SECLEVEL=0")
    recwarn.clear()
    async with secure(context) as (liar, port):
        liar.answer(200, GOOD)
        with pytest.raises(Refused, match="api_unavailable"):
            await balance(banking(port, trusted), origin)
    assert liar.asked == []


async def test_a_client_certificate_is_shown(
    authority: trustme.CA, trusted: Path, tmp_path: Path, origin: Origin
) -> None:
    """ASVS 12.3.5: both ends are authenticated where the API asks for it."""
    context = served_by(authority, "127.0.0.1")
    authority.configure_trust(context)
    context.verify_mode = ssl.CERT_REQUIRED
    ours = authority.issue_cert("gatehouse.example")
    cert, key = tmp_path / "client.pem", tmp_path / "client.key"
    cert.write_bytes(b"".join(blob.bytes() for blob in ours.cert_chain_pems))
    ours.private_key_pem.write_to_path(key)
    async with secure(context) as (liar, port):
        liar.answer(200, GOOD)
        address = banking(port, trusted)
        with pytest.raises(Refused, match="api_unavailable"):
            await balance(address, origin)
        assert liar.asked == []
        shown = replace(address, client_cert_file=cert, client_key_file=key)
        assert await balance(shown, origin)


async def test_a_redirect_of_a_real_api_is_not_followed(
    authority: trustme.CA, trusted: Path, origin: Origin
) -> None:
    """ASVS 15.3.2: the host is the one that was configured."""
    async with secure(served_by(authority, "127.0.0.1")) as (liar, port):
        liar.answer(307, b"", b"Location: /elsewhere")
        with pytest.raises(Refused, match="api_invalid"):
            await balance(banking(port, trusted), origin)
    assert len(liar.asked) == 1


@pytest.mark.parametrize(
    ("status", "missing"), [(404, []), (200, []), (401, []), (503, ["banking"])]
)
async def test_a_real_api_is_ready_if_it_answers(
    authority: trustme.CA, trusted: Path, status: int, missing: list[str]
) -> None:
    """It need not have a page for health of our kind."""
    async with secure(served_by(authority, "127.0.0.1")) as (liar, port):
        liar.answer(status, b"")
        async with ApiClient([banking(port, trusted)], 2.0, KEY, lambda: NOW) as api:
            assert await api.unready() == missing


async def test_a_broken_certificate_file_stops_the_start(tmp_path: Path) -> None:
    file = tmp_path / "ca.pem"
    file.write_text("no certificate")
    with pytest.raises((ValueError, OSError)):
        async with ApiClient([banking(1, file)], 2.0, KEY, lambda: NOW):
            pass
