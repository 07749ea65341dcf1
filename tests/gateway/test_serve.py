"""The process on a loopback port: TLS, forwarding headers, start and stop."""

from __future__ import annotations

import asyncio
import gc
import os
import signal
import socket
import ssl
import warnings
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
import trustme

from gateway.serve import main, run
from gateway.settings import GatewaySettings
from runtime.descriptors import READY_FD, SECRETS_FD

SECRETS = {"gateway-to-security": "a" * 43, "gateway-to-rasa": "b" * 43}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def settings(tmp_path: Path, authority: trustme.CA) -> GatewaySettings:
    tls = tmp_path / "tls"
    tls.mkdir()
    certificate = authority.issue_cert("localhost")
    certificate.private_key_pem.write_to_path(tls / "server.key")
    for blob in certificate.cert_chain_pems:
        blob.write_to_path(tls / "server.pem", append=True)
    return GatewaySettings(
        home=tmp_path, run_dir=tmp_path, port=free_port(), limit_sessions_per_minute=1
    )


@pytest.fixture
async def served(
    settings: GatewaySettings, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[GatewaySettings]:
    reader, writer = os.pipe()
    monkeypatch.setenv(READY_FD, str(writer))
    process = asyncio.create_task(run(settings, SECRETS))
    ready = await asyncio.to_thread(os.read, reader, 6)
    os.close(reader)
    assert ready == b"ready\n"
    yield settings
    os.kill(os.getpid(), signal.SIGTERM)
    await asyncio.wait_for(process, 10)


def context_of(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.create_default_context()
    authority.configure_trust(context)
    return context


async def test_tls_1_2_is_refused(served: GatewaySettings, authority: trustme.CA) -> None:
    """ASVS 12.1.1: TLS 1.3 only."""
    old = context_of(authority)
    old.maximum_version = ssl.TLSVersion.TLSv1_2
    with pytest.raises((ssl.SSLError, ConnectionResetError)):
        await asyncio.open_connection(
            "127.0.0.1", served.port, ssl=old, server_hostname="localhost"
        )
    _, writer = await asyncio.open_connection(
        "127.0.0.1", served.port, ssl=context_of(authority), server_hostname="localhost"
    )
    assert writer.get_extra_info("ssl_object").version() == "TLSv1.3"
    writer.close()


async def test_the_whole_process_answers(served: GatewaySettings, authority: trustme.CA) -> None:
    """The page is served; without its neighbours the gateway is alive and not ready."""
    base = f"https://localhost:{served.port}"
    async with httpx.AsyncClient(verify=context_of(authority), base_url=base) as client:
        assert "<!doctype html>" in (await client.get("/")).text.lower()
        assert (await client.get("/healthz")).status_code == 200
        ready = await client.get("/readyz")
        assert ready.json()["parts"] == ["security", "rasa", "actions"]
        alone = await client.post("/api/session", json={})
        assert (alone.status_code, alone.json()["code"]) == (503, "security_unavailable")


async def test_forwarding_headers_are_not_believed(
    served: GatewaySettings, authority: trustme.CA
) -> None:
    """Abuse: a local client is not a proxy; it cannot choose the address that is limited."""
    base = f"https://localhost:{served.port}"
    async with httpx.AsyncClient(verify=context_of(authority), base_url=base) as client:
        forged = [{"x-forwarded-for": f"203.0.113.{n}"} for n in range(2)]
        answers = [await client.post("/api/session", headers=h, json={}) for h in forged]
    assert [answer.status_code for answer in answers] == [503, 429]


async def test_the_limits_below_http_are_in_place(
    served: GatewaySettings, authority: trustme.CA
) -> None:
    """Abuse: the protocol with limits is the one that serves."""
    base = f"https://localhost:{served.port}"
    async with httpx.AsyncClient(verify=context_of(authority), base_url=base) as client:
        answer = await client.get("/", headers={"x": "a" * 20_000})
    assert (answer.status_code, answer.json()["code"]) == (431, "headers_too_large")


def start(monkeypatch: pytest.MonkeyPatch, settings: GatewaySettings, secrets: bytes) -> int:
    reader, writer = os.pipe()
    os.write(writer, secrets)
    os.close(writer)
    monkeypatch.setenv(SECRETS_FD, str(reader))
    monkeypatch.setenv("GATEHOUSE_HOME", str(settings.home))
    monkeypatch.setenv("GATEHOUSE_RUN_DIR", str(settings.run_dir))
    monkeypatch.setenv("GATEHOUSE_PORT", str(settings.port))
    monkeypatch.setattr("gateway.serve.configure_logs", lambda _: None)
    return main()


def test_a_port_in_use_is_one_clear_line(
    settings: GatewaySettings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    good = b'{"gateway-to-security": "%s", "gateway-to-rasa": "%s"}' % (b"a" * 43, b"b" * 43)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", settings.port))
        taken.listen()
        with warnings.catch_warnings(action="ignore", category=ResourceWarning):
            assert start(monkeypatch, settings, good) == 1
            gc.collect()
    assert "cannot listen" in capsys.readouterr().out


def test_a_missing_credential_is_one_clear_line(
    settings: GatewaySettings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """ASVS 16.5.3: no credential, no start."""
    assert start(monkeypatch, settings, b"{}") == 1
    assert "gateway-to-rasa" in capsys.readouterr().out


def test_production_without_a_public_name_does_not_start(
    settings: GatewaySettings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("GATEHOUSE_MODE", "production")
    assert start(monkeypatch, settings, b"{}") == 1
    assert "settings_not_valid" in capsys.readouterr().out
