"""`gatehouse alerts`: what the watch has seen, for whoever operates the installation."""

from __future__ import annotations

import json
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from cli.admin_client import ask
from cli.settings import load_settings


def alerts_command(
    tenant: Annotated[
        str | None, typer.Option(help="those of this organisation: usually its auditor's")
    ] = None,
    everyones: Annotated[bool, typer.Option("--all", help="those of everybody")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="everything, as JSON")] = False,
) -> None:
    """List what the watch has seen and no organisation is told of; newest first."""
    asked = {"tenant": tenant, "everyones": everyones}
    found = ask(load_settings().home_folder, "/alerts/list", asked)
    if as_json:
        print(json.dumps(found, indent=2))
        return
    rows = [_row(one) for one in found]
    console = Console()
    if not console.is_terminal:
        for row in rows:
            print("\t".join(row))
        return
    if not rows:
        console.print("no alerts")
        return
    table = Table("when", "organisation", "level", "what", "what to do")
    for row in rows:
        table.add_row(*row)
    console.print(table)


def _row(one: Any) -> tuple[str, ...]:
    title = one.get("title", one["rule"])
    return (one["at"], one.get("tenant", "-"), one["level"], title, one.get("steps_to_take", ""))
