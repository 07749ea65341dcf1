"""`gatehouse run`: prepares what is missing, starts the processes, stops them all."""

from __future__ import annotations

import asyncio
import datetime as dt
import os
import signal
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from cli import bundles, certificates, given_certificate
from cli.admin_client import CREDENTIAL, keep_credential
from cli.apis import served_here
from cli.arrows import crossings, here, uncalled
from cli.backup.keys import keep_destroying
from cli.checks import before_start
from cli.compiled import compile_code
from cli.given_files import bring
from cli.home import only_launcher
from cli.launching import Child, Lifeline, launch
from cli.logs import log_path, rotate
from cli.model import State, check_model, model_name, train
from cli.ownership import hand_over
from cli.people import set_up_people
from cli.process_users import FIRST_UID, free_block, running_users
from cli.profiles import profiles
from cli.programs import Program, new_credentials, programs, scrubbed_environ
from cli.progress import Progress
from cli.reloading import Reloader
from cli.run_folder import run_folder
from cli.settings import ROOT, Settings
from cli.supervisor import Supervisor
from cli.walls import STANDING, missing_walls, stand
from sandbox.walls import Wall

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def where(settings: Settings) -> str:
    """Return what is ready: the address of the page, or the processes of this host."""
    running = here(settings)
    return settings.address if "gateway" in running else ", ".join(sorted(running))


async def prepare(
    settings: Settings, progress: Progress, lifeline: Lifeline, *, own_users: bool
) -> None:
    """Certificate, keys, databases, people and model: only what is missing or has changed."""
    running = here(settings)
    if "gateway" in running:
        _public_certificate(settings, progress)
    if settings.mode == "demo":
        certificates.share_authority(settings.home_folder)
    trained = True
    if "rasa" in running:
        name = await asyncio.to_thread(model_name, ROOT)
        trained = check_model(settings.home_folder, name) is State.TRAINED
    async with asyncio.TaskGroup() as group:
        group.create_task(asyncio.to_thread(compile_code, settings))
        if "security" in running:
            people = set_up_people(settings, progress, lifeline, own_users=own_users)
            group.create_task(people)
        if not trained:
            group.create_task(train(settings, progress, lifeline))


def _public_certificate(settings: Settings, progress: Progress) -> None:
    if settings.tls_certificate_file is not None:
        given_certificate.install(settings)
    elif certificates.ensure(settings.home_folder / "tls", dt.datetime.now(dt.UTC)):
        progress.line("  certificate: made (`gatehouse trust` tells your browser about it)")


def launcher(
    settings: Settings, sockets: Path, lifeline: Lifeline, first_uid: int | None
) -> Callable[[Program], Awaitable[Child]]:
    """Return what starts one program; every restart gets the credentials of this start.

    With a `first_uid`, each is a user of its own. The administrator's credential is kept in the
    run folder beside, until that goes at the stop.
    """
    credentials = new_credentials(programs(settings, sockets))
    # An arrow that crosses has the same credential on both hosts.
    credentials |= bundles.credentials(settings.home_folder, crossings(settings))
    if CREDENTIAL in credentials:
        keep_credential(sockets, credentials[CREDENTIAL])
    read = (name for program in programs(settings, sockets) for name in program.settings)
    environ = bring(settings, scrubbed_environ(settings, read, sockets))
    walls = profiles(settings, sockets, served_here(), first_uid or FIRST_UID)
    hand_over(walls.values(), settings.home_folder, own_users=first_uid is not None)

    async def start(program: Program) -> Child:
        log = log_path(settings.home_folder, program.name)
        known = {**credentials, **settings.given_secrets}
        return await launch(program, known, environ, log, lifeline, walls[program.name])

    return start


def _first_uid(progress: Progress) -> int:
    first, alone = free_block(running_users())
    if not alone:
        progress.line("  other installations here have the same users: they share some limits")
    return first


async def running_with(
    running: Coroutine[Any, Any, None], beside: Coroutine[Any, Any, None]
) -> None:
    """Await the first; the second works beside it, and no longer."""
    work = asyncio.create_task(beside)
    try:
        await running
    finally:
        work.cancel()


@contextmanager
def stop_on_signals(stop: Callable[[], object], hurry: Callable[[], object]) -> Iterator[None]:
    """Call `stop` at the first signal that asks for the end, `hurry` at the ones after it."""
    loop = asyncio.get_running_loop()
    asked = 0

    def on_signal() -> None:
        nonlocal asked
        asked += 1
        (stop if asked == 1 else hurry)()

    for number in _SIGNALS:
        loop.add_signal_handler(number, on_signal)
    try:
        yield
    finally:
        for number in _SIGNALS:
            loop.remove_signal_handler(number)


async def run(settings: Settings, progress: Progress, reload: bool = False) -> None:
    """Run Gatehouse until a signal asks for the end. Raises `Problem` where it cannot go on.

    `reload`: for a developer, start anew what has changed on disk.
    """
    task = asyncio.current_task()
    if task is None:
        raise RuntimeError("run this in a task")
    hurry = asyncio.Event()
    with stop_on_signals(task.cancel, hurry.set):
        try:
            await _run(settings, progress, hurry, reload)
        except asyncio.CancelledError:
            progress.line("stopped")


async def _run(settings: Settings, progress: Progress, hurry: asyncio.Event, reload: bool) -> None:
    before_start(settings)
    missing = await asyncio.to_thread(missing_walls)
    if (said := stand(settings.mode, missing)) != STANDING:
        progress.line(f"  {said}")
    home, own_users = settings.home_folder, os.geteuid() == 0 and Wall.USER not in missing
    with only_launcher(home), run_folder(home) as sockets, Lifeline() as lifeline:
        try:
            await prepare(settings, progress, lifeline, own_users=own_users)
        except BaseExceptionGroup as several:
            raise several.exceptions[0] from None
        started = programs(settings, sockets)
        for arrow in uncalled(settings):
            progress.line(f"  nobody can call {arrow.callee} from elsewhere: set {arrow.setting}")
        for program in started:
            rotate(log_path(home, program.name))
        first_uid = _first_uid(progress) if own_users else None
        start = launcher(settings, sockets, lifeline, first_uid)
        supervisor = Supervisor(started, start, home / "logs", progress, hurry, patient=reload)
        if settings.mode == "demo" and settings.only is None:
            progress.line(
                "  people to sign in as: demo/personas.yml; codes: gatehouse demo code alice"
            )
        running = supervisor.run(lambda: progress.line(f"ready {where(settings)}"))
        if not reload:
            await running_with(running, keep_destroying(home, progress.line))
            return
        reloader = Reloader(settings, supervisor, progress, lifeline)
        try:
            async with asyncio.TaskGroup() as both:
                both.create_task(running)
                both.create_task(reloader.run())
        except BaseExceptionGroup as several:
            raise several.exceptions[0] from None
