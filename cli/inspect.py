"""`gatehouse audit …` and `gatehouse operations …`: look, and change nothing.

What they show is security's, so security's own programs print it.
"""

from __future__ import annotations

import subprocess
import sys
from typing import Annotated

import typer

from cli.settings import ROOT, load_settings

audit = typer.Typer(no_args_is_help=True, help="The trail of what happened.")
operations = typer.Typer(no_args_is_help=True, help="The table of what the bot may do.")


@audit.command("verify")
def audit_verify() -> None:
    """Check that every record follows its predecessor; 1 and the first bad one where not."""
    _show("security.tools.audit", "verify", "--home", str(load_settings().home_folder))


@audit.command("tail")
def audit_tail(
    count: Annotated[int, typer.Option(min=1, max=10_000, help="How many records.")] = 20,
) -> None:
    """Print the last records, oldest first, one JSON object a line."""
    home = str(load_settings().home_folder)
    _show("security.tools.audit", "tail", "--home", home, "--count", str(count))


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


def _show(module: str, *arguments: str) -> None:
    """Run one of security's programs on this terminal, and end as it ended."""
    ended = subprocess.run([sys.executable, "-m", module, *arguments], cwd=ROOT, check=False)  # noqa: S603
    if ended.returncode:
        raise typer.Exit(ended.returncode)
