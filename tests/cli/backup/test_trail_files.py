"""What is kept of the trail outside its database goes into a backup, and comes back."""

from __future__ import annotations

import os
import stat

import pytest

from cli.backup import make
from cli.backup.content import of_the_trail
from cli.problems import Problem
from tests.cli.backup.homes import SECRET, back_up, bring_back, new_home, with_ring

CHECKPOINTS, EARLIER = "checkpoints.jsonl", "checkpoints-until-20261123T120000Z.jsonl"


@pytest.fixture
def trail(home):
    folder = home / "audit"
    folder.mkdir()
    for name in (CHECKPOINTS, EARLIER):
        (folder / name).write_text(f'{{"file":"{name}"}}\n')
    return folder


def test_checkpoints_come_back_those_of_earlier_logs_too(home, trail, tmp_path):
    """ASVS 16.4.2: what shows that a log was cut off is not lost with the machine."""
    file = back_up(home, tmp_path / "file")
    again = with_ring(new_home(tmp_path, home), home)
    bring_back(file, again)
    for name in (CHECKPOINTS, EARLIER):
        copied = again / "audit" / name
        assert copied.read_text() == (trail / name).read_text()
        assert stat.S_IMODE(copied.stat().st_mode) == 0o600


def test_attack_a_backup_takes_the_place_of_no_checkpoint(home, trail, tmp_path):
    """ASVS 16.4.2: whoever restores over a log cannot hide how far it had come."""
    file = back_up(home, tmp_path / "file")
    again = with_ring(new_home(tmp_path, home), home)
    (again / "audit").mkdir()
    (again / "audit" / CHECKPOINTS).write_text("further\n")
    bring_back(file, again)
    assert (again / "audit" / CHECKPOINTS).read_text() == "further\n"
    assert (again / "audit" / EARLIER).exists()


def test_they_are_copied_before_the_database(home, trail, tmp_path, monkeypatch):
    """A checkpoint that is newer than its log would say that the log was cut off."""
    order = []
    copy = make._copy

    async def noted(settings, part, *given):
        order.append(part.name)
        await copy(settings, part, *given)

    monkeypatch.setattr(make, "_copy", noted)
    back_up(home, tmp_path / "file")
    assert order[:3] == [f"audit/{EARLIER}", f"audit/{CHECKPOINTS}", "db/security/security.sqlite3"]


def _archive(trail, number, text="archived\n"):
    file = trail / "archive" / f"trail-{number:06d}.jsonl"
    file.parent.mkdir(exist_ok=True)
    file.write_text(text)
    return file


def test_archived_stretches_come_back(home, trail, tmp_path):
    """PCI DSS 10.5.1: what has left the database is in the backup as well."""
    _archive(trail, 1)
    (trail / "archive" / "trail-1.jsonl.part").write_text("half")
    file = back_up(home, tmp_path / "file")
    again = with_ring(new_home(tmp_path, home), home)
    bring_back(file, again)
    assert (again / "audit" / CHECKPOINTS).exists()
    [copied] = (again / "audit" / "archive").iterdir()
    assert (copied.name, copied.read_text()) == ("trail-000001.jsonl", "archived\n")
    assert stat.S_IMODE(copied.stat().st_mode) == 0o600
    assert stat.S_IMODE(copied.parent.stat().st_mode) == 0o700


def test_attack_what_is_archived_while_a_backup_is_made(home, trail, tmp_path, monkeypatch):
    """ASVS 16.4.2: a stretch that is neither in the copied database nor in a file is lost."""
    _archive(trail, 1)
    copy = make._copy

    async def meanwhile(settings, part, *given):
        if part.is_database:
            _archive(trail, 2)
        await copy(settings, part, *given)

    monkeypatch.setattr(make, "_copy", meanwhile)
    with pytest.raises(Problem, match="archived meanwhile"):
        back_up(home, tmp_path / "file")
    assert not (tmp_path / "file").exists()


def test_attack_an_archive_of_this_home_stays(home, trail, tmp_path):
    """ASVS 16.4.2: a backup takes the place of no archive either."""
    _archive(trail, 1)
    file = back_up(home, tmp_path / "file")
    again = with_ring(new_home(tmp_path, home), home)
    (again / "audit").mkdir()
    mine = _archive(again / "audit", 1, "mine\n")
    bring_back(file, again)
    assert mine.read_text() == "mine\n"


def test_one_that_grows_meanwhile_is_as_long_as_it_was(home, trail, tmp_path, monkeypatch):
    add, whole = make._add, (trail / CHECKPOINTS).read_text()

    def growing(archive, name, source, size):
        if name.endswith(CHECKPOINTS):
            with (trail / CHECKPOINTS).open("a") as file:
                file.write("more\n")
        add(archive, name, source, size)

    monkeypatch.setattr(make, "_add", growing)
    file = back_up(home, tmp_path / "file")
    again = with_ring(new_home(tmp_path, home), home)
    bring_back(file, again)
    assert (again / "audit" / CHECKPOINTS).read_text() == whole


def test_attack_what_a_process_left_in_place_of_a_file(home, trail, tmp_path):
    """ASVS 5.3.2: security may be taken over, and whoever backs up may be root."""
    secret = tmp_path / "secret"
    secret.write_bytes(SECRET)
    (trail / "link.jsonl").symlink_to(secret)
    os.mkfifo(trail / "pipe.jsonl")
    (trail / "folder").mkdir()
    (trail / ".hidden").write_text("")
    (trail / "new\nline").write_text("")
    names = {one.path.name for one in of_the_trail(home)}
    assert names == {CHECKPOINTS, EARLIER}
    # And where they come between the look and the copy:
    with pytest.raises(Problem, match="leads out of the home"):
        make._opened(home, trail / "link.jsonl")
    with pytest.raises(Problem, match="is no file"):
        make._opened(home, trail / "pipe.jsonl")
    (trail / "inner.jsonl").symlink_to(trail / CHECKPOINTS)
    with pytest.raises(OSError, match="symbolic link"):
        make._opened(home, trail / "inner.jsonl")
