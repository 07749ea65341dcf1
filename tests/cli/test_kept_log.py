"""The log of a process: in the launcher's hands alone."""

from __future__ import annotations

import asyncio
import os

import pytest

from cli.kept_log import KeptLog
from cli.launching import Lifeline, launch
from tests.cli.fakes.programs import diary, fake


async def test_attack_a_process_cannot_take_back_what_it_has_logged(tmp_path):
    """ASVS 16.4.2: by the descriptor that it writes to, nor by opening that again."""
    log = tmp_path / "one.log"
    log.write_text("what was before\n")
    with Lifeline() as lifeline:
        child = await launch(fake(tmp_path, "one", "wiper"), {}, {}, log, lifeline)
        try:
            assert await child.ready()
            async with asyncio.timeout(10):
                while len(diary(tmp_path)) < 2:  # Written by the other process.
                    await asyncio.sleep(0.01)
        finally:
            await child.stop(asyncio.Event())
    assert log.read_text() == "what was before\nwhat it did\n"


@pytest.fixture
async def kept(tmp_path):
    """A log of at most 100 bytes, and the end of the pipe that a process would hold."""
    log = KeptLog(tmp_path / "a.log", most=100)
    writing = os.dup(log.writing)
    log.begun()
    yield tmp_path / "a.log", writing, log
    os.close(writing)
    log.close()


async def test_what_is_written_is_in_the_file_at_once(kept):
    path, writing, log = kept
    os.write(writing, b"first\n")
    log.catch_up()
    assert path.read_bytes() == b"first\n"
    assert path.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(("size", "full"), [(98, False), (99, False), (100, True), (101, True)])
async def test_attack_a_flood_neither_fills_the_disk_nor_washes_away_what_was(kept, size, full):
    """ASVS 16.4.2: the beginning stays, and its last line says that there was more."""
    path, writing, log = kept
    os.write(writing, b"x" * size)
    log.catch_up()
    os.write(writing, b"y" * 5_000)
    log.catch_up()
    assert path.read_bytes().startswith(b"x" * min(size, 100))
    assert path.read_bytes().endswith(b'"event":"log_is_full","level":"error"}\n')
    assert (b"y" in path.read_bytes()) is not full
    assert path.stat().st_size < 200
    assert not path.with_suffix(".log.1").exists()


async def test_a_log_that_has_been_full_for_a_day_is_put_aside(kept, monkeypatch):
    path, writing, log = kept
    os.write(writing, b"x" * 100)
    log.catch_up()
    loop = asyncio.get_running_loop()
    before = loop.time()
    for seconds, aside in ((86_399, False), (86_401, True)):
        monkeypatch.setattr(loop, "time", lambda seconds=seconds: before + seconds)
        os.write(writing, b"the next day\n")
        log.catch_up()
        assert path.with_suffix(".log.1").exists() is aside
    assert path.read_bytes() == b"the next day\n"


async def test_the_end_of_a_process_is_the_end_of_its_log(tmp_path):
    log = KeptLog(tmp_path / "a.log")
    before = len(os.listdir("/dev/fd"))
    os.write(log.writing, b"last words\n")
    log.begun()
    log.close()
    log.close()
    assert (tmp_path / "a.log").read_bytes() == b"last words\n"
    assert len(os.listdir("/dev/fd")) == before - 3
