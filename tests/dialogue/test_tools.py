"""Rasa's own tools run on the project: `rasa data validate`, `rasa test`."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from .service import PYTHON, ROOT, environ


def rasa(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    settings = {"RASA_TELEMETRY_ENABLED": "false", "MPLCONFIGDIR": str(folder)}
    return subprocess.run(
        [PYTHON, "-m", "rasa", *arguments],
        cwd=ROOT,
        env=environ(folder, folder, **settings),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=250,
        check=False,
    )


@pytest.mark.slow
def test_the_training_data_has_no_faults(tmp_path: Path) -> None:
    done = rasa(tmp_path, "data", "validate", "--fail-on-warnings")
    assert done.returncode == 0, done.stdout


@pytest.mark.slow
def test_the_conversations_go_as_they_are_written(tmp_path: Path, model: Path) -> None:
    given = ["--stories", "tests/stories", "--model", str(model), "--out", str(tmp_path)]
    done = rasa(tmp_path, "test", "core", *given, "--no-plot", "--fail-on-prediction-errors")
    assert done.returncode == 0, done.stdout
