"""`gatehouse dev`: what has changed on disk, and which processes have to read it anew.

Manifests and policies are checked before security gets them: a mistake is told, and what runs
goes on. The model is trained only where what it is made from has changed.
"""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from cli.apis import served_here
from cli.commands import run_to_end
from cli.launching import Lifeline, command
from cli.logs import log_path
from cli.model import State, check_model, model_name, train
from cli.problems import Problem
from cli.process_settings import read_by
from cli.programs import scrubbed_environ
from cli.progress import Progress
from cli.settings import ROOT, Settings
from cli.supervisor import Supervisor

_WATCHED = (
    "actions", "apis", "cli", "data", "demo", "dialogue", "gateway", "runtime",
    "sandbox", "security", "web",
)  # fmt: skip
_FILES = ("config.yml", "domain.yml")
_SOURCES = (".py", ".yml", ".cedar", ".cedarschema", ".json", ".html", ".css", ".js", ".svg")
_OWN = {"actions": "actions", "dialogue": "rasa", "gateway": "gateway", "web": "gateway"}


@dataclass(frozen=True)
class Effect:
    """What to do: `again` the programs to start anew, `check` and `train` before that."""

    again: frozenset[str] = field(default_factory=frozenset)
    check: bool = False
    train: bool = False
    launcher: bool = False
    """The launcher itself has changed, which it cannot reload."""


def effect_of(changed: Iterable[Path], apis: Iterable[str]) -> Effect:
    """Return what the changed files ask for; paths are relative to the project."""
    again: set[str] = set()
    check = train = launcher = False
    for path in changed:
        if path.suffix not in _SOURCES:
            continue
        room = path.parts[0]
        if room in _OWN:
            again.add(_OWN[room])
        elif room == "security":
            again.add("security")
            check |= path.suffix != ".py" or path.parts[1] == "operations"
        elif room == "apis":
            again |= {path.parts[1]} & set(apis) or set(apis)
            if path.name == "openapi.json":
                again.add("security")
                check = True
        elif room == "data" or path.name in _FILES:
            again.add("rasa")
            train = True
        elif room == "runtime":
            again |= {"security", "actions", "gateway", "rasa", *apis}
        else:
            launcher = True
    return Effect(frozenset(again), check, train, launcher)


async def changes(root: Path) -> AsyncIterator[set[Path]]:
    """Yield what has changed, a few files at a time. Raises `Problem` without the tools."""
    try:
        from watchfiles import awatch  # noqa: PLC0415 - a developer's tool, not the product's.
    except ImportError:
        raise Problem("the tools of a developer are not installed", "run `make dev`") from None
    places = [root / name for name in (*_WATCHED, *_FILES)]
    async for batch in awatch(*places):
        yield {Path(name).relative_to(root) for _, name in batch}


class Reloader:
    """Brings the running processes up to date with the files of the project."""

    def __init__(
        self, settings: Settings, supervisor: Supervisor, progress: Progress, lifeline: Lifeline
    ) -> None:
        self._settings = settings
        self._supervisor = supervisor
        self._progress = progress
        self._lifeline = lifeline

    async def run(self) -> None:
        """Watch until cancelled."""
        async for changed in changes(ROOT):
            await self.apply(effect_of(changed, served_here()))

    async def apply(self, effect: Effect) -> None:
        """Check, train, start anew; where one of the first two fails, what runs goes on."""
        if effect.launcher:
            self._progress.line("  the launcher or the demo's data changed: stop and start again")
        try:
            if effect.check:
                await self._check()
            if effect.train:
                await self._train()
        except Problem as problem:
            self._progress.line(f"  not reloaded: {problem}")
            return
        self._supervisor.start_again(effect.again)

    async def _check(self) -> None:
        """Raises `Problem` where manifests, API documents and policies do not fit."""
        words = command(Path(sys.executable), "security.tools.operations", "check")
        log = log_path(self._settings.home_folder, "check")
        environ = scrubbed_environ(self._settings, read_by("security"))
        await run_to_end("gatehouse operations check", words, environ, log, self._lifeline)

    async def _train(self) -> None:
        if check_model(self._settings.home_folder, model_name(ROOT)) is not State.TRAINED:
            await train(self._settings, self._progress, self._lifeline)
