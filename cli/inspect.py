"""`gatehouse audit …` and `gatehouse operations …`: look at what is there.

What they show is security's, so security's own programs print it.
"""

from __future__ import annotations

import subprocess
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from cli.admin_client import ask
from cli.settings import ROOT, load_settings


class Format(StrEnum):
    """What an export is written as."""

    GATEHOUSE = "gatehouse"
    OCSF = "ocsf"


audit = typer.Typer(no_args_is_help=True, help="The trail of what happened.")
operations = typer.Typer(no_args_is_help=True, help="The table of what the bot may do.")


@audit.command("verify")
def audit_verify(
    file: Annotated[
        Path | None, typer.Argument(help="An export; without one, the live trail.")
    ] = None,
    key: Annotated[Path | None, typer.Option(help="The public key, PEM.")] = None,
    checkpoint: Annotated[
        Path | None, typer.Option(help="Checkpoints that were kept elsewhere, a line each.")
    ] = None,
) -> None:
    """Check that nothing was changed, taken out, put in or cut off; 1 and the first bad record."""
    if file is not None and key is None:
        raise typer.BadParameter("an export is checked with a key: --key KEYFILE")
    words = [str(file.absolute())] if file is not None else []
    words += ["--key", str(key.absolute())] if key is not None else []
    words += ["--checkpoint", str(checkpoint.absolute())] if checkpoint is not None else []
    _show("security.tools.audit", "verify", *words, "--home", _home())


@audit.command("export")
def audit_export(
    file: Annotated[Path, typer.Argument(help="Where to.")],
    form: Annotated[
        Format, typer.Option("--format", help="ocsf: for other systems, and not signed.")
    ] = Format.GATEHOUSE,
) -> None:
    """Write the whole trail to a file that anybody with the public key can check."""
    words = (str(file.absolute()), "--format", form.value, "--home", _home())
    _show("security.tools.audit", "export", *words)


@audit.command("archive")
def audit_archive() -> None:
    """Take old records out of the database, into files that verify alone and with the rest.

    A running Gatehouse does it once a day; on PostgreSQL only the tables' owner can.
    """
    _show("security.tools.audit", "archive", "--home", _home())


@audit.command("rotate-key")
def audit_rotate_key() -> None:
    """Let another key sign the trail from here on; the present one announces it and is destroyed.

    Exports from before verify with the key that they were made with, and so does what follows,
    where a file of checkpoints has the announcement.
    """
    done = ask(Path(_home()), "/keys/trail", {})
    typer.echo(f"checkpoints are signed with {done['key']} from now on")
    typer.echo("write the public keys again for whoever checks: gatehouse audit key FILE")


@audit.command("key")
def audit_key(file: Annotated[Path, typer.Argument(help="Where to.")]) -> None:
    """Write the public key that exports are checked with."""
    _show("security.tools.audit", "key", str(file.absolute()), "--home", _home())


@audit.command("tail")
def audit_tail(
    count: Annotated[int, typer.Option(min=1, max=10_000, help="How many records.")] = 20,
) -> None:
    """Print the last records, oldest first, one JSON object a line."""
    _show("security.tools.audit", "tail", "--home", _home(), "--count", str(count))


@audit.command("outlets")
def audit_outlets() -> None:
    """Print how far the trail has come at each place it goes to; 1 where one is out of reach."""
    _show("security.tools.outlets", "--home", _home())


@operations.command("list")
def operations_list(
    as_json: Annotated[bool, typer.Option("--json", help="As a list of JSON objects.")] = False,
) -> None:
    """Print every declared operation: one a line, or a table on a terminal."""
    _show("security.tools.operations", "list", *(["--json"] if as_json else []))


@operations.command("check")
def operations_check() -> None:
    """Check manifests, API documents and policies against each other."""
    _show("security.tools.operations", "check")


def _home() -> str:
    return str(load_settings().home_folder)


def _show(module: str, *arguments: str) -> None:
    """Run one of security's programs on this terminal, and end as it ended."""
    ended = subprocess.run([sys.executable, "-m", module, *arguments], cwd=ROOT, check=False)  # noqa: S603
    if ended.returncode:
        raise typer.Exit(ended.returncode)
