"""What the APIs keep on servers of PostgreSQL: copied as files, and brought back from files.

By the API's own set-up, within its walls: with its key it tells the server that a transaction is
about everybody's rows.
"""

from __future__ import annotations

import sys
from pathlib import Path

from cli.apis import api_names
from cli.backup.content import Found
from cli.commands import run_to_end
from cli.databases import names_of, on_servers
from cli.launching import Lifeline, command
from cli.lending import lent
from cli.logs import log_path
from cli.problems import Problem
from cli.settings import Settings, settings_of_processes
from cli.setup_profiles import api_copy_profile, api_setup_profile
from sandbox.profile import Profile
from sandbox.told import PROFILE, written


def named() -> set[str]:
    """Return the names of all databases that the settings put on a server. Raises `Problem`."""
    try:
        return {one.name for one in on_servers(settings_of_processes())}
    except ValueError as error:
        raise Problem(str(error), "see docs/postgresql.md") from None


def on_server() -> dict[Path, str]:
    """Return what a backup calls the databases of APIs that are on a server, and whose each is.

    Files of these names, if any, are of before. Raises `Problem`.
    """
    settings = named()
    there = (one for one in api_names() if settings & {*names_of(one)})
    return {Path("db") / one / f"{one}.sqlite3": one for one in there}


def found() -> list[Found]:
    """Return what is to be copied of them. Raises `Problem`."""
    return [Found(str(name), name, on_server=True) for name in on_server()]


async def copy(settings: Settings, name: Path, place: Path) -> Path:
    """Copy one into `place`; return the copy. Raises `Problem`."""
    api = on_server()[name]
    with lent(settings, api, as_owner=False) as (folder, environ):
        walls = api_copy_profile(settings, api, environ, folder, place)
        await _move(settings, api, "copy", place / "copy", environ, walls)
    return place / "copy"


async def move(settings: Settings, which: str, name: Path) -> None:
    """`bring` the file of an API in this home to its server, or take it `away` from there again.

    By the owner of the tables. Raises `Problem`.
    """
    api = on_server()[name]
    with lent(settings, api) as (folder, environ):
        walls = api_setup_profile(settings, api, environ, folder, own_users=True)
        await _move(settings, api, which, settings.home_folder / name, environ, walls)


async def _move(
    settings: Settings, api: str, which: str, file: Path, environ: dict[str, str], walls: Profile
) -> None:
    home = settings.home_folder
    words = ("--home", str(home), "--move", which, "--file", str(file))
    child = command(Path(sys.executable), f"apis.{api}.setup", *words)
    told = {**environ, PROFILE: written(walls)}
    with Lifeline() as lifeline:
        step = f"{which} of {api}'s data on the server"
        await run_to_end(step, child, told, log_path(home, "backup"), lifeline)
