"""The folder of sockets: where a stranger could have been first."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from cli.problems import Problem
from cli.run_folder import check_run_folder, run_folder, run_folder_path


@pytest.fixture
def runtime(tmp_path, monkeypatch):
    """A private XDG_RUNTIME_DIR with a short path."""
    folder = Path(os.path.realpath("/tmp")) / f"gh-test-{os.getpid()}"
    folder.mkdir(mode=0o700)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(folder))
    yield folder
    for left in folder.iterdir():
        left.unlink() if not left.is_dir() or left.is_symlink() else left.rmdir()
    folder.rmdir()


def test_it_is_private_and_goes_away(runtime, tmp_path):
    with run_folder(tmp_path) as folder:
        assert folder.parent == runtime
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        (folder / "rasa.sock").touch()
    assert not folder.exists()


def test_what_a_crash_left_is_cleared(runtime, tmp_path):
    left = run_folder_path(tmp_path)
    left.mkdir(mode=0o700)
    (left / "rasa.sock").touch()
    with run_folder(tmp_path) as folder:
        assert list(folder.iterdir()) == []


def test_every_home_has_its_own(runtime, tmp_path):
    assert run_folder_path(tmp_path / "a") != run_folder_path(tmp_path / "b")


def test_a_planted_link_is_refused(runtime, tmp_path):
    """A link that a stranger made first never becomes our folder."""
    target = tmp_path / "target"
    target.mkdir(mode=0o700)
    run_folder_path(tmp_path).symlink_to(target)
    with pytest.raises(Problem, match="not a private folder of yours"), run_folder(tmp_path):
        pass
    assert target.is_dir()


@pytest.mark.parametrize("rights", [0o755, 0o770, 0o701])
def test_a_folder_that_others_may_enter_is_refused(runtime, tmp_path, rights):
    planted = run_folder_path(tmp_path)
    planted.mkdir()
    planted.chmod(rights)
    with pytest.raises(Problem, match="not a private folder of yours"), run_folder(tmp_path):
        pass


def test_without_a_runtime_folder_it_is_below_tmp(tmp_path):
    folder = run_folder_path(tmp_path, {})
    assert folder.parent == Path("/tmp")
    assert folder.name.startswith(f"gatehouse-{os.geteuid()}-")


def test_a_runtime_folder_that_is_too_long_or_shared_is_not_used(tmp_path):
    long = tmp_path / ("x" * 100)
    long.mkdir(mode=0o700)
    shared = tmp_path / "shared"
    shared.mkdir(mode=0o755)
    shared.chmod(0o755)
    for runtime in (long, shared, tmp_path / "missing"):
        environ = {"XDG_RUNTIME_DIR": str(runtime)}
        assert run_folder_path(tmp_path, environ).parent == Path("/tmp")


def test_a_path_longer_than_the_kernel_takes_is_one_clear_line():
    longest = 100 - len("/security-gateway/sock")
    check_run_folder(Path("/" + "x" * (longest - 1)))
    with pytest.raises(Problem, match=r"too long .* XDG_RUNTIME_DIR"):
        check_run_folder(Path("/" + "x" * longest))
