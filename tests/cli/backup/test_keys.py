"""The key of backups, and keys that die."""

from __future__ import annotations

import asyncio
import datetime as dt
import shutil
import stat

import pytest

from cli.backup import keys
from cli.problems import Problem

NOW = dt.datetime(2026, 11, 26, 12, 0, 0, tzinfo=dt.UTC)
SECOND = dt.timedelta(seconds=1)


def test_the_key_is_made_once_for_its_owner_alone(tmp_path):
    key, made = keys.make_backup_key(tmp_path)
    assert made
    assert keys.make_backup_key(tmp_path) == (key, False)
    assert len(key) == 32
    assert stat.S_IMODE(keys.backup_key_file(tmp_path).stat().st_mode) == 0o600


def test_a_key_that_others_may_read_or_that_is_none_is_refused(tmp_path):
    file = tmp_path / "key"
    with pytest.raises(Problem, match="there is no key"):
        keys.read_key(file)
    file.write_bytes(bytes(32))
    file.chmod(0o640)
    with pytest.raises(Problem, match="chmod 600"):
        keys.read_key(file)
    file.chmod(0o600)
    keys.read_key(file)
    file.write_bytes(bytes(31))
    with pytest.raises(Problem, match="no key of 32"):
        keys.read_key(file)


@pytest.mark.parametrize(
    ("age", "dead"),
    [
        (dt.timedelta(0), False),
        (keys.RING_COPY_LIFE - SECOND, False),
        (keys.RING_COPY_LIFE, True),
        (keys.RING_COPY_LIFE + SECOND, True),
        (-SECOND, True),
    ],
)
def test_a_copy_s_key_is_dead_after_thirty_days(tmp_path, age, dead):
    made = keys.new_ring_key(tmp_path, NOW)
    assert keys.destroy_dead(tmp_path, NOW + age) == int(dead)
    assert made.file.exists() is not dead


def test_what_is_destroyed_is_overwritten_first(tmp_path):
    made = keys.new_ring_key(tmp_path, NOW)
    other = tmp_path / "hard-link"
    other.hardlink_to(made.file)
    assert other.read_bytes() != bytes(32)
    keys.destroy_dead(tmp_path, NOW + keys.RING_COPY_LIFE)
    assert other.read_bytes() == bytes(32)


def test_keys_kept_elsewhere_die_there_as_well(tmp_path):
    here, there = tmp_path / "here", tmp_path / "there"
    first = keys.new_ring_key(here, NOW)
    keys.mirror(here, there)
    later = NOW + keys.RING_COPY_LIFE
    keys.destroy_dead(here, later)
    second = keys.new_ring_key(here, later)
    (there / "somebody's.txt").write_text("stays")
    keys.mirror(here, there)
    assert sorted(path.name for path in there.iterdir()) == [second.file.name, "somebody's.txt"]
    assert first.file.name != second.file.name
    assert (there / second.file.name).read_bytes() == second.file.read_bytes()


def test_other_files_in_the_folder_are_left_alone(tmp_path):
    (tmp_path / "readme").write_text("x")
    assert list(keys.ring_keys(tmp_path)) == []
    assert keys.destroy_dead(tmp_path / "none", NOW) == 0


async def test_keys_kept_elsewhere_die_without_another_copy(tmp_path):
    """Whoever stops making copies keeps no key of an old one for ever."""
    home, there = tmp_path / "home", tmp_path / "there"
    keys.new_ring_key(keys.ring_key_folder(home), NOW - keys.RING_COPY_LIFE * 100)
    keys.keep_elsewhere(home, there)
    keys.keep_elsewhere(home, tmp_path / "unplugged")
    keys.keep_elsewhere(home, there)
    assert len(keys.kept_elsewhere(home)) == 2
    [key] = keys.ring_keys(there)
    shutil.rmtree(tmp_path / "unplugged")
    task = asyncio.create_task(keys.keep_destroying(home, pytest.fail))
    await asyncio.sleep(0)
    assert not task.done()
    task.cancel()
    assert not key.file.exists()


def test_attack_a_link_in_the_place_of_a_dead_key(tmp_path):
    """Security writes in that folder: what it has others overwrite stays as it was."""
    others, old = tmp_path / "others", NOW - keys.RING_COPY_LIFE * 2
    others.write_bytes(b"stays as it is, all of it and to the end")
    link = keys.new_ring_key(tmp_path / "keys", old).file
    link.unlink()
    link.symlink_to(others)
    assert keys.destroy_dead(tmp_path / "keys", NOW) == 1
    assert others.read_bytes() == b"stays as it is, all of it and to the end"
    assert not link.is_symlink()


async def test_they_die_while_it_runs(tmp_path):
    made = keys.new_ring_key(keys.ring_key_folder(tmp_path), NOW - keys.RING_COPY_LIFE * 100)
    said = []
    task = asyncio.create_task(keys.keep_destroying(tmp_path, said.append))
    await asyncio.sleep(0)
    assert not made.file.exists()
    assert not task.done()
    task.cancel()
    assert said == []
