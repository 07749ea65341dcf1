"""The stream of a session's events: who gets one, how many, what it says, when it ends."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, MutableMapping
from contextlib import asynccontextmanager
from typing import Any

import pytest

from gateway.cookies import NAME
from gateway.streams import StreamLimits
from security.errors import Refused
from security.model import Event
from tests.gateway.conftest import HELD, ORIGIN, Gateway
from tests.gateway.fakes import SESSION, reading

HELLO = Event(event="message", id="1.ab.0", data='{"text":"hello"}')
COOKIE = {"cookie": f"{NAME}={SESSION}"}
PATIENCE = 10


class Browser:
    """One open request to the application: what it was sent so far."""

    def __init__(self, headers: dict[str, str], address: str, method: str) -> None:
        given = {"host": ORIGIN.removeprefix("https://"), **headers}
        self.scope: MutableMapping[str, Any] = {
            "type": "http",
            "http_version": "1.1",
            "method": method,
            "scheme": "https",
            "path": "/api/events",
            "raw_path": b"/api/events",
            "root_path": "",
            "query_string": b"",
            "client": (address, 40_000),
            "headers": [(name.encode(), value.encode()) for name, value in given.items()],
        }
        self.status = 0
        self.headers: dict[bytes, bytes] = {}
        self.body = b""
        self.over = False
        self.left = asyncio.Event()
        self._more = asyncio.Event()

    async def receive(self) -> MutableMapping[str, Any]:
        await self.left.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            self.status, self.headers = message["status"], dict(message["headers"])
        else:
            self.body += message.get("body", b"")
            self.over = not message.get("more_body", False)
        self._more.set()

    async def until(self, words: bytes) -> None:
        """Wait until this has arrived."""
        async with asyncio.timeout(PATIENCE):
            while words not in self.body:
                self._more.clear()
                await self._more.wait()

    async def until_over(self) -> None:
        """Wait for the end of the answer."""
        async with asyncio.timeout(PATIENCE):
            while not self.over:
                self._more.clear()
                await self._more.wait()


@asynccontextmanager
async def opened(
    gateway: Gateway,
    headers: dict[str, str] | None = None,
    address: str = "127.0.0.1",
    method: str = "GET",
) -> AsyncIterator[Browser]:
    """Let a browser ask; it goes away at the end."""
    browser = Browser(COOKIE if headers is None else headers, address, method)
    task = asyncio.create_task(gateway.app(browser.scope, browser.receive, browser.send))
    try:
        yield browser
    finally:
        browser.left.set()
        await asyncio.wait_for(task, PATIENCE)


async def answered(gateway: Gateway, headers: dict[str, str], method: str = "GET") -> Browser:
    """Ask, and wait for the whole answer."""
    async with opened(gateway, headers, method=method) as browser:
        await browser.until_over()
    return browser


async def test_a_stream_says_what_is_new_with_its_ids(gateway: Gateway) -> None:
    gateway.security.readings = [reading(HELLO)]
    browser = await answered(gateway, COOKIE)
    assert browser.status == 200
    assert browser.headers[b"content-type"] == b"text/event-stream"
    assert browser.headers[b"cache-control"] == b"no-store"
    assert b"content-security-policy" in browser.headers
    assert b'event: message\nid: 1.ab.0\ndata: {"text":"hello"}\n\n' in browser.body
    assert len(gateway.streams) == 0


async def test_each_reading_brings_what_the_last_one_gave(gateway: Gateway) -> None:
    security = gateway.security
    security.readings = [
        reading(position="1.ab.0", mark="m1", again_in=0.0),
        reading(position="2.ab.1", mark="m2", again_in=0.0),
    ]
    await answered(gateway, {**COOKIE, "last-event-id": "0"})
    reads = [given for name, given in security.calls if name == "read_events"]
    assert reads == [
        (None, "0", None),
        ("name-1", "1.ab.0", "m1"),
        ("name-1", "2.ab.1", "m2"),
    ]


async def test_a_name_from_security_wakes_its_streams_alone(gateway: Gateway) -> None:
    quiet = Event(event="message", data='{"text":"not for you"}')
    gateway.security.readings = [reading(), reading(), reading(name="name-2"), reading()]
    async with opened(gateway) as one:
        await one.until(b":\n\n:\n\n")
        async with opened(gateway) as other:
            await other.until(b":\n\n:\n\n")
            gateway.security.readings = [reading(HELLO), reading(quiet), reading(quiet)]
            await gateway.security.touches.put(["name-1"])
            await one.until(b"hello")
            assert b"not for you" not in other.body
            await gateway.security.touches.put(None)
            await other.until(b"not for you")


async def test_a_session_that_is_over_gets_its_end_and_nothing_more(gateway: Gateway) -> None:
    """ASVS 7.4.1."""
    over = Event(event="session", data='{"over":"ended"}')
    gateway.security.readings = [reading(), reading(), reading(over, over="ended"), reading(HELLO)]
    async with opened(gateway) as browser:
        await browser.until(b":\n\n:\n\n")
        await gateway.security.touches.put(["name-1"])
        await browser.until_over()
    assert browser.body.endswith(b'event: session\ndata: {"over":"ended"}\n\n')
    assert b"hello" not in browser.body


@pytest.mark.parametrize("code", ["session_expired", "security_unavailable"])
async def test_attack_a_stream_whose_session_nobody_vouches_for_ends(
    gateway: Gateway, code: str
) -> None:
    """ASVS 16.5.3: no answer of security is no leave to go on."""
    gateway.security.readings = [reading(), Refused(code), reading(HELLO)]
    browser = await answered(gateway, COOKIE)
    assert b"hello" not in browser.body


async def test_attack_a_stream_without_a_cookie_is_refused(gateway: Gateway) -> None:
    browser = await answered(gateway, {})
    assert (browser.status, len(gateway.streams)) == (401, 0)
    assert b"session_expired" in browser.body


async def test_attack_a_stream_with_an_unknown_cookie_is_refused(gateway: Gateway) -> None:
    browser = await answered(gateway, {"cookie": f"{NAME}={'x' * 43}"})
    assert (browser.status, len(gateway.streams)) == (401, 0)


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
    ],
)
async def test_attack_a_page_of_another_site_gets_no_stream(
    gateway: Gateway, headers: dict[str, str]
) -> None:
    """ASVS 3.5.1: also where the cookie would come along, as from another port of this host."""
    browser = await answered(gateway, {**COOKIE, **headers})
    assert browser.status == 403
    assert b"foreign_origin" in browser.body
    assert gateway.security.calls == []


async def test_the_page_itself_gets_one(gateway: Gateway) -> None:
    browser = await answered(gateway, {**HELD, "sec-fetch-site": "same-origin"})
    assert browser.status == 200


async def test_a_head_opens_no_stream(gateway: Gateway) -> None:
    assert (await answered(gateway, COOKIE, "HEAD")).status == 405


@pytest.mark.parametrize("given", ["x" * 10, "1" * 129, "1.ab.0\x00", "1 OR 1", "-1"])
async def test_attack_an_odd_last_event_id_is_a_position_that_nobody_knows(
    gateway: Gateway, given: str
) -> None:
    await answered(gateway, {**COOKIE, "last-event-id": given})
    [first, *_] = [asked for name, asked in gateway.security.calls if name == "read_events"]
    assert first == (None, "?", None)


@pytest.mark.parametrize(
    ("limits", "address"),
    [
        (StreamLimits(total=2), "192.0.2.9"),
        (StreamLimits(address=2), "127.0.0.1"),
        (StreamLimits(session=2), "192.0.2.9"),
    ],
)
async def test_attack_more_streams_than_allowed_are_refused(
    limits: StreamLimits, address: str
) -> None:
    gateway = Gateway(stream_limits=limits)
    gateway.security.readings = [reading() for _ in range(20)]
    async with opened(gateway) as one, opened(gateway) as two:
        await one.until(b":\n\n")
        await two.until(b":\n\n")
        async with opened(gateway, address=address) as third:
            await third.until_over()
            assert third.status == 429
            assert b"too_many_streams" in third.body
            assert third.headers[b"retry-after"] == b"15"
    # Whoever closes one has a place again.
    async with opened(gateway, address=address) as fourth:
        await fourth.until(b":\n\n")
    assert len(gateway.streams) == 0


async def test_refusals_leave_no_place_taken(gateway: Gateway) -> None:
    for _ in range(3):
        gateway.security.readings = [Refused("security_unavailable")]
        assert (await answered(gateway, COOKIE)).status == 503
    assert len(gateway.streams) == 0


async def test_a_stopping_gateway_ends_its_streams_at_once(gateway: Gateway) -> None:
    gateway.security.readings = [reading(), reading()]
    async with opened(gateway) as browser:
        await browser.until(b":\n\n:\n\n")
        gateway.streams.stop()
        await browser.until_over()
    assert (await answered(gateway, COOKIE)).status == 429


async def test_a_stream_lasts_for_a_while_and_then_the_next_one_begins(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.events.STREAM_SECONDS", 0.0)
    gateway.security.readings = [reading(), reading(HELLO)]
    assert b"hello" not in (await answered(gateway, COOKIE)).body


async def test_a_quiet_stream_is_kept_alive_and_looked_after(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A word that got lost, or a limit that has passed, is found without anybody's saying so."""
    monkeypatch.setattr("gateway.events.KEEP_ALIVE_SECONDS", 0.0)
    gateway.security.readings = [reading(), reading(), reading(), reading(HELLO)]
    browser = await answered(gateway, COOKIE)
    assert browser.body.index(b":\n\n:\n\n:\n\n") < browser.body.index(b"hello")


async def test_security_out_of_reach_slows_the_following_and_stops_nothing(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.streams._PAUSE_SECONDS", 0.0)
    failures = [Refused("security_unavailable"), ValueError("odd")]
    wait = gateway.security.wait_for_events

    async def fails_first(after: str) -> Any:
        if failures:
            raise failures.pop(0)
        return await wait(after)

    monkeypatch.setattr(gateway.security, "wait_for_events", fails_first)
    gateway.security.readings = [reading(), reading()]
    async with opened(gateway) as browser:
        await browser.until(b":\n\n:\n\n")
        gateway.security.readings = [reading(HELLO)]
        await gateway.security.touches.put(["name-1"])
        await browser.until(b"hello")


async def test_nobody_follows_where_nobody_looks(gateway: Gateway) -> None:
    await answered(gateway, COOKIE)
    assert asyncio.all_tasks() == {asyncio.current_task()}
