"""`gatehouse certificates …`: the names by which processes on different hosts know each other."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Annotated

import typer

from cli import authority, bundles
from cli.arrows import PROCESSES
from cli.certificates import write
from cli.home import prepare_home
from cli.problems import Problem
from cli.settings import load_settings

app = typer.Typer(
    no_args_is_help=True, help="Certificates of the arrows between hosts (mutual TLS 1.3)."
)

_Folder = Annotated[Path, typer.Argument(help="The authority's folder; on no host of Gatehouse.")]


@app.callback()
def certificates() -> None:
    """Certificates of the arrows between hosts (mutual TLS 1.3)."""


@app.command("ca")
def ca_command(folder: _Folder) -> None:
    """Make the private authority, which names processes and nothing else."""
    authority.make(folder, _now())
    typer.echo(f"the authority is in {folder}: keep it off the hosts, and keep a copy")


@app.command("renew-ca")
def renew_command(
    folder: _Folder,
    step: Annotated[str, typer.Argument(help="begin, switch or finish, in this order.")],
) -> None:
    """Replace the authority in three steps, with no failed call in between."""
    steps = {
        "begin": lambda: authority.begin(folder, _now()),
        "switch": lambda: authority.switch(folder),
        "finish": lambda: authority.finish(folder),
    }
    if step not in steps:
        raise Problem(f"there is no step {step}", f"the steps are {', '.join(steps)}")
    steps[step]()
    typer.echo(_NEXT[step])


_ALL = "issue and install for every process"
_NEXT = {
    "begin": f"both authorities are trusted, the old one signs: {_ALL}, then `switch`",
    "switch": f"the new authority signs, the old key is destroyed: {_ALL}, then `finish`",
    "finish": f"the old authority is gone from what is issued from now on: {_ALL} once more",
}


@app.command("issue")
def issue_command(
    folder: _Folder,
    process: Annotated[str, typer.Argument(help=f"One of {', '.join(PROCESSES)}.")],
    host: Annotated[list[str], typer.Option(help="A name or address of its host; repeatable.")],
    days: Annotated[
        int, typer.Option(min=1, max=authority.MOST_LEAF_DAYS, help="How long it is good.")
    ] = authority.LEAF_DAYS,
    output: Annotated[Path | None, typer.Option(help="The file to write.")] = None,
) -> None:
    """Issue the certificate of one process, in a file to carry to its host."""
    if process not in PROCESSES:
        raise Problem(f"there is no process {process}", f"they are {', '.join(PROCESSES)}")
    issued = authority.issue(folder, process, host, _now(), days)
    file = output or folder / f"{process}.bundle"
    write(file, bundles.pack(folder, process, issued))
    typer.echo(f"written to {file}, good until {issued.ends.date()}: whoever has it is {process}")
    typer.echo("carry it to its host, `gatehouse certificates install` it there, and delete it")


@app.command("install")
def install_command(
    file: Annotated[Path, typer.Argument(help="What `issue` has written.")],
) -> None:
    """Take a certificate into use on its host; what runs uses it from the next connection on."""
    settings, bundle = load_settings(), bundles.unpack(file)
    prepare_home(settings.home_folder, settings.mode)
    bundles.install(bundle, settings.home_folder, _now())
    typer.echo(f"{bundle.process} uses it from the next connection on; delete {file}")


@app.command("show")
def show_command() -> None:
    """Show until when the certificates of this host are good."""
    home, now = load_settings().home_folder, _now()
    for process in PROCESSES:
        if (home / "arrows" / process).is_dir():
            end = bundles.ends(home, process, now)
            late = "  renew it" if bundles.soon(end, now) else ""
            typer.echo(f"{process}: until {end:%Y-%m-%d %H:%M} UTC{late}")


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)
