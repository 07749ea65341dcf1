"""The gateway's application in process, around fakes."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import httpx
import pytest
from pydantic import HttpUrl
from starlette.types import ASGIApp

from gateway.app import build_app
from gateway.calls import Parts
from gateway.cookies import NAME
from gateway.origins import known_hosts
from gateway.pages import page_of
from gateway.rates import RateLimits
from gateway.streams import StreamLimits, Streams
from gateway.turns import Turns
from tests.gateway.fakes import CSRF, SESSION, FakeRasa, FakeSecurity

ORIGIN = "https://localhost:8443"
HELD = {"cookie": f"{NAME}={SESSION}", "x-csrf-token": CSRF, "origin": ORIGIN}
FRAME = b'<!doctype html><meta content="hosts"><meta content="organisation">'
RATES = {"sessions": 120, "sign_ins": 60, "messages": 240, "requests": 1_200}


@dataclass
class Gateway:
    """The application with everything that it was built from."""

    security: FakeSecurity = field(default_factory=FakeSecurity)
    rasa: FakeRasa = field(default_factory=FakeRasa)
    limits: RateLimits = field(default_factory=lambda: RateLimits(RATES))
    mode: str = "demo"
    stream_limits: StreamLimits | None = None

    def __post_init__(self) -> None:
        self.turns = Turns(self.security, self.rasa)
        self.streams = Streams(self.security, self.stream_limits)
        self.parts = Parts(self.security, self.rasa, self.turns, self.streams)
        self.app: ASGIApp = build_app(
            self.parts,
            known_hosts(self.mode, 8443, HttpUrl(ORIGIN)),
            self.limits,
            {
                "/": page_of(b"<!doctype html><title>Chat</title>", "text/html; charset=utf-8"),
                "/security": page_of(b"<!doctype html>", "text/html; charset=utf-8"),
                "/sso/callback": page_of(b"<!doctype html>", "text/html; charset=utf-8"),
                "/assets/chat.js": page_of(b"export {};", "text/javascript; charset=utf-8"),
            },
            demo=self.mode == "demo",
            frame=FRAME,
        )

    def client(self, address: str = "127.0.0.1") -> httpx.AsyncClient:
        """Return a client that calls the application without a socket."""
        transport = httpx.ASGITransport(self.app, client=(address, 40_000))
        return httpx.AsyncClient(transport=transport, base_url=ORIGIN)


@pytest.fixture
def gateway() -> Gateway:
    return Gateway()


@pytest.fixture
async def client(gateway: Gateway) -> AsyncIterator[httpx.AsyncClient]:
    async with gateway.client() as client:
        yield client
