"""Which outlets are wired, and what is not set by half."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest
import trustme

from security.outlet_parts import build_forwarders, build_outlets
from security.outlets.settings import SECRET, load_outlets
from tests.security.world import World

WEBHOOK = "https://hooks.example/trail"
SECRETS = {SECRET: "whsec_" + base64.b64encode(b"k" * 32).decode()}


def test_nothing_works_where_nothing_is_set(world: World) -> None:
    assert build_forwarders(world.core, SECRETS) == []


async def test_each_that_is_set_is_wired(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trustme.CA().cert_pem.write_to_path(tmp_path / "ca.pem")
    monkeypatch.setenv("GATEHOUSE_OUT_FILES", "true")
    monkeypatch.setenv("GATEHOUSE_OUT_SYSLOG_URL", "tls://siem.example:6514")
    monkeypatch.setenv("GATEHOUSE_OUT_SYSLOG_CA_FILE", str(tmp_path / "ca.pem"))
    monkeypatch.setenv("GATEHOUSE_OUT_WEBHOOK_URL", WEBHOOK)
    outlets = build_outlets(world.core, load_outlets("demo"), SECRETS)
    assert [one.name for one in outlets] == ["files", "syslog", "webhook"]
    assert len(build_forwarders(world.core, SECRETS)) == 3


def test_a_webhook_without_its_secret_keeps_it_from_starting(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GATEHOUSE_OUT_WEBHOOK_URL", WEBHOOK)
    with pytest.raises(ValueError, match="needs GATEHOUSE_OUT_WEBHOOK_SECRET"):
        build_forwarders(world.core, {})


def test_an_authority_that_is_none_keeps_it_from_starting(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "ca.pem").write_text("no certificate")
    monkeypatch.setenv("GATEHOUSE_OUT_SYSLOG_URL", "tls://siem.example:6514")
    monkeypatch.setenv("GATEHOUSE_OUT_SYSLOG_CA_FILE", str(tmp_path / "ca.pem"))
    with pytest.raises(OSError, match=r"certificate|PEM"):
        build_forwarders(world.core, {})
