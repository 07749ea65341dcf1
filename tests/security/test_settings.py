"""Settings that would open what should be closed."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from security.settings import SecuritySettings, load_settings


@pytest.mark.parametrize(("minutes", "good"), [(0, False), (59, False), (60, True), (61, True)])
def test_attack_a_recovery_that_waits_for_nobody(tmp_path: Path, minutes: int, good: bool) -> None:
    """ASVS 6.4.4: outside the demo, who reads the mailbox does not get in at once."""
    given = {"home": tmp_path, "run_dir": tmp_path, "recovery_wait_minutes": minutes}
    assert SecuritySettings(**given).recovery_wait.total_seconds() == 60 * minutes
    if good:
        assert SecuritySettings(**given, mode="production").mode == "production"
        return
    with pytest.raises(ValidationError, match="60 at least"):
        SecuritySettings(**given, mode="production")


def test_why_is_said_in_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told = {"HOME": str(tmp_path), "RUN_DIR": str(tmp_path), "MODE": "production"}
    for name, value in {**told, "RECOVERY_WAIT_MINUTES": "0"}.items():
        monkeypatch.setenv(f"GATEHOUSE_{name}", value)
    with pytest.raises(ValueError, match=r"^GATEHOUSE_RECOVERY_WAIT_MINUTES: in production"):
        load_settings()


def test_a_push_service_is_told_an_address_without_a_port(tmp_path: Path) -> None:
    """RFC 8292, section 2.1: our public address, or what is set."""
    given = {"home": tmp_path, "run_dir": tmp_path, "public_url": "https://localhost:8443"}
    told = SecuritySettings(**given)
    assert told.push_contact == "https://localhost"
    told = SecuritySettings(**given, push_subject="mailto:ops@bank.example")
    assert told.push_contact == "mailto:ops@bank.example"


def test_pushes_lead_to_this_machine_in_development_alone(tmp_path: Path) -> None:
    """Client-supplied URLs: production refuses the development setting."""
    given = {"home": tmp_path, "run_dir": tmp_path}
    loopback = {"push_development_loopback_url": "http://127.0.0.1:9"}
    assert SecuritySettings(**given).push_reach.loopback is False
    assert SecuritySettings(**given, **loopback).push_reach.loopback is True
    with pytest.raises(ValueError, match="GATEHOUSE_PUSH_DEVELOPMENT_LOOPBACK_URL"):
        SecuritySettings(**given, **loopback, mode="production")


def test_the_push_services_are_replaced_by_a_list(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GATEHOUSE_PUSH_SERVICES", "push.example, *.push.example:8443")
    told = SecuritySettings(home=tmp_path, run_dir=tmp_path)
    assert told.push_services.permits("push.example", 443)
    assert told.push_services.permits("eu.push.example", 8443)
    assert not told.push_services.permits("fcm.googleapis.com", 443)
