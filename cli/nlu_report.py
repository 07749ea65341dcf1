"""`gatehouse nlu-report FILE`: how well the model understands; needs no running system."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from cli.home import prepare_home
from cli.launching import Lifeline
from cli.model import State, check_model, model_file, model_name, train
from cli.problems import Problem
from cli.progress import PlainDisplay, Progress, terminal_or_plain
from cli.run import stop_on_signals
from cli.settings import ROOT, Settings, load_settings
from cli.understanding import Measures, Row, hear, measures, rows_of
from runtime.signed_model import TRUSTED


class _ToErrors(PlainDisplay):
    """Progress beside a result that a program reads."""

    def line(self, text: str) -> None:
        """Print `text` on standard error."""
        Console(stderr=True, soft_wrap=True).print(text, markup=False, highlight=False)


def nlu_report_command(
    file: Annotated[Path, typer.Argument(help="A JSON list of objects with text and intent.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Measure how well the model understands sentences; trains where there is no model."""
    rows = rows_of(file)
    progress = Progress(_ToErrors()) if as_json else terminal_or_plain()
    found = asyncio.run(_measure(load_settings(), rows, progress))
    if as_json:
        typer.echo(json.dumps(found.as_json()))
        return
    for name, value in found.as_json().items():
        typer.echo(f"{name}: {'no such rows' if value is None else value}")


async def _measure(settings: Settings, rows: list[Row], progress: Progress) -> Measures:
    prepare_home(settings.home_folder, settings.mode)
    task = asyncio.current_task()
    if task is None:
        raise RuntimeError("run this in a task")
    with stop_on_signals(task.cancel, task.cancel), Lifeline() as lifeline:
        try:
            model = await _model(settings, progress, lifeline)
            async with progress.step("sentences", "listening", f"{len(rows)} heard"):
                trust = settings.home_folder / TRUSTED
                return measures(await hear(settings, model, trust, rows, lifeline))
        except asyncio.CancelledError:
            raise Problem("the report was stopped", "ask for it again") from None


async def _model(settings: Settings, progress: Progress, lifeline: Lifeline) -> Path:
    """Return the model of the present training data, trained first where it is missing."""
    name = model_name(ROOT)
    if check_model(settings.home_folder, name) is not State.TRAINED:
        await train(settings, progress, lifeline)
    return model_file(settings.home_folder, name)
