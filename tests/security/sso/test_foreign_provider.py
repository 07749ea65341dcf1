"""A certified provider that we did not write (`oidc-provider`), over TLS: a whole sign-in."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import ssl
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from urllib.parse import parse_qs, urljoin, urlsplit

import aiohttp
import pytest
import trustme

from security.adapters.outgoing import Outgoing
from security.adapters.provider_client import ProviderClient, Providers
from security.errors import Refused
from security.reach import AllowedHosts, Reach
from tests.security.idp import CALLBACK, SECRET, Idp, globex
from tests.security.signing_on import come_back, link, start
from tests.security.visitor import Visitor
from tests.security.world import World
from tests.support.node import FOLDER, find_node, is_installed

pytestmark = pytest.mark.sockets


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Heard(HTTPServer):
    """Takes what is posted to our address of logouts."""

    def __init__(self) -> None:
        self.bodies: list[str] = []
        heard = self.bodies

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                heard.append(self.rfile.read(int(self.headers["content-length"])).decode())
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Nobody reads it."""

        super().__init__(("127.0.0.1", 0), Handler)


@pytest.fixture
def heard() -> Iterator[Heard]:
    server = Heard()
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
async def issuer(tmp_path: Path, heard: Heard) -> AsyncIterator[str]:
    """The address of the provider, once it answers."""
    node = find_node()
    if node is None or not is_installed():
        missing = "Node 20 with the packages of tests/foreign is not there: make test installs them"
        if os.environ.get("CI"):
            pytest.fail(missing)
        pytest.skip(missing)
    ca, port = trustme.CA(), free_port()
    ca.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    issued = ca.issue_cert("localhost")
    client = {
        "client_id": "gatehouse",
        "client_secret": SECRET,
        "redirect_uris": [CALLBACK],
        "id_token_signed_response_alg": "RS256",
        "token_endpoint_auth_method": "client_secret_basic",
        "backchannel_logout_uri": f"http://127.0.0.1:{heard.server_port}/",
        "backchannel_logout_session_required": True,
    }
    given = {
        "port": port,
        "key": issued.private_key_pem.bytes().decode(),
        "cert": issued.cert_chain_pems[0].bytes().decode(),
        "client": client,
    }
    process = await asyncio.create_subprocess_exec(
        node,
        str(FOLDER / "oidc_provider.mjs"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(json.dumps(given).encode())
    process.stdin.close()
    lines = [line async for line in _until_ready(process.stdout)]
    assert lines[-1:] == [b"ready"]
    yield f"https://localhost:{port}"
    process.kill()
    await process.wait()


async def _until_ready(stream: asyncio.StreamReader) -> AsyncIterator[bytes]:
    while line := (await asyncio.wait_for(stream.readline(), 30)).strip():
        yield line
        if line == b"ready":
            return


async def walked(location: str, ca_file: Path) -> dict[str, str]:
    """Follow a browser's way until it is sent back to us; return what it brings."""
    tls = ssl.create_default_context(cafile=ca_file)
    jar = aiohttp.CookieJar(unsafe=True)
    async with aiohttp.ClientSession(cookie_jar=jar) as browser:
        for _ in range(6):
            async with browser.get(location, ssl=tls, allow_redirects=False) as page:
                location = urljoin(location, page.headers["location"])
            if location.startswith(CALLBACK):
                return {k: v for k, [v] in parse_qs(urlsplit(location).query).items()}
    raise AssertionError("it led nowhere")


async def test_a_certified_provider_signs_in_and_out(
    world: World, visitor: Visitor, issuer: str, tmp_path: Path, heard: Heard
) -> None:
    """OpenID Connect Core, RFC 7636, RFC 9207, Back-Channel Logout 1.0, as others read them."""
    world.clock.now = datetime.now(UTC)
    await visitor.arrive()
    provider = replace(globex(), issuer=issuer)
    outgoing = Outgoing(AllowedHosts(frozenset()), Reach(loopback=True), tmp_path / "ca.pem")
    client = ProviderClient(provider, SECRET, outgoing, world.clock)
    world.wire(replace(world.core, providers=Providers({"globex": client})))
    link(world, Idp(provider, world.clock), "erin", "e-1")
    started = await start(visitor)
    back = await walked(started.location, tmp_path / "ca.pem")
    assert back["iss"] == issuer
    world.clock.now = datetime.now(UTC)
    with pytest.raises(Refused, match=r"^sso_refused$"):
        await come_back(visitor, started, {"code": back["code"], "state": "s" * 43})
    passed = await come_back(
        visitor, started, {"code": back["code"], "state": back["state"], "issuer": back["iss"]}
    )
    assert passed.grant.session.assurance == "aal2"

    tls = ssl.create_default_context(cafile=tmp_path / "ca.pem")
    async with aiohttp.ClientSession() as browser, browser.get(f"{issuer}/log-out", ssl=tls):
        """It answers once it has told us."""
    [token] = parse_qs(heard.bodies[0])["logout_token"]
    await world.gateway.log_out_by_provider("globex", token)
    with pytest.raises(Refused, match=r"^session_expired$"):
        await visitor.look()
    await outgoing.close()
