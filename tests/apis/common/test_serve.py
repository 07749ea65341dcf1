"""An API that cannot start says why, in one line."""

from __future__ import annotations

from pathlib import Path

import pytest
from structlog.testing import capture_logs

from apis.common import serve
from security.policy import PolicyError


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (PolicyError("unexpected end of input"), "its policies do not hold"),
        (OSError("secret path"), "its keys or its database cannot be read"),
        (ValueError("secret value"), "its keys or its database cannot be read"),
    ],
)
def test_an_api_that_cannot_start_says_why(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, error: Exception, said: str
) -> None:
    """ASVS 16.5.3: without its policies it serves nothing, and somebody can see what to mend."""
    monkeypatch.setenv("GATEHOUSE_HOME", str(tmp_path))
    monkeypatch.setattr(serve, "configure_logs", lambda _name: None)

    async def run(_home: Path) -> None:
        raise error

    with capture_logs() as logged:
        assert serve.run_process("banking", run) == 1
    [line] = logged
    assert said in line["event"]
    assert "secret" not in str(line)
