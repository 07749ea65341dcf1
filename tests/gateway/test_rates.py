"""Limits per address."""

from __future__ import annotations

import httpx
import pytest

from gateway.problems import Problem
from gateway.rates import RateLimits
from gateway.settings import GatewaySettings
from tests.gateway.conftest import HELD, Gateway


class Clock:
    """Seconds that pass only when they are told to."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


def admitted(limits: RateLimits, name: str, address: str, times: int) -> int:
    """Return how many of `times` requests pass."""
    codes = []
    for _ in range(times):
        try:
            limits.admit(name, address)  # type: ignore[arg-type]
        except Problem as problem:
            codes.append(problem.code)
    assert set(codes) <= {"rate_limited"}
    return times - len(codes)


@pytest.mark.parametrize(("seconds", "passed"), [(59, 0), (60, 5), (61, 5)])
def test_the_limit_itself_passes_and_one_more_does_not(seconds: int, passed: int) -> None:
    """Abuse: a moving window of a minute, at its boundary."""
    clock = Clock()
    limits = RateLimits({"messages": 5}, clock)
    assert admitted(limits, "messages", "192.0.2.1", 6) == 5
    clock.now += seconds
    assert admitted(limits, "messages", "192.0.2.1", 6) == passed


@pytest.mark.parametrize(("seconds", "wait"), [(0, "60"), (20, "40"), (20.5, "40"), (59.9, "1")])
def test_a_refusal_says_how_long_to_wait(seconds: float, wait: str) -> None:
    clock = Clock()
    limits = RateLimits({"messages": 1}, clock)
    limits.admit("messages", "192.0.2.1")
    clock.now += seconds
    with pytest.raises(Problem) as refused:
        limits.admit("messages", "192.0.2.1")
    assert refused.value.headers == {"Retry-After": wait}


def test_one_address_does_not_use_up_anothers_share() -> None:
    limits = RateLimits({"messages": 2})
    assert admitted(limits, "messages", "192.0.2.1", 3) == 2
    assert admitted(limits, "messages", "192.0.2.2", 3) == 2


def test_hopping_within_a_network_is_one_client() -> None:
    """Abuse: a subscriber's whole IPv6 /64 counts as one."""
    limits = RateLimits({"messages": 2})
    hops = [f"2001:db8:1:2::{number}" for number in range(3)]
    assert sum(admitted(limits, "messages", hop, 1) for hop in hops) == 2
    assert admitted(limits, "messages", "2001:db8:1:3::", 1) == 1


def broken() -> float:
    raise OSError("no clock")


async def test_a_failing_limiter_lets_nothing_pass() -> None:
    """ASVS 16.5.3: fail closed, with a clear message, and security is not asked."""
    gateway = Gateway(limits=RateLimits({"requests": 1, "sessions": 1}, broken))
    async with gateway.client() as client:
        for answer in (await client.get("/"), await client.post("/api/session", json={})):
            assert (answer.status_code, answer.json()["code"]) == (503, "security_unavailable")
    assert gateway.security.calls == []


async def test_guessing_passwords_is_limited_before_security_is_asked() -> None:
    """ASVS 6.3.1: sign-ins of one address; the rest of the page goes on working."""
    gateway = Gateway(limits=RateLimits({"sign_ins": 3, "requests": 100}))
    guess = {"tenant": "northwind-bank", "username": "alice", "password": "guess"}
    async with gateway.client() as client:
        statuses = [
            (await client.post("/api/session/password", headers=HELD, json=guess)).status_code
            for _ in range(5)
        ]
        assert statuses == [401, 401, 401, 429, 429]
        assert (await client.get("/api/session", headers=HELD)).status_code == 200
    assert len(gateway.security.named("check_password")) == 3


@pytest.mark.parametrize("tail", ["%0A", "%0a", "%0D", "/", "%20", "%00", "?x=1"])
async def test_a_call_by_another_spelling_has_no_limit_of_its_own(tail: str) -> None:
    """ASVS 6.3.1: a path with a line feed more is not the same call under a looser limit."""
    gateway = Gateway(limits=RateLimits({"sign_ins": 1, "requests": 100}))
    guess = {"tenant": "northwind-bank", "username": "alice", "password": "guess"}
    async with gateway.client() as client:
        for path in ["/api/session/password", *[f"/api/session/password{tail}"] * 3]:
            url = httpx.URL("https://localhost:8443").copy_with(raw_path=path.encode())
            await client.post(url, headers=HELD, json=guess)
    assert len(gateway.security.named("check_password")) == 1


async def test_a_forged_forwarding_header_buys_no_fresh_limit() -> None:
    """Abuse: the address is that of the connection, whatever headers claim."""
    gateway = Gateway(limits=RateLimits({"sessions": 1, "requests": 100}))
    async with gateway.client() as client:
        answers: list[httpx.Response] = []
        for number in range(3):
            forged = {"x-forwarded-for": f"203.0.113.{number}", "forwarded": f"for=[::{number}]"}
            answers.append(await client.post("/api/session", headers=forged, json={}))
    assert [answer.status_code for answer in answers] == [201, 429, 429]
    assert answers[1].json()["code"] == "rate_limited"
    assert 1 <= int(answers[1].headers["retry-after"]) <= 60
    assert gateway.security.named("create_session") == [(None, "127.0.0.1")]


def test_the_default_limits_are_no_lower_than_promised(tmp_path: object) -> None:
    """Contract: 60 sessions, 30 sign-ins, 120 messages a minute at least."""
    rates = GatewaySettings(home=tmp_path, run_dir=tmp_path).rates  # type: ignore[arg-type]
    assert rates["sessions"] >= 60
    assert rates["sign_ins"] >= 30
    assert rates["messages"] >= 120
