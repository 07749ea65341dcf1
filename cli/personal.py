"""`gatehouse export`, `accesses`, `erase`: what people may ask their organisation for."""

from __future__ import annotations

import os
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from cli.admin_client import ask
from cli.problems import Problem
from cli.settings import load_settings

Username = Annotated[str, typer.Argument(help="the user name")]
Tenant = Annotated[
    str | None, typer.Option(help="the organisation's id, where several have somebody of this name")
]
To = Annotated[Path | None, typer.Option(help="the file to write; standard output if not")]


class Form(StrEnum):
    """What is written."""

    HTML = "html"
    JSON = "json"


def export_command(
    username: Username,
    tenant: Tenant = None,
    to: To = None,
) -> None:
    """Write down what security holds of a person, as JSON.

    What each API holds is theirs to give: the person's own copy, from their page, has that too.
    """
    _write(ask(_home(), "/users/export", _somebody(username, tenant)), to)
    if to is not None:
        typer.echo(f"wrote {to}; what the organisation's APIs hold is not in it")


def accesses_command(
    username: Username,
    tenant: Tenant = None,
    to: To = None,
    form: Annotated[
        Form, typer.Option("--format", help="to read, or for other programs")
    ] = Form.HTML,
) -> None:
    """Write down who accessed a person's data in the last six years: when, in which role, why."""
    asked = {**_somebody(username, tenant), "form": form.value}
    _write(ask(_home(), "/users/accesses", asked), to)
    if to is not None:
        typer.echo(f"wrote {to}")


def _write(made: dict[str, Any], to: Path | None) -> None:
    if to is None:
        typer.echo(made["content"])
        return
    written(to, made["content"])
    typer.echo(f"wrote {to}; what the organisation's APIs hold is not in it")


def written(to: Path, content: str) -> None:
    """Write personal data to a file: for whoever asked, and never over another file."""
    try:
        descriptor = os.open(to, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        raise Problem(f"{to} cannot be written ({error.strerror})", "name a new file") from None
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(content)


def erase_command(
    username: Username,
    tenant: Tenant = None,
    again: Annotated[
        str | None, typer.Option(help="the user name once more, where nobody can be asked")
    ] = None,
) -> None:
    """Delete a person's account and data for good; says what has to be kept, and until when."""
    somebody = _somebody(username, tenant)
    for one in ask(_home(), "/users/kept", somebody):
        typer.echo(f"kept until {one['until']}: {one['what']} ({one['why']})")
    if again is None:
        if not sys.stdin.isatty():
            raise Problem("nobody can be asked here", "add --again with the user name")
        named = f"{username} of {somebody['tenant']}"
        again = typer.prompt(f"This deletes {named} and cannot be undone. Type the user name again")
    if again != username:
        raise Problem("the two names differ; nothing was changed", "type the same name twice")
    ask(_home(), "/users/erase", {**somebody, "again": again})
    typer.echo(f"{username} is signed out everywhere and is deleted as soon as they have been told")


def _somebody(username: str, tenant: str | None) -> dict[str, str]:
    """Return whom it is about; finds the organisation where only one has such a person."""
    if tenant is not None:
        return {"tenant": tenant, "username": username}
    known = [one["tenant"] for one in ask(_home(), "/tenants/list", {})]
    having = [tenant for tenant in known if _has(tenant, username)]
    if not having:
        raise Problem(f"nobody is called {username}", "see `gatehouse users list ORGANISATION`")
    if len(having) > 1:
        raise Problem(f"{' and '.join(having)} have a {username}", "add --tenant")
    return {"tenant": having[0], "username": username}


def _has(tenant: str, username: str) -> bool:
    users: list[dict[str, Any]] = ask(_home(), "/users/list", {"tenant": tenant})
    return any(user["username"] == username for user in users)


def _home() -> Path:
    return load_settings().home_folder
