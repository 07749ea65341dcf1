"""A process that fills its folders is ended: with many files, or with much in a few."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path

import pytest

from cli.kept_log import KeptLog
from cli.launching import Child
from cli.many_files import (
    OF_THE_RESERVE,
    Bounds,
    Reason,
    Watch,
    end_where_too_much,
    is_low,
    taken,
)

FILL = """
import itertools, pathlib, sys
for number in itertools.count():
    (pathlib.Path(sys.argv[1]) / str(number)).touch()
"""


@pytest.mark.parametrize(("files", "over"), [(9, False), (10, False), (11, True)])
def test_the_boundary_counts_folders_and_what_is_in_them(
    tmp_path: Path, files: int, over: bool
) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    (one / "inner").mkdir(parents=True)
    other.mkdir()
    for number in range(files - 1):
        ((one / "inner", other)[number % 2] / str(number)).touch()
    assert (taken((one, other), most=10) is None) is over


def test_links_are_counted_and_not_followed(tmp_path: Path) -> None:
    """ASVS 5.3.2."""
    folder, outside = tmp_path / "folder", tmp_path / "outside"
    folder.mkdir()
    outside.mkdir()
    for number in range(20):
        (outside / str(number)).touch()
    (folder / "out").symlink_to(outside)
    (folder / "round").symlink_to(folder)
    assert taken((folder,), most=2) is not None
    assert taken((folder,), most=1) is None


def test_what_is_not_there_or_is_a_file_has_none(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert taken((tmp_path / "file", tmp_path / "gone"), most=0) == 0


def test_attack_a_path_too_long_to_look_into(tmp_path: Path) -> None:
    """Folder in folder: nobody can go on counting there, so it is too many."""
    at = os.open(tmp_path, os.O_RDONLY)
    for _ in range(20):
        os.mkdir("d" * 250, dir_fd=at)
        inner = os.open("d" * 250, os.O_RDONLY, dir_fd=at)
        os.close(at)
        at = inner
    os.close(at)
    assert taken((tmp_path,), most=1_000) is None
    with os.scandir(tmp_path) as entries:
        [first] = entries
    _remove_deep(first.path)


def _remove_deep(path: str) -> None:
    """Remove folder by folder from within: the whole path is longer than the system takes."""
    for name, _, _, at in os.fwalk(path, topdown=False):
        del name
        with os.scandir(at) as entries:
            inner = [entry.name for entry in entries]
        for each in inner:
            os.rmdir(each, dir_fd=at)
    os.rmdir(path)


FILL_EACH = """
import itertools, pathlib, sys
for number in itertools.count():
    (pathlib.Path(sys.argv[1]) / str(number % 64)).write_bytes(bytes(1 << 20))
"""


@pytest.mark.parametrize(
    ("script", "why"), [(FILL, "too_many_files"), (FILL_EACH, "too_many_bytes")]
)
async def test_attack_a_process_that_fills_the_disk(tmp_path: Path, script: str, why: str) -> None:
    """ASVS 15.2.2: it is ended within a moment, its log says why, and others go on.

    With many files, and with some of a size that each of them may have.
    """
    folder, log = tmp_path / "folder", tmp_path / "log"
    folder.mkdir()
    kept = KeptLog(log)
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", script, str(folder), stderr=kept.writing, start_new_session=True
    )
    kept.begun()
    child = Child(process, -1, kept, Watch((folder,), Bounds(bytes=40 << 20)))
    assert await asyncio.wait_for(child.wait(), 30) == -signal.SIGKILL
    await child.stop(asyncio.Event())
    assert f'"event":"{why}"' in log.read_text()


async def test_nothing_is_ended_while_there_are_few(tmp_path: Path) -> None:
    ended: list[Reason] = []
    watched = Watch((tmp_path,), Bounds(bytes=1 << 20, files=1))
    watch = asyncio.create_task(end_where_too_much(watched, ended.append, every=0))
    (tmp_path / "one").touch()
    for _ in range(10):
        await asyncio.sleep(0)
    assert ended == []
    (tmp_path / "two").touch()
    await asyncio.wait_for(watch, 10)
    assert ended == ["too_many_files"]


def test_what_is_on_the_disk_is_summed_and_not_what_files_seem_to_have(tmp_path: Path) -> None:
    """A hole takes nothing; a file in a folder does, and one behind a link does not."""
    with (tmp_path / "hole").open("wb") as hole:
        hole.truncate(1 << 30)
    assert taken((tmp_path,)) == 0
    (tmp_path / "inner").mkdir()
    (tmp_path / "inner" / "full").write_bytes(bytes(1 << 20))
    (tmp_path / "link").symlink_to("/usr")
    assert 1 << 20 <= (taken((tmp_path,)) or 0) <= 1 << 21


def test_attack_where_little_is_left_the_one_is_ended_that_goes_on(tmp_path: Path) -> None:
    """ASVS 15.2.2: and neither who was large before, nor who writes a little."""
    low = False
    (filling := tmp_path / "filling").mkdir()
    (modest := tmp_path / "modest").mkdir()
    (modest / "large").write_bytes(bytes(OF_THE_RESERVE + 1))
    two = [Watch((each,), Bounds(1 << 40), lambda _: low) for each in (filling, modest)]
    (filling / "early").write_bytes(bytes(OF_THE_RESERVE + 1))
    assert [each.reason() for each in two] == [None, None]
    low = True
    (modest / "little").write_bytes(bytes(1 << 20))
    (filling / "late").write_bytes(bytes(OF_THE_RESERVE // 2))
    assert [each.reason() for each in two] == [None, None]
    (filling / "later").write_bytes(bytes(OF_THE_RESERVE // 2 + 1))
    assert [each.reason() for each in two] == ["disk_is_full", None]


def test_a_small_disk_is_not_low_for_being_small(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    left = {"small": (100, 60), "large": (10_000_000, 200_000), "almost": (10_000_000, 300_000)}

    def statvfs(folder: Path) -> os.statvfs_result:
        size, free = left[folder.name]
        return os.statvfs_result((4_096, 4_096, size, free, free, 0, 0, 0, 0, 255))

    monkeypatch.setattr(os, "statvfs", statvfs)
    low = {name: is_low((tmp_path / name,)) for name in left}
    assert low == {"small": False, "large": True, "almost": False}
    left["small"] = (100, 4)
    assert is_low((tmp_path / "almost", tmp_path / "small"))
