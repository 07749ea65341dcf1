"""The entry point of `gatehouse`: names the commands, and tells problems in one line."""

from __future__ import annotations

import asyncio
import importlib.metadata
import os
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from cli import certificates_app, demo, doctor, inspect, keys, skills, tenants, trust, users
from cli.alerts import alerts_command
from cli.backup.app import backup_command, restore_command
from cli.breach import breach_command
from cli.chat.command import chat_command
from cli.checks import examine
from cli.home import prepare_home
from cli.launching import Lifeline
from cli.model import train
from cli.nlu_report import nlu_report_command
from cli.personal import accesses_command, erase_command, export_command
from cli.problems import Problem
from cli.progress import terminal_or_plain
from cli.run import run as run_gatehouse
from cli.run import stop_on_signals
from cli.settings import Settings, load_settings

_HELP = "Gatehouse: a reference chatbot with security built in."


def application() -> typer.Typer:
    """Return the command line with all its commands."""
    app = typer.Typer(
        help=_HELP, no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False
    )
    app.callback()(top)
    app.command("run")(run_command)
    app.command("dev")(dev_command)
    app.command("train")(train_command)
    app.command("chat")(chat_command)
    app.command("doctor")(doctor_command)
    app.command("nlu-report")(nlu_report_command)
    app.command("trust")(trust_command)
    app.command("alerts")(alerts_command)
    app.command("backup")(backup_command)
    app.command("restore")(restore_command)
    app.add_typer(demo.app, name="demo")
    app.command("export")(export_command)
    app.command("accesses")(accesses_command)
    app.command("erase")(erase_command)
    app.command("breach-report")(breach_command)
    app.add_typer(users.app, name="users")
    app.add_typer(tenants.app, name="tenants")
    app.add_typer(keys.app, name="keys")
    app.add_typer(certificates_app.app, name="certificates")
    app.add_typer(skills.app, name="skill")
    app.add_typer(inspect.audit, name="audit")
    app.add_typer(inspect.operations, name="operations")
    return app


def _print_version(asked: bool) -> None:
    if asked:
        typer.echo(f"gatehouse {importlib.metadata.version('gatehouse')}")
        raise typer.Exit


def top(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Show it.")
    ] = False,
) -> None:
    """Gatehouse: a reference chatbot with security built in."""


def run_command(
    only: Annotated[
        list[str] | None,
        typer.Option(help="Run this process alone on this host; repeatable."),
    ] = None,
) -> None:
    """Prepare what is missing, start everything, stop it on Ctrl-C."""
    settings = load_settings()
    if only:
        settings = settings.model_copy(update={"only": ",".join(only)})
    asyncio.run(run_gatehouse(settings, terminal_or_plain()))


def dev_command() -> None:
    """Run, and read anew what a developer changes: actions, policies, manifests, pages, words."""
    asyncio.run(run_gatehouse(load_settings(), terminal_or_plain(), reload=True))


def train_command() -> None:
    """Train the model again from domain.yml, config.yml and data/."""
    asyncio.run(_train(load_settings()))


async def _train(settings: Settings) -> None:
    prepare_home(settings.home_folder, settings.mode)
    task = asyncio.current_task()
    if task is None:
        raise RuntimeError("run this in a task")
    with stop_on_signals(task.cancel, task.cancel), Lifeline() as lifeline:
        try:
            await train(settings, terminal_or_plain(), lifeline)
        except asyncio.CancelledError:
            raise Problem("the training was stopped", "the older model, if any, is kept") from None


def doctor_command() -> None:
    """Look for what would keep Gatehouse from starting."""
    findings = list(examine(load_settings()))
    doctor.show(findings, Console())
    if any(each.problem for each in findings):
        raise typer.Exit(1)


def trust_command(
    install: Annotated[bool, typer.Option(help="Debian, as root: trust it system-wide.")] = False,
    output: Annotated[Path | None, typer.Option(help="Write a copy to this file.")] = None,
) -> None:
    """Explain how a browser learns to trust the development certificate."""
    path = trust.authority(load_settings().home_folder)
    if output is not None:
        output.write_bytes(path.read_bytes())
        typer.echo(f"written to {output}")
    elif install:
        typer.echo(f"installed as {trust.install(path)}")
    else:
        typer.echo("\n".join(trust.instructions(path)))


def main() -> None:
    """Run the command line; exit 1 with one clear line where something has to be mended.

    Whatever it and the processes write is their owner's alone.
    """
    os.umask(0o077)
    try:
        application()()
    except Problem as problem:
        sys.exit(f"gatehouse: {problem}")
    except KeyboardInterrupt:
        sys.exit(130)
