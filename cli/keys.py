"""`gatehouse keys …`: rotate the key that signs access tokens, while Gatehouse runs."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.admin_client import ask
from cli.settings import load_settings

app = typer.Typer(no_args_is_help=True, help="Keys: rotate.")


@app.callback()
def keys() -> None:
    """Keys: rotate."""


@app.command()
def rotate(
    revoke: Annotated[
        bool, typer.Option("--revoke", help="The old key was stolen: its tokens are dead at once.")
    ] = False,
) -> None:
    """Sign access tokens with a new key; the old one counts until its tokens are dead."""
    done = ask(load_settings().home_folder, "/keys/rotate", {"revoke": revoke})
    typer.echo(f"signing with {done['kid']} from now on")
    left = done["honoured_seconds"]
    typer.echo(f"the old key counts for {left} s more" if left else "the old key counts no more")
