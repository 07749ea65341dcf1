"""What is said of walls that this machine does not have, and what is given to whom."""

from __future__ import annotations

import os
import resource
import stat
import subprocess
from pathlib import Path

import pytest

from cli.model import trains_within
from cli.ownership import hand_over
from cli.problems import Problem
from cli.process_users import FIRST_UID, SIZE
from cli.profiles import profiles, training_profile
from cli.programs import rasa_environ
from cli.settings import Settings
from cli.walls import STANDING, missing_walls, stand
from sandbox.told import PROFILE, read
from sandbox.walls import Wall


def test_where_nothing_is_missing_all_stand():
    assert stand("production", ()) == STANDING


def test_the_demo_says_what_stands_open():
    said = stand("demo", (Wall.VIEW, Wall.CALLS))
    assert (
        said
        == f"without a wall (view): {Wall.VIEW.value}; without a wall (calls): {Wall.CALLS.value}"
    )


@pytest.mark.parametrize("wall", Wall)
def test_production_refuses_where_any_wall_is_missing(wall):
    """ASVS 13.2.4: fails closed."""
    with pytest.raises(Problem, match=r"without a wall .* demo mode"):
        stand("production", (wall,))


def test_what_cannot_be_tried_counts_as_missing(monkeypatch):
    monkeypatch.setattr("cli.walls.sys.executable", "/nowhere/python")
    assert missing_walls() == tuple(Wall)


@pytest.fixture
def table(tmp_path):
    """The profiles of an installation in a folder."""
    home, sockets = tmp_path / "home", tmp_path / "run"
    for folder in ("keys/public", "tls", "models", "api-keys"):
        (home / folder).mkdir(parents=True)
    (home / "api-keys" / "banking.key").write_bytes(b"k")
    sockets.mkdir()
    python = tmp_path / "venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    (tmp_path / "venv" / "pyvenv.cfg").write_text("home = /usr/bin\nversion = 3.10\n")
    settings = Settings(_env_file=None, home=home, port=9443, rasa_python=python)
    return home, profiles(settings, sockets, ("banking", "hr"))


def test_the_table_of_the_design(table):
    """Who may listen at a port, and who sees the machine's network at all."""
    _, known = table
    assert {name for name, profile in known.items() if profile.network} == {"gateway", "security"}
    assert known["gateway"].bind_tcp == (9443,)
    assert [name for name, one in known.items() if one.connect_tcp] == ["security"]
    assert not known["actions"].writes
    assert not known["gateway"].writes
    assert len({profile.uid for profile in known.values()}) == len(known)


def test_nobody_but_its_own_process_sees_a_database_or_a_key(table):
    """ASVS 13.2.4."""
    home, known = table
    for name, profile in known.items():
        seen = {*profile.reads, *profile.writes}
        assert home / "keys" not in seen or name == "security"
        assert {path for path in seen if path.parent == home / "db"} <= {home / "db" / name}
        assert {path for path in seen if path.parent == home / "api-keys"} <= {
            home / "api-keys" / f"{name}.key"
        }
        assert home not in seen


def test_attack_rasa_leaves_nothing_that_the_next_training_would_load(table):
    """ASVS 13.2.4: the training runs as the launcher, and loads what its cache names."""
    home, known = table
    settings = Settings(_env_file=None, home=home)
    cache = Path(rasa_environ(settings)["RASA_CACHE_DIRECTORY"])
    for profile in known.values():
        for folder in (*profile.writes, *profile.serves):
            assert not cache.is_relative_to(folder)
            assert not (home / "models").is_relative_to(folder)


def test_only_the_two_ends_of_an_arrow_see_its_folder(table):
    """ASVS 13.2.4: Landlock does not look at Unix sockets."""
    _, known = table
    ends: dict[str, set[str]] = {}
    for name, profile in known.items():
        for folder in (*profile.serves, *profile.calls):
            ends.setdefault(folder.name, set()).add(name)
    assert ends == {
        "security-gateway": {"security", "gateway"},
        "security-actions": {"security", "actions"},
        "security-admin": {"security"},
        "security-oauth": {"security"},
        "rasa": {"rasa", "gateway"},
        "actions": {"actions", "rasa"},
        "banking": {"banking", "security"},
        "hr": {"hr", "security"},
    }


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_each_gets_its_own_and_root_takes_it_back_where_users_cannot_differ(table):
    home, known = table
    hand_over(known.values(), home, own_users=True)
    api = known["banking"]
    assert (home / "api-keys" / "banking.key").stat().st_uid == api.uid
    assert (home / "db" / "banking").stat().st_uid == api.uid
    assert (home / "keys" / "public").stat().st_uid == known["security"].uid
    assert (home / "tls").stat().st_uid == known["gateway"].uid
    assert stat.S_IMODE(api.serves[0].stat().st_mode) == 0o711
    hand_over(known.values(), home, own_users=False)
    for path in home.rglob("*"):
        assert path.stat().st_uid == 0, path


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_attack_nothing_is_given_away_by_a_link_that_a_process_has_left(table, tmp_path):
    """ASVS 13.2.4: the launcher is root, and goes through what a taken-over process wrote."""
    home, known = table
    hand_over(known.values(), home, own_users=True)
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "file").write_text("root's")
    left = home / "db" / "rasa"
    (left / "folder").symlink_to(tmp_path / "other")
    (left / "file").symlink_to(tmp_path / "other" / "file")
    hand_over(known.values(), home, own_users=True)
    assert {path.stat().st_uid for path in (tmp_path / "other").rglob("*")} == {0}
    assert (tmp_path / "other").stat().st_uid == 0
    assert (left / "folder").lstat().st_uid == known["rasa"].uid


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_attack_a_folder_without_a_bottom_breaks_nothing(table):
    """ASVS 13.2.4: each name is short, and the whole is longer than any path may be."""
    home, known = table
    hand_over(known.values(), home, own_users=True)
    left = home / "tmp" / "rasa"
    at = os.open(left, os.O_RDONLY)
    for _ in range(700):
        os.mkdir("deeper", dir_fd=at)
        below = os.open("deeper", os.O_RDONLY, dir_fd=at)
        os.close(at)
        at = below
    os.close(at)
    hand_over(known.values(), home, own_users=True)
    few, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (256, most))
    try:
        with pytest.raises(Problem, match="cannot be given"):
            hand_over(known.values(), home, own_users=True)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (few, most))
        subprocess.run(["rm", "-rf", str(left)], check=True)


def test_each_block_of_users_is_another(table, tmp_path):
    """ASVS 13.2.4: two installations of one machine have no user in common."""
    python = tmp_path / "venv" / "bin" / "python"
    settings = Settings(_env_file=None, home=table[0], port=9443, rasa_python=python)
    other = profiles(settings, tmp_path / "run", ("banking", "hr"), FIRST_UID + SIZE)
    users, others = ({one.uid for one in each.values()} for each in (table[1], other))
    assert len(users) == len(others) == len(other)
    assert max(users) < FIRST_UID + SIZE <= min(others)


def test_training_sees_no_key_no_database_and_no_network(table, tmp_path):
    """ASVS 13.2.4: most of what runs then is other people's code."""
    home = table[0]
    python = tmp_path / "venv" / "bin" / "python"
    settings = Settings(_env_file=None, home=home, rasa_python=python)
    folder = home / "models" / ".training-x"
    told = trains_within(settings, folder)[PROFILE]
    profile = read(told)
    assert profile == training_profile(settings, folder)
    assert (profile.network, profile.calls, profile.serves, profile.connect_tcp) == (
        False, (), (), (),
    )  # fmt: skip
    seen = (*profile.code, *profile.reads, *profile.writes)
    for name in ("keys", "api-keys", "model-keys", "tls", "arrows", "db", "given", "logs"):
        closed = home / name
        assert not [one for one in seen if one.is_relative_to(closed) or closed.is_relative_to(one)]
    assert home / "models" not in profile.writes
