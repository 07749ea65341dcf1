"""What a change on disk asks for, and what a developer's mistake does not stop."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from cli import reloading
from cli.launching import Lifeline
from cli.model import State
from cli.problems import Problem
from cli.progress import PlainDisplay, Progress
from cli.reloading import Effect, Reloader, effect_of
from cli.settings import Settings
from tests.cli.fakes.programs import diary, fake
from tests.cli.test_supervisor import Instant, running, supervise, until

APIS = ("banking", "orders")
EVERY = frozenset({"security", "actions", "gateway", "rasa", *APIS})
EFFECTS = {
    "actions/banking.py": Effect(frozenset({"actions"})),
    "web/assets/chat.js": Effect(frozenset({"gateway"})),
    "gateway/app.py": Effect(frozenset({"gateway"})),
    "security/guard.py": Effect(frozenset({"security"})),
    "security/operations/banking.yml": Effect(frozenset({"security"}), check=True),
    "security/policies/banking.cedar": Effect(frozenset({"security"}), check=True),
    "apis/orders/app.py": Effect(frozenset({"orders"})),
    "apis/orders/openapi.json": Effect(frozenset({"orders", "security"}), check=True),
    "apis/common/app.py": Effect(frozenset(APIS)),
    "data/nlu/orders.yml": Effect(frozenset({"rasa"}), train=True),
    "domain.yml": Effect(frozenset({"rasa"}), train=True),
    "dialogue/graph.py": Effect(frozenset({"rasa"})),
    "runtime/sockets.py": Effect(EVERY),
    "demo/personas.yml": Effect(launcher=True),
    "cli/run.py": Effect(launcher=True),
    "actions/__pycache__/banking.cpython-313.pyc": Effect(),
    "web/assets/chat.js~": Effect(),
}


@pytest.mark.parametrize("name", EFFECTS)
def test_a_change_concerns_whoever_reads_it(name: str) -> None:
    assert effect_of([Path(name)], APIS) == EFFECTS[name]


def test_several_changes_are_taken_together() -> None:
    changed = [Path("actions/banking.py"), Path("security/operations/banking.yml")]
    assert effect_of(changed, APIS) == Effect(frozenset({"actions", "security"}), check=True)


async def test_one_program_starts_again_when_it_is_asked_to(tmp_path: Path) -> None:
    ready = asyncio.Event()
    programs = [fake(tmp_path, "one", "good"), fake(tmp_path, "two", "good")]
    with Lifeline() as lifeline:
        sleep = Instant()
        supervisor = supervise(tmp_path, programs, lifeline, sleep, asyncio.Event())
        task = asyncio.create_task(supervisor.run(ready.set))
        await ready.wait()
        supervisor.start_again({"one"})
        await until(lambda: len(diary(tmp_path)) == 3)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    assert sorted(each["name"] for each in diary(tmp_path)) == ["one", "one", "two"]
    assert sleep.asked == []


async def test_a_patient_supervisor_waits_for_a_change(tmp_path: Path) -> None:
    """What does not start for a mistake of a developer does not stop the rest."""
    ready = asyncio.Event()
    with Lifeline() as lifeline:
        supervisor = supervise(
            tmp_path, [fake(tmp_path, "one", "loop")], lifeline, Instant(), asyncio.Event(),
            patient=True,
        )  # fmt: skip
        task = asyncio.create_task(supervisor.run(ready.set))
        await ready.wait()
        for times in (1, 2):
            await until(lambda times=times: len(diary(tmp_path)) == times)
            await asyncio.sleep(0)
            supervisor.start_again({"one"})
        await until(lambda: len(diary(tmp_path)) >= 2)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task


async def test_without_patience_nothing_has_changed(tmp_path: Path) -> None:
    async with running(tmp_path, fake(tmp_path, "one", "good")):
        assert len(diary(tmp_path)) == 1


class Told:
    """A supervisor that only notes what it is asked for."""

    def __init__(self) -> None:
        self.again: list[frozenset[str]] = []

    def start_again(self, names: frozenset[str]) -> None:
        self.again.append(names)


@pytest.fixture
def told() -> Told:
    return Told()


@pytest.fixture
def reloader(told: Told, tmp_path: Path) -> Reloader:
    settings = Settings(home=tmp_path)
    return Reloader(settings, told, Progress(PlainDisplay()), None)  # type: ignore[arg-type]


async def test_a_manifest_that_does_not_fit_is_not_loaded(
    reloader: Reloader, told: Told, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    """The table of what the bot may do is checked before it counts; the old one goes on."""

    async def fails(*_: object) -> bytes:
        raise Problem("banking.yml: no such class: perosnal", "see the log")

    monkeypatch.setattr(reloading, "run_to_end", fails)
    await reloader.apply(Effect(frozenset({"security"}), check=True))
    assert told.again == []
    assert "not reloaded: banking.yml: no such class" in capsys.readouterr().out


@pytest.mark.parametrize(("found", "trained"), [(State.TRAINED, 0), (State.MISSING, 1)])
async def test_it_trains_only_where_the_words_have_changed(
    reloader: Reloader,
    told: Told,
    monkeypatch: pytest.MonkeyPatch,
    found: State,
    trained: int,
) -> None:
    times: list[object] = []

    async def train(*given: object) -> None:
        times.append(given)

    monkeypatch.setattr(reloading, "train", train)
    monkeypatch.setattr(reloading, "check_model", lambda _home, _name: found)
    await reloader.apply(Effect(frozenset({"rasa"}), train=True))
    assert (len(times), told.again) == (trained, [frozenset({"rasa"})])


async def test_files_that_change_are_noticed(tmp_path: Path) -> None:
    for name in (*reloading._WATCHED, *reloading._FILES):
        (tmp_path / name).mkdir() if "." not in name else (tmp_path / name).touch()
    seen = asyncio.create_task(anext(reloading.changes(tmp_path)))
    while not seen.done():  # The watcher tells nobody when it has begun to watch.
        (tmp_path / "actions" / "banking.py").write_text(str(asyncio.get_running_loop().time()))
        await asyncio.wait({seen}, timeout=0.2)
    assert Path("actions/banking.py") in seen.result()
