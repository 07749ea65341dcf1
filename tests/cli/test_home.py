"""The state folder: private, of one mode, for one launcher."""

from __future__ import annotations

import os
import stat

import pytest

from cli.home import forget_people, only_launcher, prepare_home
from cli.problems import Problem


def rights(path):
    return stat.S_IMODE(path.stat().st_mode)


def test_a_new_home_is_its_owners_alone(tmp_path):
    home = tmp_path / "a" / "home"
    prepare_home(home, "demo")
    assert rights(home) == 0o700
    assert all(rights(path) == 0o700 for path in home.iterdir() if path.is_dir())


def test_a_home_that_others_may_read_is_narrowed(tmp_path):
    home = tmp_path / "home"
    (home / "models").mkdir(parents=True, mode=0o755)
    prepare_home(home, "demo")
    assert rights(home) == rights(home / "models") == 0o700


@pytest.mark.parametrize(("made", "used"), [("demo", "production"), ("production", "demo")])
def test_a_home_made_in_one_mode_refuses_the_other(tmp_path, made, used):
    prepare_home(tmp_path / "home", made)
    prepare_home(tmp_path / "home", made)
    with pytest.raises(Problem, match=f"made in {made} mode"):
        prepare_home(tmp_path / "home", used)


def test_a_folder_with_other_things_is_left_alone(tmp_path):
    (tmp_path / "letters").mkdir()
    before = rights(tmp_path)
    with pytest.raises(Problem, match="no Gatehouse home"):
        prepare_home(tmp_path, "demo")
    assert rights(tmp_path) == before
    assert [path.name for path in tmp_path.iterdir()] == ["letters"]


def test_a_home_of_another_user_is_refused(tmp_path, monkeypatch):
    me = os.geteuid()
    monkeypatch.setattr(os, "geteuid", lambda: me + 1)
    with pytest.raises(Problem, match="belongs to another user"):
        prepare_home(tmp_path, "demo")


def test_a_home_that_cannot_be_made_is_one_clear_line(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(Problem, match=r"cannot be written .* GATEHOUSE_HOME"):
        prepare_home(tmp_path / "file" / "home", "demo")


def test_a_full_disk_is_one_clear_line(tmp_path, monkeypatch):
    limit = 500 * 1024 * 1024
    free = [limit]
    usage = type("Usage", (), {"free": property(lambda _: free[0])})
    monkeypatch.setattr("shutil.disk_usage", lambda _: usage())
    prepare_home(tmp_path / "home", "demo")
    free[0] = limit - 1
    with pytest.raises(Problem, match="only 499 MB are free"):
        prepare_home(tmp_path / "home", "demo")


def test_two_launchers_never_share_a_home(tmp_path):
    with only_launcher(tmp_path):
        mine = pytest.raises(Problem, match=rf"already running .*process {os.getpid()}")
        with mine, only_launcher(tmp_path):
            pass
    with only_launcher(tmp_path):
        pass


def test_a_demo_forgets_what_people_have_done_and_nothing_else(tmp_path):
    """Keys, certificate and model are the installation's: the next start is a quick one."""
    home = tmp_path / "home"
    prepare_home(home, "demo")
    for name in ("db", "logs", "chat", "keys", "tls", "models"):
        (home / name / "kept").write_text("x")
    forget_people(home)
    left = {name for name in ("db", "logs", "chat") if list((home / name).iterdir())}
    assert left == set()
    assert all((home / name / "kept").exists() for name in ("keys", "tls", "models"))
    assert rights(home / "db") == 0o700


def test_attack_checkpoints_of_the_trail_that_was_forgotten(tmp_path):
    """ASVS 16.5.3, 14.2.7: what outlives its trail would keep the gate of the next one closed."""
    home = tmp_path / "home"
    prepare_home(home, "demo")
    for name in ("checkpoints.jsonl", "archive/trail-000001.jsonl", "out/trail.jsonl"):
        (home / "audit" / name).parent.mkdir(parents=True, exist_ok=True)
        (home / "audit" / name).write_text("of people\n")
    forget_people(home)
    assert list((home / "audit").iterdir()) == []


def test_what_runs_is_not_forgotten_under_its_feet(tmp_path):
    prepare_home(tmp_path / "home", "demo")
    (tmp_path / "home" / "db" / "kept").write_text("x")
    with only_launcher(tmp_path / "home"), pytest.raises(Problem, match="already running"):
        forget_people(tmp_path / "home")
    assert (tmp_path / "home" / "db" / "kept").exists()


@pytest.mark.parametrize("made", ["production", None])
def test_a_production_home_or_no_home_is_never_emptied(tmp_path, made):
    home = tmp_path / "home"
    home.mkdir()
    if made is not None:
        prepare_home(home, made)
    (home / "db").mkdir(exist_ok=True)
    (home / "db" / "kept").write_text("x")
    with pytest.raises(Problem, match="no home of a demo"):
        forget_people(home)
    assert (home / "db" / "kept").exists()


def test_a_home_from_before_there_were_walls_is_moved_along(tmp_path):
    prepare_home(tmp_path, "demo")
    (tmp_path / "keys" / "apis").mkdir()
    (tmp_path / "keys" / "apis" / "banking.key").write_text("key")
    (tmp_path / "db" / "tracker.sqlite3").write_text("said")
    (tmp_path / "db" / "hr.sqlite3-wal").write_text("log")
    prepare_home(tmp_path, "demo")
    assert (tmp_path / "api-keys" / "banking.key").read_text() == "key"
    assert (tmp_path / "db" / "rasa" / "tracker.sqlite3").read_text() == "said"
    assert (tmp_path / "db" / "hr" / "hr.sqlite3-wal").read_text() == "log"


def test_attack_a_key_planted_in_the_old_place_replaces_none(tmp_path):
    """ASVS 13.2.4: security writes below keys/, and may not choose the key of an API."""
    prepare_home(tmp_path, "demo")
    (tmp_path / "api-keys" / "banking.key").write_text("the bank's")
    (tmp_path / "keys" / "apis").mkdir()
    (tmp_path / "keys" / "apis" / "banking.key").write_text("planted")
    prepare_home(tmp_path, "demo")
    assert (tmp_path / "api-keys" / "banking.key").read_text() == "the bank's"
