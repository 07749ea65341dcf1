"""The trail in files: each record, for its owner only, in so many files and no more."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from security.adapters.outlets.jsonl import CURRENT, JsonlFiles
from security.outlets.ports import CannotDeliver
from tests.security.adapters.outlets.records import records


async def test_files_hold_each_record_for_their_owner_only(tmp_path: Path) -> None:
    files = JsonlFiles(tmp_path / "out", 1 << 20, 3)
    await files.deliver(records(1, 2))
    await files.deliver(records(3, 3))
    file = tmp_path / "out" / CURRENT
    assert file.read_bytes().splitlines() == [one.line for one in records(1, 3)]
    assert (file.stat().st_mode & 0o777, file.parent.stat().st_mode & 0o777) == (0o600, 0o700)


async def test_files_are_rotated_and_the_oldest_goes(tmp_path: Path) -> None:
    size = len(records(1, 1)[0].line) + 1
    for room, names in ((size + 1, ["trail.jsonl"]), (size, ["trail.1.jsonl"])):
        folder = tmp_path / str(room)
        await JsonlFiles(folder, room, 2).deliver(records(1, 1))
        assert [one.name for one in folder.iterdir()] == names
    files = JsonlFiles(tmp_path / "out", size, 2)
    for number in range(1, 5):
        await files.deliver(records(number, number))
    left = {
        one.name: json.loads(one.read_bytes())["sequence"] for one in (tmp_path / "out").iterdir()
    }
    assert left == {"trail.1.jsonl": 4, "trail.2.jsonl": 3}


async def test_a_line_that_a_crash_tore_spoils_no_other(tmp_path: Path) -> None:
    files = JsonlFiles(tmp_path, 1 << 20, 3)
    (tmp_path / CURRENT).write_bytes(b'{"torn":')
    await files.deliver(records(1, 1))
    assert (tmp_path / CURRENT).read_bytes().splitlines()[1] == records(1, 1)[0].line


async def test_attack_a_link_in_the_place_of_the_file_is_not_followed(tmp_path: Path) -> None:
    """ASVS 16.4.2."""
    (tmp_path / CURRENT).symlink_to(tmp_path / "elsewhere")
    with pytest.raises(CannotDeliver, match="OSError"):
        await JsonlFiles(tmp_path, 1 << 20, 3).deliver(records(1, 1))
    assert not (tmp_path / "elsewhere").exists()


async def test_a_full_disk_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("security.adapters.outlets.jsonl.os.write", full)
    with pytest.raises(CannotDeliver, match="OSError"):
        await JsonlFiles(tmp_path, 1 << 20, 3).deliver(records(1, 1))
