"""`gatehouse backup` and `gatehouse restore`."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from cli.backup.make import backup, ring_copy
from cli.backup.restore import check, restore
from cli.problems import Problem
from cli.progress import terminal_or_plain
from cli.settings import load_settings


def backup_command(
    target: Annotated[Path, typer.Argument(help="A new file, or a folder for it.")],
    ring: Annotated[
        bool, typer.Option("--ring", help="Copy the key rings instead; it opens for 30 days.")
    ] = False,
    keys_to: Annotated[
        Path | None,
        typer.Option(help="With --ring: keep the copies' keys in this folder as well."),
    ] = None,
) -> None:
    """Back up every database, sealed, while Gatehouse runs. Keys are in no backup."""
    settings, progress = load_settings(), terminal_or_plain()
    if keys_to is not None and not ring:
        raise Problem("--keys-to is for copies of the ring", "add --ring")
    making = (
        ring_copy(settings, target, progress, keys_to)
        if ring
        else backup(settings, target, progress)
    )
    typer.echo(f"written to {asyncio.run(making)}")


def restore_command(
    file: Annotated[Path, typer.Argument(help="What `gatehouse backup` has written.")],
    ring: Annotated[
        Path | None, typer.Option(help="A copy of the current key rings, if they are not in place.")
    ] = None,
    ring_keys: Annotated[
        Path | None, typer.Option(help="The folder with the keys of copies of the rings.")
    ] = None,
    only_check: Annotated[
        bool, typer.Option("--check", help="Read it to its end, and change nothing.")
    ] = False,
) -> None:
    """Bring a backup back into a home without databases; everybody has to sign in again."""
    settings, progress = load_settings(), terminal_or_plain()
    if only_check:
        told = asyncio.run(check(settings, file, progress))
        typer.echo(f"whole: {len(told.files)} files of {told.made}")
        return
    told = asyncio.run(restore(settings, file, progress, ring, ring_keys))
    typer.echo(f"restored what was there on {told.made}: start with `gatehouse run`")
