"""The one client for URLs from outside, against servers that misbehave."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import trustme

from security.adapters.outgoing import MOST_BYTES, CannotReach, Outgoing
from security.reach import AllowedHosts, Reach
from tests.security.adapters.test_connecting import (  # noqa: F401 - fixtures.
    Names,
    authority,
    secure,
    served_by,
    trusted,
)
from tests.security.sockets import Liar

pytestmark = pytest.mark.sockets
HERE = Reach(loopback=True)


@pytest.fixture
async def client(trusted: Path) -> AsyncIterator[Outgoing]:  # noqa: F811
    outgoing = Outgoing(AllowedHosts(), HERE, trusted, seconds=0.5)
    yield outgoing
    await outgoing.close()


@pytest.fixture
async def server(authority: trustme.CA) -> AsyncIterator[tuple[Liar, str]]:  # noqa: F811
    async with secure(served_by(authority, "127.0.0.1")) as (liar, port):
        yield liar, f"https://127.0.0.1:{port}"


async def why(client: Outgoing, url: str) -> tuple[str, bool]:
    with pytest.raises(CannotReach) as caught:
        await client.request("POST", url, body=b"x")
    return caught.value.why, caught.value.sent


async def test_what_is_asked_arrives_as_it_is(client: Outgoing, server: tuple[Liar, str]) -> None:
    liar, base = server
    liar.answer(201, b"taken", b"Location: https://elsewhere.example/1")
    answer = await client.request(
        "POST", f"{base}/push/a%2Fb?c=%20d", headers={"TTL": "60"}, body=b"\x00sealed"
    )
    assert (answer.status, answer.body) == (201, b"taken")
    assert answer.headers["location"] == "https://elsewhere.example/1"
    [asked] = liar.asked
    head = asked.split(b"\r\n\r\n")[0]
    assert head.startswith(b"POST /push/a%2Fb?c=%20d HTTP/1.1\r\n")
    assert b"\r\nTTL: 60" in head
    assert b"User-Agent" not in head
    assert b"Accept-Encoding" not in head


async def test_attack_a_redirect_is_not_followed(
    client: Outgoing, server: tuple[Liar, str]
) -> None:
    """★ No redirects: the host is the one that was looked at."""
    liar, base = server
    liar.answer(307, b"", b"Location: /inside")
    assert await why(client, base) == ("redirected", True)
    assert len(liar.asked) == 1


async def test_attack_an_endless_answer_ends(client: Outgoing, server: tuple[Liar, str]) -> None:
    liar, base = server
    liar.answer(200, b"x" * (MOST_BYTES + 1))
    assert await why(client, base) == ("too_large", True)
    liar.answer(200, b"x" * MOST_BYTES)
    assert len((await client.request("GET", base)).body) == MOST_BYTES


async def test_attack_a_compressed_answer_is_not_unpacked(
    client: Outgoing, server: tuple[Liar, str]
) -> None:
    liar, base = server
    liar.answer(200, b"\x1f\x8b", b"Content-Encoding: gzip")
    assert await why(client, base) == ("compressed", True)


async def test_attack_a_certificate_of_somebody_else_is_not_trusted(client: Outgoing) -> None:
    """ASVS 12.3.2: nothing is sent."""
    async with secure(served_by(trustme.CA(), "127.0.0.1")) as (liar, port):
        assert await why(client, f"https://127.0.0.1:{port}") == ("no_connection", False)
    assert liar.asked == []


async def test_attack_a_server_that_says_nothing_is_left(client: Outgoing) -> None:
    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    server = await asyncio.start_server(silent, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    assert (await why(client, f"http://127.0.0.1:{port}"))[0] == "TimeoutError"
    server.close()


async def test_attack_what_is_not_of_the_list_is_not_even_looked_up(trusted: Path) -> None:  # noqa: F811
    """★ Allow-list; public addresses alone."""
    outgoing = Outgoing(AllowedHosts(frozenset({"push.example"})), None, trusted)
    for url in ("https://evil.example/", "https://127.0.0.1/", "http://push.example/"):
        assert await why(outgoing, url) == ("not_allowed", False)
    await outgoing.close()


async def test_attack_a_name_of_the_list_that_leads_inside_is_not_asked(
    trusted: Path,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """★ DNS rebinding: what refuses it is tried in test_connecting.py; here, that it is asked."""
    monkeypatch.setattr("aiohttp.DefaultResolver", lambda: Names("127.0.0.1"))
    outgoing = Outgoing(AllowedHosts(frozenset({"push.example"})), None, trusted)
    assert await why(outgoing, "https://push.example/") == ("no_connection", False)
    await outgoing.close()
