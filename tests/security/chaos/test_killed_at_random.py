"""Security is killed at random moments while people read and write: `make chaos` does it more."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
KILLS = 50


@pytest.mark.slow
def test_attack_killed_at_random_the_log_verifies_and_no_call_is_without_its_record() -> None:
    """ASVS 16.4.2, 16.5.3, GH-4: after each kill, with checkpoints of before it.

    In a process of its own: it forks, and whoever forks may not have threads.
    """
    words = [sys.executable, "-m", "tests.security.chaos", "--kills", str(KILLS)]
    ended = subprocess.run(
        words, check=False, cwd=ROOT, capture_output=True, text=True, timeout=300
    )
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout.startswith(f"{KILLS} kills, ")
    assert ", 0 records" not in ended.stdout
    assert ", 0 calls" not in ended.stdout
