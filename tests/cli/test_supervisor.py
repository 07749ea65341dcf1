"""The supervisor with quick fake processes: start, restart, stop, and what it leaves."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import psutil
import pytest

from cli.launching import Lifeline, launch
from cli.problems import Problem
from cli.programs import Program, new_credentials
from cli.progress import PlainDisplay, Progress
from cli.settings import ROOT
from cli.supervisor import Exits, Supervisor, describe_exit
from cli.walls import missing_walls
from tests.cli.fakes.programs import diary, fake, walls

START_SECONDS = 60.0  # On a machine that has other things to do.


class Instant:
    """Sleeps without waiting, and remembers for how long it was asked to."""

    def __init__(self) -> None:
        self.asked: list[float] = []

    async def __call__(self, seconds: float) -> None:
        self.asked.append(seconds)
        await asyncio.sleep(0)


def supervise(
    folder: Path,
    programs: list[Program],
    lifeline: Lifeline,
    sleep: Instant,
    hurry: asyncio.Event,
    patient: bool = False,
) -> Supervisor:
    credentials = new_credentials(programs)

    def start(program: Program):
        return launch(program, credentials, {}, folder / f"{program.name}.log", lifeline)

    progress = Progress(PlainDisplay())
    return Supervisor(programs, start, folder, progress, hurry, sleep=sleep, patient=patient)


@asynccontextmanager
async def running(folder: Path, *programs: Program) -> AsyncIterator[Instant]:
    """Run `programs` while the block runs; all are ready when it begins."""
    ready, sleep = asyncio.Event(), Instant()
    with Lifeline() as lifeline:
        supervisor = supervise(folder, list(programs), lifeline, sleep, asyncio.Event())
        task = asyncio.create_task(supervisor.run(ready.set))
        waiting = asyncio.create_task(ready.wait())
        await asyncio.wait({task, waiting}, return_when=asyncio.FIRST_COMPLETED)
        waiting.cancel()
        try:
            if task.done():
                task.result()
            yield sleep
        finally:
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task


async def outcome(folder: Path, *programs: Program) -> tuple[Problem, Instant]:
    """Run `programs` until the supervisor gives up; return its reason."""
    sleep = Instant()
    with Lifeline() as lifeline:
        supervisor = supervise(folder, list(programs), lifeline, sleep, asyncio.Event())
        with pytest.raises(Problem) as caught:
            await supervisor.run(lambda: None)
    return caught.value, sleep


async def until(true: Callable[[], bool]) -> None:
    """Wait for something that only another process can make true."""
    async with asyncio.timeout(20):
        while not true():
            await asyncio.sleep(0.01)


async def test_all_become_ready_in_the_order_of_their_needs(tmp_path):
    second = fake(tmp_path, "second", "good", after=("first",))
    async with running(tmp_path, second, fake(tmp_path, "first", "good")):
        assert [each["name"] for each in diary(tmp_path)] == ["first", "second"]


async def test_a_stop_leaves_no_process_not_even_a_grandchild(tmp_path):
    async with running(tmp_path, fake(tmp_path, "one", "parent")):
        one = psutil.Process(diary(tmp_path)[0]["pid"])
        [grandchild] = one.children()
    assert not psutil.pid_exists(one.pid)
    await until(lambda: not grandchild.is_running() or grandchild.status() == "zombie")


async def test_a_killed_process_starts_again_with_the_same_credentials(tmp_path):
    one = fake(tmp_path, "one", "good", credentials=("a-to-b",))
    async with running(tmp_path, one) as sleep:
        os.kill(diary(tmp_path)[0]["pid"], signal.SIGKILL)
        await until(lambda: len(diary(tmp_path)) == 2)
        first, again = diary(tmp_path)
    assert first["pid"] != again["pid"]
    assert first["secrets"] == again["secrets"]
    assert sleep.asked == [1.0]


async def test_a_credential_is_on_no_process_list(tmp_path):
    """ASVS 13.3.1: neither environment nor arguments carry it, and its descriptor is closed."""
    names = ("a-to-b", "c-to-b")
    async with running(tmp_path, fake(tmp_path, "one", "good", credentials=names)):
        [noted] = diary(tmp_path)
        process = psutil.Process(noted["pid"])
        visible = " ".join([*process.cmdline(), *process.environ().values()])
    assert sorted(noted["secrets"]) == sorted(names)
    assert all(len(secret) == 43 for secret in noted["secrets"].values())
    assert not any(secret in visible for secret in noted["secrets"].values())
    assert noted["closed"]


async def test_a_process_gets_no_credential_of_another_arrow(tmp_path):
    """ASVS 13.2.4: each program is given the credentials of its own arrows alone."""
    one = fake(tmp_path, "one", "good", credentials=("a-to-b",))
    two = fake(tmp_path, "two", "good", credentials=("a-to-b", "b-to-c"))
    async with running(tmp_path, one, two):
        given = {each["name"]: set(each["secrets"]) for each in diary(tmp_path)}
    assert given == {"one": {"a-to-b"}, "two": {"a-to-b", "b-to-c"}}


async def test_a_process_that_fails_at_once_stops_the_whole_with_its_last_words(tmp_path):
    problem, sleep = await outcome(
        tmp_path, fake(tmp_path, "one", "good"), fake(tmp_path, "two", "never-ready")
    )
    assert "two did not start (exit code 7), last said “cannot_bind”" in problem.what
    assert str(tmp_path / "two.log") in problem.to_do
    assert sleep.asked == []
    assert all(not psutil.pid_exists(each["pid"]) for each in diary(tmp_path))


async def test_attack_a_process_that_lets_go_and_lives_on_is_ended(tmp_path, monkeypatch):
    """ASVS 13.2.4: it closes its way to be ready without a word, and is waited for a moment."""
    monkeypatch.setattr("cli.supervisor.END_SECONDS", 0.05)
    monkeypatch.setattr("cli.launching.STOP_SECONDS", 0.05)
    async with asyncio.timeout(START_SECONDS):
        problem, _ = await outcome(tmp_path, fake(tmp_path, "one", "silent"))
    assert "one did not start (ended by SIGKILL)" in problem.what
    assert not psutil.pid_exists(diary(tmp_path)[0]["pid"])


async def test_a_crash_loop_stops_the_whole(tmp_path):
    problem, sleep = await outcome(tmp_path, fake(tmp_path, "one", "loop"))
    assert "one stopped 6 times in a minute (exit code 9)" in problem.what
    assert "gave_up" in problem.what
    assert sleep.asked == [1.0, 2.0, 4.0, 8.0, 16.0]


async def test_an_exit_that_no_restart_mends_says_what_to_do(tmp_path):
    damaged = fake(tmp_path, "rasa", "damaged", hopeless={3: "train it again"})
    problem, sleep = await outcome(tmp_path, damaged)
    assert str(problem) == "rasa stopped, last said “nothing”: train it again"
    assert sleep.asked == []


async def test_a_python_that_is_not_there_is_one_clear_line(tmp_path):
    gone = Program("one", "tests.cli.fakes.program", tmp_path / "python")
    problem, _ = await outcome(tmp_path, gone)
    assert str(tmp_path / "python") in problem.what
    assert "make core" in problem.to_do


async def test_a_process_that_ignores_the_stop_is_killed(tmp_path, monkeypatch):
    monkeypatch.setattr("cli.launching.STOP_SECONDS", 0.05)
    async with running(tmp_path, fake(tmp_path, "one", "stubborn")):
        pid = diary(tmp_path)[0]["pid"]
    assert not psutil.pid_exists(pid)


async def test_a_second_signal_does_not_wait(tmp_path):
    ready, hurry = asyncio.Event(), asyncio.Event()
    with Lifeline() as lifeline:
        one = fake(tmp_path, "one", "stubborn")
        supervisor = supervise(tmp_path, [one], lifeline, Instant(), hurry)
        task = asyncio.create_task(supervisor.run(ready.set))
        await ready.wait()
        task.cancel()
        hurry.set()
        await asyncio.wait({task}, timeout=2)
        assert task.done()


@pytest.fixture
def launcher(tmp_path):
    """Start launchers as programs of their own; end them whatever happens."""
    started: list[subprocess.Popen[str]] = []

    def start(*behaviours: str) -> tuple[subprocess.Popen[str], list[psutil.Process]]:
        command = [sys.executable, "-m", "tests.cli.fakes.launcher", str(tmp_path), *behaviours]
        process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        started.append(process)
        bound = threading.Timer(START_SECONDS, process.kill)
        bound.start()
        try:
            assert any(line == "ready\n" for line in process.stdout or ()), "it was never ready"
        finally:
            bound.cancel()
        return process, [psutil.Process(each["pid"]) for each in diary(tmp_path)]

    yield start
    for process in started:
        process.kill()
        process.communicate()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_ends_the_launcher_and_all_that_it_started(launcher, number):
    process, children = launcher("good", "parent")
    process.send_signal(number)
    said, _ = process.communicate(timeout=10)
    assert said.endswith("stopped\n")
    assert process.returncode == 0
    assert not any(child.is_running() for child in children)


def test_a_launcher_killed_by_force_leaves_no_process(launcher):
    process, children = launcher("good", "good")
    process.kill()
    _, alive = psutil.wait_procs(children, timeout=10)
    assert len(children) == 2
    assert alive == []


def test_a_launcher_killed_by_force_leaves_not_even_a_stubborn_process(launcher):
    process, children = launcher("stubborn")
    process.kill()
    _, alive = psutil.wait_procs(children, timeout=10)
    assert alive == []


@pytest.mark.skipif(bool(missing_walls()), reason="this machine does not have every wall")
def test_attack_no_process_outlives_its_launcher_however_hostile_it_is(launcher):
    """ASVS 13.2.4: the kernel ends it, though it has let go of the pipe and hears no signal."""
    process, children = launcher("hostile")
    process.kill()
    _, alive = psutil.wait_procs(children, timeout=10)
    assert len(children) == 1
    assert alive == []


@pytest.mark.skipif(bool(missing_walls()), reason="this machine does not have every wall")
async def test_attack_a_process_that_is_ready_listens_to_nobody_else(tmp_path):
    """ASVS 13.2.4: a port of the kernel's choice is on no list, and no other wall is before it."""
    with Lifeline() as lifeline:
        one = fake(tmp_path, "one", "listener")
        child = await launch(one, {}, {}, tmp_path / "one.log", lifeline, walls(tmp_path))
        try:
            assert await child.ready()
            async with asyncio.timeout(10):
                while len(diary(tmp_path)) < 3:  # Written by the other process.
                    await asyncio.sleep(0.01)
        finally:
            await child.stop(asyncio.Event())
    assert diary(tmp_path)[1:] == [
        {"name": "one", "before": True},
        {"name": "one", "after": False},
    ]


def test_exits_are_counted_for_a_minute():
    exits = Exits()
    for now in (0.0, 1.0, 2.0, 3.0, 4.0):
        exits.add(now)
    assert not exits.too_many
    assert exits.pause == 16.0
    exits.add(59.999)
    assert exits.too_many


def test_an_exit_a_minute_ago_is_forgotten():
    exits = Exits()
    for now in (0.0, 1.0, 2.0, 3.0, 4.0, 60.0):
        exits.add(now)
    assert not exits.too_many


def test_exits_are_described_by_name():
    assert describe_exit(3) == "exit code 3"
    assert describe_exit(-9) == "ended by SIGKILL"
    assert describe_exit(-77) == "ended by signal 77"
