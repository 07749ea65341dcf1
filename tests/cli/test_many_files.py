"""A process that fills its folders with files is ended, whatever it makes of them."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path

import pytest

from cli.kept_log import KeptLog
from cli.launching import Child
from cli.many_files import end_where_too_many, too_many

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
    assert too_many((one, other), most=10) is over


def test_links_are_counted_and_not_followed(tmp_path: Path) -> None:
    """ASVS 5.3.2."""
    folder, outside = tmp_path / "folder", tmp_path / "outside"
    folder.mkdir()
    outside.mkdir()
    for number in range(20):
        (outside / str(number)).touch()
    (folder / "out").symlink_to(outside)
    (folder / "round").symlink_to(folder)
    assert not too_many((folder,), most=2)
    assert too_many((folder,), most=1)


def test_what_is_not_there_or_is_a_file_has_none(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert not too_many((tmp_path / "file", tmp_path / "gone"), most=0)


def test_attack_a_path_too_long_to_look_into(tmp_path: Path) -> None:
    """Folder in folder: nobody can go on counting there, so it is too many."""
    at = os.open(tmp_path, os.O_RDONLY)
    for _ in range(20):
        os.mkdir("d" * 250, dir_fd=at)
        inner = os.open("d" * 250, os.O_RDONLY, dir_fd=at)
        os.close(at)
        at = inner
    os.close(at)
    assert too_many((tmp_path,), most=1_000)
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


async def test_attack_a_process_that_fills_the_disk_with_files(tmp_path: Path) -> None:
    """ASVS 15.2.2: it is ended within a moment, its log says why, and others go on."""
    folder, log = tmp_path / "folder", tmp_path / "log"
    folder.mkdir()
    kept = KeptLog(log)
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", FILL, str(folder), stderr=kept.writing, start_new_session=True
    )
    kept.begun()
    child = Child(process, -1, kept, (folder,))
    assert await asyncio.wait_for(child.wait(), 30) == -signal.SIGKILL
    await child.stop(asyncio.Event())
    assert '"event":"too_many_files"' in log.read_text()


async def test_nothing_is_ended_while_there_are_few(tmp_path: Path) -> None:
    ended: list[int] = []
    watch = asyncio.create_task(
        end_where_too_many((tmp_path,), lambda: ended.append(1), most=1, every=0)
    )
    (tmp_path / "one").touch()
    for _ in range(10):
        await asyncio.sleep(0)
    assert ended == []
    (tmp_path / "two").touch()
    await asyncio.wait_for(watch, 10)
    assert ended == [1]
