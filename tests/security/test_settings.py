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
