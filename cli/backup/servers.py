"""What of a backup is on a server of PostgreSQL: copied as files, and brought back from files.

So a backup looks the same wherever a database was, and can be brought back to either kind.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from cli.backup import api_servers
from cli.backup.content import CONVERSATIONS, DATA, RING, Found
from cli.certificates import write
from cli.commands import run_to_end
from cli.databases import RING as RING_NAME
from cli.databases import SECURITY, TRACKER, every_name, files_of
from cli.launching import Lifeline, command
from cli.logs import log_path
from cli.ownership import give
from cli.problems import Problem
from cli.process_settings import read_by, read_by_setup_of
from cli.profiles import server_snapshot_profile
from cli.programs import scrubbed_environ
from cli.settings import ROOT, Settings, settings_of_processes
from sandbox.told import PROFILE, written

_MODULE = "security.tools.server_copy"
_ROW_KEY = "row-security.key"
_KINDS = {DATA: "data", RING: "ring", CONVERSATIONS: "conversations"}
_SETTINGS = {DATA: SECURITY, RING: RING_NAME, CONVERSATIONS: TRACKER}


def on_server(name: Path) -> bool:
    """Tell whether what a backup calls `name` is on a server here. Raises `Problem`."""
    return _SETTINGS[name] in api_servers.named()


def with_servers(found: list[Found], name: Path) -> list[Found]:
    """Return what to copy, with what is on a server in the place of a file that is left here."""
    mine = [Found(str(name), name, on_server=True)] if on_server(name) else []
    apis = api_servers.found() if name == DATA else []
    away = {one.name for one in (*mine, *apis)}
    return [*mine, *(one for one in found if one.name not in away), *apis]


async def copy(settings: Settings, name: Path, place: Path) -> Path:
    """Copy a database on a server into `place` by a walled child; return the copy.

    What the child needs of files is copied there too, and goes with the place. Raises `Problem`.
    """
    if name not in _KINDS:
        return await api_servers.copy(settings, name, place)
    home, given = settings.home_folder, settings_of_processes()
    process = every_name()[_SETTINGS[name]]
    environ = scrubbed_environ(settings, read_by(process))
    for setting in files_of(process):
        if file := given.get(setting):
            environ[setting] = str(_lent(ROOT / file, place / setting))
    words = [f"copy-{_KINDS[name]}", str(place / "copy"), "--home", str(home)]
    if name == DATA:
        lent = _lent(home / "keys" / _ROW_KEY, place / _ROW_KEY)
        words += ["--row-key", str(lent)]
    profile = server_snapshot_profile(settings, place, given, process)
    if os.geteuid() == 0 and profile.uid is not None:
        give(place, profile.uid)
    await _run(settings, words, {**environ, PROFILE: written(profile)})
    return place / "copy"


async def has_ring(settings: Settings) -> bool:
    """Tell whether there is a ring on the server. Raises `Problem`."""
    return await _ask(settings, "has-ring") == "yes"


async def bring(settings: Settings, placed: list[Path]) -> list[Path]:
    """Bring files that belong on a server there, and remove them here; return their names.

    Raises `Problem`; what was brought by then is taken away again.
    """
    brought: list[Path] = []
    here = [name for name in _KINDS if on_server(name)]
    try:
        for name in (*here, *api_servers.on_server()):
            file = settings.home_folder / name
            if file in placed:
                await _move(settings, "bring", name)
                brought.append(name)
                file.unlink()
    except BaseException:
        await take_away(settings, brought)
        raise
    return brought


async def take_away(settings: Settings, brought: list[Path]) -> None:
    """Take away again what `bring` brought: one that stays keeps no other. Raises `Problem`."""
    failed: list[Problem] = []
    for name in brought:
        try:
            await _move(settings, "away", name)
        except Problem as problem:
            failed.append(problem)
    if failed:
        raise failed[0]


async def _move(settings: Settings, which: str, name: Path) -> None:
    if name in _KINDS:
        await _ask(settings, f"{which}-{_KINDS[name]}", str(settings.home_folder / name))
    else:
        await api_servers.move(settings, which, name)


async def _ask(settings: Settings, *words: str) -> str:
    asked = (*words, "--home", str(settings.home_folder))
    read = (*read_by_setup_of("security"), *read_by_setup_of("rasa"))
    return (await _run(settings, asked, scrubbed_environ(settings, read))).decode().strip()


async def _run(
    settings: Settings, words: list[str] | tuple[str, ...], environ: dict[str, str]
) -> bytes:
    log = log_path(settings.home_folder, "backup")
    with Lifeline() as lifeline:
        child = command(Path(sys.executable), _MODULE, *words)
        return await run_to_end(f"{words[0]} on the server", child, environ, log, lifeline)


def _lent(file: Path, copy_: Path) -> Path:
    """Copy a file for the child, which is another user where root asks."""
    try:
        write(copy_, file.read_bytes())
    except OSError as error:
        raise Problem(f"{file} cannot be read ({error.strerror})", "name another") from None
    return copy_
