"""How the connections to APIs are opened: one kept pool each, to where its address says alone."""

from __future__ import annotations

import ipaddress
import socket
import ssl
from pathlib import Path

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult

from security.api_addresses import ApiAddress
from security.reach import Reach

MOST_CONNECTIONS = 50
_KEPT_SECONDS = 60


class ReachingResolver(AbstractResolver):
    """Resolves names, and refuses one that leads anywhere else than it may (no rebinding)."""

    def __init__(self, reach: Reach, inner: AbstractResolver) -> None:
        self._reach = reach
        self._inner = inner

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """Return the addresses of `host`. Raises `OSError` where one of them may not be used."""
        found = await self._inner.resolve(host, port, family)
        for each in found:
            if not self._reach.permits(ipaddress.ip_address(each["host"].partition("%")[0])):
                raise OSError("the name leads to an address that is not public")
        return found

    async def close(self) -> None:
        """Let go of the resolver behind."""
        await self._inner.close()


def open_pool(address: ApiAddress, seconds: float) -> aiohttp.ClientSession:
    """Return the pool of one API; `seconds` is the longest that a call takes, all in all.

    No proxy, no cookie, no decompression: what is not looked at is not accepted.
    Raises `ValueError` or `OSError` where certificates cannot be used.
    """
    return aiohttp.ClientSession(
        connector=_connector(address),
        timeout=aiohttp.ClientTimeout(total=seconds),
        cookie_jar=aiohttp.DummyCookieJar(),
        auto_decompress=False,
        trust_env=False,
        skip_auto_headers=("User-Agent", "Accept-Encoding"),
    )


def tls_context(address: ApiAddress) -> ssl.SSLContext:
    """Return TLS 1.2 or newer, the host checked against the API's own authority or the system's."""
    context = trusted_tls(address.ca_file)
    if address.client_cert_file is not None:
        context.load_cert_chain(address.client_cert_file, address.client_key_file)
    return context


def trusted_tls(ca_file: Path | None) -> ssl.SSLContext:
    """Return TLS 1.2 or newer that trusts one authority alone, or the system's."""
    context = ssl.create_default_context(cafile=ca_file)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def _connector(address: ApiAddress) -> aiohttp.BaseConnector:
    if address.socket is not None:
        return aiohttp.UnixConnector(
            str(address.socket), limit=MOST_CONNECTIONS, keepalive_timeout=_KEPT_SECONDS
        )
    return aiohttp.TCPConnector(
        ssl=tls_context(address) if address.base.startswith("https:") else False,
        resolver=ReachingResolver(address.reach, aiohttp.DefaultResolver()),
        limit=MOST_CONNECTIONS,
        keepalive_timeout=_KEPT_SECONDS,
    )
