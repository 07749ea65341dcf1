"""Building the environments: when something is to do, and what is said when it fails."""

from __future__ import annotations

import json
import sys

import pytest

from tools import environments
from tools.environments import CORE, DEV, RASA, Commands, Failed, current


@pytest.fixture
def root(tmp_path, monkeypatch):
    """A project whose environments can be pretended."""
    monkeypatch.setattr(environments, "ROOT", tmp_path)
    (tmp_path / "requirements").mkdir()
    for name in ("core.txt", "dev.txt", "rasa.txt", "weights.txt"):
        (tmp_path / "requirements" / name).write_text(name)
    (tmp_path / "pyproject.toml").write_text("")
    return tmp_path


def pretend(environment):
    python = environments.ROOT / environment.folder / "bin" / "python"
    python.parent.mkdir(parents=True, exist_ok=True)
    python.touch()
    environment.stamp.write_text(json.dumps(environment.wanted()))


def test_an_environment_of_the_same_lock_file_is_left_alone(root):
    assert not current(RASA)
    pretend(RASA)
    assert current(RASA)


@pytest.mark.parametrize("name", ["requirements/core.txt", "pyproject.toml"])
def test_a_change_means_another_build(root, name):
    pretend(CORE)
    assert current(CORE)
    (root / name).write_text("changed")
    assert not current(CORE)


def test_the_tests_environment_needs_its_own_lock_file(root):
    pretend(CORE)
    assert not current(DEV)


def test_what_is_installed_is_compiled_once_for_all_starts(root, monkeypatch):
    """A process within its walls can write no compiled code beside what it loads."""
    run: list[tuple[str, ...]] = []
    monkeypatch.setattr(Commands, "run", lambda self, *words: run.append(tuple(map(str, words))))
    monkeypatch.setattr(environments, "find_python", lambda commands, version: None)
    python = RASA.stamp.parent / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.touch()
    environments.build(Commands(), RASA)
    [synced] = [words for words in run if "sync" in words]
    assert "--compile-bytecode" in synced
    assert current(RASA)


def test_an_environment_from_before_it_was_compiled_is_built_again(root):
    pretend(CORE)
    CORE.stamp.write_text(json.dumps({**CORE.wanted(), "compiled": None}))
    assert not current(CORE)


def test_an_environment_that_was_moved_is_built_again(root, monkeypatch, tmp_path_factory):
    pretend(CORE)
    moved = tmp_path_factory.mktemp("moved") / "project"
    root.rename(moved)
    monkeypatch.setattr(environments, "ROOT", moved)
    assert not current(CORE)


@pytest.mark.parametrize("stamp", ["", "[]", "{}", "{"])
def test_a_half_built_environment_is_built_again(root, stamp):
    pretend(CORE)
    CORE.stamp.write_text(stamp)
    assert not current(CORE)


def test_a_failed_step_shows_its_last_words(root):
    with pytest.raises(Failed, match="no such package"):
        Commands().run(sys.executable, "-c", "import sys; sys.exit('no such package')")


def test_a_python_that_cannot_be_had_is_one_clear_line(root, monkeypatch):
    monkeypatch.setattr(environments, "UV", root / "uv")
    (root / "uv").write_text("#!/bin/sh\nexit 1\n")
    (root / "uv").chmod(0o755)
    with pytest.raises(Failed) as failed:
        environments.find_python(Commands(), "3.10")
    assert str(failed.value).startswith("Python 3.10 is not on this machine")
    assert "python3.10" in str(failed.value)
    assert "\n" not in str(failed.value)
