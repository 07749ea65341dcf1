"""`gatehouse breach-report`: whose data, which, and since when, as the trail says."""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from cli.admin_client import ask
from cli.personal import written
from cli.problems import Problem
from cli.settings import load_settings


class Form(StrEnum):
    """What a report is written as."""

    JSON = "json"
    HTML = "html"


def breach_command(
    since: Annotated[
        str, typer.Option("--from", help="a day or a moment (ISO 8601), in UTC if it does not say")
    ],
    until: Annotated[str, typer.Option("--to", help="before which; likewise")],
    tenant: Annotated[str | None, typer.Option(help="the organisation's id; all if not")] = None,
    by: Annotated[
        str | None, typer.Option(help="a pseudonym, client or session, as the trail calls it")
    ] = None,
    suspect: Annotated[
        bool, typer.Option("--suspect", help="only what alerts and reused sessions put in doubt")
    ] = False,
    form: Annotated[Form, typer.Option("--format", help="for programs, or to read")] = Form.JSON,
    file: Annotated[
        Path | None, typer.Option(help="the file to write; standard output if not")
    ] = None,
) -> None:
    """Tell whose data was used in a period, which, by whom and since when."""
    question = {
        "since": _moment("--from", since),
        "until": _moment("--to", until),
        "tenant": tenant,
        "by": by,
        "suspect": suspect,
        "form": form.value,
    }
    made = ask(load_settings().home_folder, "/audit/breaches", question)
    if file is None:
        typer.echo(made["content"])
    else:
        written(file, made["content"])
        typer.echo(f"wrote {file}")


def _moment(option: str, said: str) -> str:
    try:
        moment = datetime.fromisoformat(said)
    except ValueError:
        raise Problem(f"{option}: {said} is no day and no moment", "write 2026-11-26") from None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).isoformat()
