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
