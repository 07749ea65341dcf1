"""Who may read the numbers, and from where."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from aiohttp.test_utils import TestClient, TestServer

from runtime.callers import bearer
from telemetry.page import METRICS, metrics_page
from telemetry.settings import TelemetrySettings, checked_token

TOKEN = "t" * 32


async def ask() -> Mapping[str, bytes | None]:
    return {"security": None}


async def status(token: str | None, **headers: str) -> int:
    async with TestClient(TestServer(metrics_page(ask, token))) as client:
        reply = await client.get(METRICS, headers=headers)
        assert ("gatehouse_up" in await reply.text()) == (reply.status == 200)
        return reply.status


async def test_this_machine_reads_them() -> None:
    assert await status(None) == 200


@pytest.mark.parametrize("host", ["evil.example", "evil.example:9464", "localhost.evil.example"])
async def test_attack_a_page_in_a_browser_here_does_not(host: str) -> None:
    """ASVS 4.4.2: another name that leads to this address is refused (DNS rebinding)."""
    assert await status(None, Host=host) == 421


async def test_attack_without_the_token_nobody_does() -> None:
    """ASVS 13.2.4."""
    assert await status(TOKEN) == 401
    assert await status(TOKEN, **bearer("u" * 32)) == 401
    assert await status(TOKEN, **bearer(TOKEN)) == 200


async def test_attack_a_token_in_other_letters_is_refused_and_no_fault() -> None:
    """ASVS 16.5.3."""
    assert await status(TOKEN, Authorization="Bearer \u20ac") == 401


def test_production_wants_a_token(tmp_path) -> None:
    settings = TelemetrySettings(run_dir=tmp_path, mode="production", metrics_port=9464)
    with pytest.raises(ValueError, match="GATEHOUSE_METRICS_TOKEN"):
        checked_token(settings, None)
    for length, good in ((31, False), (32, True)):
        if good:
            assert checked_token(settings, "t" * length) == "t" * length
        else:
            with pytest.raises(ValueError, match="32 characters"):
                checked_token(settings, "t" * length)


@pytest.mark.parametrize(
    "url",
    [
        "http://collector.example/v1/traces",
        "https://127.0.0.1:4318/v1/traces",
        "https://me:secret@collector.example/",
        "file:///etc/passwd",
    ],
)
def test_attack_traces_go_to_no_other_place(tmp_path, url: str) -> None:
    """ASVS 12.3.2: https, and not to this machine unless a setting for demos says so."""
    with pytest.raises(ValueError, match="GATEHOUSE_TRACES_URL is not right"):
        TelemetrySettings(run_dir=tmp_path, traces_url=url)


def test_this_machine_is_for_demos_alone(tmp_path) -> None:
    told = {"traces_url": "http://127.0.0.1:4318/v1/traces", "traces_development_loopback": True}
    assert TelemetrySettings(run_dir=tmp_path, **told).traces_url
    with pytest.raises(ValueError, match="demo mode only"):
        TelemetrySettings(run_dir=tmp_path, mode="production", **told)
