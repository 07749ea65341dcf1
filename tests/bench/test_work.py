"""A run's folder: one run at a time, and nothing left of one that was killed."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench import work
from cli.problems import Problem


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(work, "KEPT", tmp_path)
    return tmp_path


def test_two_runs_never_measure_at_once(kept: Path) -> None:
    with work.only_run(), pytest.raises(Problem, match="another bench"), work.only_run():
        pass
    with work.only_run() as folder:
        assert folder == kept


def test_the_secrets_that_a_killed_run_left_are_removed_and_the_model_stays(kept: Path) -> None:
    (kept / "run-killed" / "home" / "keys").mkdir(parents=True)
    (kept / "models").mkdir()
    with work.only_run():
        assert not (kept / "run-killed").exists()
        assert (kept / "models").exists()


def test_the_settings_of_another_gatehouse_are_not_taken_over(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("GATEHOUSE_MODE", "production")
    monkeypatch.setenv("GATEHOUSE_RASA_PYTHON", "rasa/bin/python")
    given = work.plain_environ()
    assert "GATEHOUSE_MODE" not in given
    assert given["GATEHOUSE_RASA_PYTHON"] == "rasa/bin/python"
