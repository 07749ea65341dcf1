"""`gatehouse keys …`: rotate keys while Gatehouse runs, without a turn that fails for it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from cli.admin_client import ask
from cli.api_keys import renew
from cli.apis import served_here
from cli.problems import Problem
from cli.settings import Settings, load_settings

_LOOKS_EVERY = 1.0

app = typer.Typer(no_args_is_help=True, help="Keys: rotate.")


@app.callback()
def keys() -> None:
    """Keys: rotate."""


@app.command()
def rotate(
    revoke: Annotated[
        bool, typer.Option("--revoke", help="The old key was stolen: its tokens are dead at once.")
    ] = False,
    data_keys: Annotated[
        bool, typer.Option("--data-keys", help="Also give every data key a successor.")
    ] = False,
) -> None:
    """Take new keys: one that signs access tokens, and one that wraps all data keys.

    The APIs that run here get new master keys as well. With --data-keys every data key gets a
    successor, and all rows are sealed anew. What was interrupted goes on where it is asked again.
    """
    settings = load_settings()
    home = settings.home_folder
    done = ask(home, "/keys/rotate", {"revoke": revoke})
    typer.echo(f"signing with {done['kid']} from now on")
    left = done["honoured_seconds"]
    typer.echo(f"the old key counts for {left} s more" if left else "the old key counts no more")
    wrapped = ask(home, "/keys/master", {})
    typer.echo(f"master key {wrapped['master']} wraps {wrapped['keys']} data keys from now on")
    typer.echo(f"the old master key is destroyed ({wrapped['milliseconds']} ms)")
    if data_keys:
        _seal_anew(home)
    _renew_apis(settings, ("master", "data") if data_keys else ("master",))


def _renew_apis(settings: Settings, kinds: Sequence[str]) -> None:
    """Give each API new keys, each on the trail before it begins; one that fails stops no other."""
    failed: list[Problem] = []
    for name in served_here():
        try:
            for kind in kinds:
                about = {"api": name, "which": kind}
                ask(settings.home_folder, "/keys/api", {**about, "done": False})
                typer.echo(asyncio.run(renew(settings, name, kind)))
                ask(settings.home_folder, "/keys/api", {**about, "done": True})
        except Problem as problem:
            typer.echo(f"{name}: {problem}", err=True)
            failed.append(problem)
    if failed:
        raise Problem(
            f"{len(failed)} of the APIs have not got all of their new keys",
            "mend what is said above, and ask again: what was interrupted goes on",
        )


def _seal_anew(home: Path) -> None:
    """Start it, and tell how it goes until it has ended; it goes on without us as well."""
    begun = state = ask(home, "/keys/data", {})
    while state["retired"] > 0:
        time.sleep(_LOOKS_EVERY)
        state = ask(home, "/keys/state", {})
        typer.echo(f"{state['rows']} rows sealed anew, {state['retired']} old data keys are left")
        if state["unreadable"]:
            raise Problem(
                f"{state['unreadable']} rows do not open, so their keys are kept",
                "look for what changed them, and restore them from a backup",
            )
    typer.echo(f"{begun['retired']} old data keys are destroyed")
