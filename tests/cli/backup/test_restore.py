"""A home is backed up and brought back; what must not come back does not."""

from __future__ import annotations

import asyncio
import datetime as dt
import os
import stat

import pytest

from cli.backup import keys, make, restore
from cli.backup.content import RING, databases
from cli.home import only_launcher, prepare_home
from cli.problems import Problem
from tests.cli.backup.homes import (
    SECRET,
    SENTENCE,
    WORDS,
    back_up,
    bring_back,
    database,
    new_home,
    progress,
    said,
    settings,
    with_ring,
)


def test_what_was_there_is_there_again(home, tmp_path, settled, capsys):
    (tmp_path / "out").mkdir()
    file = back_up(home, tmp_path / "out")
    assert file.parent == tmp_path / "out"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    again = with_ring(new_home(tmp_path, home), home)
    bring_back(file, again)
    for name in ("security/security", "rasa/tracker", "banking/banking"):
        copied = again / "db" / f"{name}.sqlite3"
        assert said(copied) == [WORDS]
        assert stat.S_IMODE(copied.stat().st_mode) == 0o600
    assert (again / "keys" / "clients" / "shop.yml").read_text() == "id: shop\n"
    assert settled == [again]
    assert "keys are in no backup: keep keys/master.key, api-keys/banking.key" in (
        capsys.readouterr().out
    )


def test_it_holds_ciphertext_and_no_key(home, tmp_path):
    """ASVS 11.3.2, 13.3.1: neither what people said nor what would open it."""
    file = back_up(home, tmp_path / "file")
    assert SENTENCE not in file.read_bytes()
    assert b"said" not in file.read_bytes()
    place = tmp_path / "opened"
    place.mkdir()
    names = restore._open(file, keys.read_key(keys.backup_key_file(home)), place)
    assert sorted(names) == [
        "db/banking/banking.sqlite3", "db/rasa/tracker.sqlite3",
        "db/security/security.sqlite3", "keys/clients/shop.yml",
    ]  # fmt: skip
    for path in place.rglob("*"):
        assert path.is_dir() or SECRET not in path.read_bytes()
    assert not list((home / "tmp" / "backup").iterdir())


def test_security_is_copied_first(home):
    assert databases(home)[0].name == "db/security/security.sqlite3"
    assert all(one.path.name != "ring.db" for one in databases(home))


def test_a_rotated_master_key_strands_no_backup(home, tmp_path):
    """The backup key is one of its own."""
    file = back_up(home, tmp_path / "file")
    (home / "keys" / "master.key").write_bytes(bytes(32))
    asyncio.run(restore.check(settings(home), file, progress()))


def test_the_ring_is_copied_by_itself_and_brought_back(home, tmp_path):
    file = back_up(home, tmp_path / "file")
    safe = tmp_path / "safe"
    ring = asyncio.run(make.ring_copy(settings(home), tmp_path / "ring", progress(), safe))
    assert b"the ring" not in ring.read_bytes()
    again = new_home(tmp_path, home)
    with pytest.raises(Problem, match="without the current key ring"):
        bring_back(file, again)
    with pytest.raises(Problem, match="no key in"):
        bring_back(file, again, ring=ring)
    bring_back(file, again, ring=ring, ring_keys=safe)
    assert said(again / RING) == ["the ring"]
    assert said(again / "db" / "banking" / "ring.db") == ["the bank's ring"]
    assert stat.S_IMODE((again / RING).stat().st_mode) == 0o600


@pytest.mark.parametrize("of", ["security", "banking"])
def test_no_copy_of_the_ring_while_keys_rotate(home, tmp_path, of):
    """It would need two master keys, and one of them is about to be destroyed."""
    if of == "security":
        (home / "keys" / "master.next.key").write_bytes(SECRET)
    else:
        (home / "api-keys" / "banking.key").write_bytes(SECRET * 2)
    with pytest.raises(Problem, match="being rotated"):
        asyncio.run(make.ring_copy(settings(home), tmp_path / "ring", progress(), None))
    assert not list(keys.ring_keys(keys.ring_key_folder(home)))


def test_attack_an_old_copy_of_the_ring_is_dead(home, tmp_path, monkeypatch):
    """What was erased must not come back from a copy of the ring: it dies after 30 days."""
    file = back_up(home, tmp_path / "file")
    safe = tmp_path / "safe"
    ring = asyncio.run(make.ring_copy(settings(home), tmp_path / "ring", progress(), safe))
    again = new_home(tmp_path, home)

    later = dt.datetime.now(dt.UTC) + keys.RING_COPY_LIFE + dt.timedelta(seconds=1)
    monkeypatch.setattr(keys, "utc_now", lambda: later)
    with pytest.raises(Problem, match="dies after 30 days"):
        bring_back(file, again, ring=ring, ring_keys=safe)
    assert not list(again.glob("db/*/*"))
    keys.destroy_dead(keys.ring_key_folder(home), later)
    assert not list(keys.ring_keys(keys.ring_key_folder(home)))


def test_attack_a_key_of_an_old_copy_is_given_a_new_date(home, tmp_path, monkeypatch):
    """Its age is that of what is sealed: a key's file may have been renamed."""
    file = back_up(home, tmp_path / "file")
    safe = tmp_path / "safe"
    ring = asyncio.run(make.ring_copy(settings(home), tmp_path / "ring", progress(), safe))
    later = dt.datetime.now(dt.UTC) + keys.RING_COPY_LIFE + dt.timedelta(seconds=1)
    monkeypatch.setattr(keys, "utc_now", lambda: later)
    [key] = keys.ring_keys(safe)
    key.file.rename(safe / f"{later:%Y%m%dT%H%M%SZ}-{key.name}.key")
    again = new_home(tmp_path, home)
    with pytest.raises(Problem, match="dies after 30 days"):
        bring_back(file, again, ring=ring, ring_keys=safe)
    # Nor does another date in the header: under that it opens nothing.
    made = f"{dt.datetime.now(dt.UTC):%Y-%m-%dT%H}".encode()
    forged = ring.read_bytes().replace(made, f"{later:%Y-%m-%dT%H}".encode(), 1)
    monkeypatch.setattr(keys, "utc_now", lambda: later + dt.timedelta(hours=1))
    assert forged != ring.read_bytes()
    ring.write_bytes(forged)
    with pytest.raises(Problem, match="under another key"):
        bring_back(file, again, ring=ring, ring_keys=safe)
    assert not list(again.glob("db/*/*"))


def test_it_is_said_when_keys_that_are_kept_elsewhere_die(home, tmp_path, capsys):
    for safe in (None, tmp_path / "safe"):
        file = tmp_path / f"ring-{safe is None}"
        asyncio.run(make.ring_copy(settings(home), file, progress(), safe))
        told = capsys.readouterr()
        assert ("destroys keys in" in told.out + told.err) is (safe is not None)
    assert keys.kept_elsewhere(home) == [(tmp_path / "safe").resolve()]


def test_attack_a_copy_never_replaces_a_ring_that_is_there(home, tmp_path):
    """The ring in its place is the newer one: somebody may have been erased since the copy."""
    file = back_up(home, tmp_path / "file")
    ring = asyncio.run(make.ring_copy(settings(home), tmp_path / "ring", progress(), None))
    again = with_ring(new_home(tmp_path, home), home)
    with pytest.raises(Problem, match="has a key ring already"):
        bring_back(file, again, ring=ring, ring_keys=keys.ring_key_folder(home))


def test_what_runs_is_not_restored_into(home, tmp_path):
    file = back_up(home, tmp_path / "file")
    again = with_ring(new_home(tmp_path, home), home)
    with only_launcher(again), pytest.raises(Problem, match="already running"):
        bring_back(file, again)


def test_a_home_with_a_database_is_not_restored_into(home, tmp_path):
    file = back_up(home, tmp_path / "file")
    with pytest.raises(Problem, match="is not empty"):
        bring_back(file, home)
    assert said(home / "db" / "banking" / "banking.sqlite3") == [WORDS]


def test_another_mode_is_refused(home, tmp_path):
    file = back_up(home, tmp_path / "file")
    again = tmp_path / "production"
    prepare_home(again, "production")
    (again / "keys" / "backup.key").write_bytes((home / "keys" / "backup.key").read_bytes())
    (again / "keys" / "backup.key").chmod(0o600)
    with pytest.raises(Problem, match="made in demo mode"):
        bring_back(file, again, mode="production")


@pytest.mark.parametrize("key", ["keys/master.key", "api-keys/banking.key"])
def test_without_a_key_that_it_needs_nothing_is_brought_back(home, tmp_path, key):
    file = back_up(home, tmp_path / "file")
    again = with_ring(new_home(tmp_path, home), home)
    (again / key).unlink()
    with pytest.raises(Problem, match=f"says nothing without {key}"):
        bring_back(file, again)
    assert not list(again.glob("db/*/*.sqlite3"))


def test_another_backup_key_is_named(home, tmp_path):
    file = back_up(home, tmp_path / "file")
    again = with_ring(new_home(tmp_path, home), home)
    (again / "keys" / "backup.key").write_bytes(bytes(32))
    with pytest.raises(Problem, match="another backup key"):
        bring_back(file, again)


@pytest.mark.parametrize("cut", [1, 16, 1 << 16, 100_000])
def test_attack_a_file_that_was_cut_off_brings_nothing_back(home, tmp_path, cut):
    """All of it or nothing: the end of the file is known at the end alone."""
    database(home / "db" / "orders" / "orders.sqlite3", "y" * 300_000)
    file = back_up(home, tmp_path / "file")
    file.write_bytes(file.read_bytes()[:-cut])
    again = with_ring(new_home(tmp_path, home), home)
    with pytest.raises(Problem, match="cannot be used"):
        bring_back(file, again)
    assert not list(again.glob("db/*/*.sqlite3"))
    assert not list((again / "tmp" / "restoring").iterdir())


def test_what_security_refuses_is_taken_away_again(home, tmp_path, monkeypatch):
    async def refuse(settings):
        raise Problem("the master key is another one", "bring it back")

    monkeypatch.setattr(restore, "_settle", refuse)
    file = back_up(home, tmp_path / "file")
    again = with_ring(new_home(tmp_path, home), home)
    with pytest.raises(Problem, match="master key"):
        bring_back(file, again)
    assert not list(again.glob("db/*/*.sqlite3"))
    assert (again / RING).exists()


def test_a_copy_of_the_ring_is_no_backup_and_the_other_way_round(home, tmp_path):
    file = back_up(home, tmp_path / "file")
    ring = asyncio.run(make.ring_copy(settings(home), tmp_path / "ring", progress(), None))
    again = new_home(tmp_path, home)
    with pytest.raises(Problem, match="is no backup but a ring"):
        bring_back(ring, again)
    with pytest.raises(Problem, match="is no ring but a backup"):
        bring_back(file, again, ring=file)


def test_attack_a_link_in_a_folder_of_the_home_is_not_followed(home, tmp_path):
    (tmp_path / "secret.yml").write_text("root's own")
    (home / "keys" / "clients" / "shop.yml").unlink()
    (home / "keys" / "clients" / "shop.yml").symlink_to(tmp_path / "secret.yml")
    (home / "keys" / "hosts").symlink_to(tmp_path)
    (home / "db" / "hr").mkdir()
    (home / "db" / "hr" / "hr.sqlite3").symlink_to(home / "db" / "banking" / "banking.sqlite3")
    with pytest.raises(Problem, match="leads out of the home"):
        back_up(home, tmp_path / "file")
    (home / "keys" / "hosts").unlink()
    file = back_up(home, tmp_path / "file")
    told = asyncio.run(restore.check(settings(home), file, progress()))
    assert "keys/clients/shop.yml" not in told.files
    assert "db/hr/hr.sqlite3" not in told.files


def test_nothing_is_overwritten_and_nothing_is_left_half_done(home, tmp_path):
    (tmp_path / "there").write_text("mine")
    with pytest.raises(Problem, match="is there already"):
        back_up(home, tmp_path / "there")
    with pytest.raises(Problem, match="there is no folder"):
        back_up(home, tmp_path / "none" / "file")
    (home / "db" / "banking" / "banking.sqlite3").write_bytes(b"SQLite format 3\0 no database")
    with pytest.raises(Problem, match="the copy of banking"):
        back_up(home, tmp_path / "file")
    assert sorted(path.name for path in tmp_path.glob("*file*")) == []


@pytest.mark.skipif(os.geteuid() != 0, reason="only root starts processes as other users")
def test_a_database_is_read_by_whoever_owns_it(home, tmp_path):
    """ASVS 13.2.4: what a taken-over process made of its file meets nobody with rights."""
    folder = home / "db" / "banking"
    for path in (folder, *folder.iterdir()):
        os.chown(path, 61_010, 61_010)
    profile = make.snapshot_profile(folder, tmp_path)
    assert (profile.uid, profile.network, profile.connect_tcp) == (61_010, False, ())
    assert profile.writes == (folder, tmp_path)
    back_up(home, tmp_path / "file")
