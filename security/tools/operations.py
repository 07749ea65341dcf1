"""`python -m security.tools.operations list [--json]|check|page`: what the bot may do.

`list` prints one line an operation, or a table on a terminal. `check` reads everything that
security reads at start, and looks for what is declared in vain. `page` prints docs/operations.md.
All end with 1 and the reason where something does not hold. Needs no running system and no home.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path

import orjson
from rich.console import Console
from rich.table import Table

from security.api_addresses import api_addresses
from security.policy import PolicyError
from security.server import read_access, read_operations
from security.tools.operation_table import Row, complaints, lines, page, rows

PROJECT = Path(__file__).resolve().parent.parent.parent
_ANYWHERE = Path("/")


def show(table: Sequence[Row], console: Console) -> None:
    """Print the table for somebody at a terminal: what is long goes on in the next line."""
    shown = Table(show_lines=True)
    for heading in ("what", "proof", "opens", "roles"):
        shown.add_column(heading, overflow="fold")
    for row in table:
        more = [f"for {', '.join(row.purposes)}"] if row.purposes else []
        more += [f"on the page alone: {', '.join(row.sensitive)}"] if row.sensitive else []
        more += [f"at most {', '.join(row.limits)}"] if row.limits else []
        approval = "approved each time" if row.confirmation == "yes" else row.proof
        shown.add_row(
            "\n".join([f"[bold]{row.operation}[/bold]", row.title, *more]),
            f"{row.kind}\n{row.level}, {approval}",
            f"{row.endpoint}\n{row.scope}\n{row.audience}",
            ", ".join(row.roles) or "nobody",
        )
    console.print(shown)


def _list(table: Sequence[Row], as_json: bool) -> None:
    if as_json:
        found = orjson.dumps([row.as_json() for row in table], option=orjson.OPT_INDENT_2)
        print(found.decode())
    elif sys.stdout.isatty():
        show(table, Console())
    else:
        print("\n".join(lines(table)))


def main(arguments: list[str]) -> int:
    """Do as told; 1 and one line on standard error for each thing that does not hold."""
    try:
        operations = read_operations(PROJECT)
        access = read_access(PROJECT, operations)
        apis = {operation.api for operation in operations.values()}
        mode = os.environ.get("GATEHOUSE_MODE", "demo")
        api_addresses(apis, _ANYWHERE, mode, os.environ)
    except (OSError, ValueError, PolicyError) as error:
        print(f"operations: {error}", file=sys.stderr)
        return 1
    table = rows(operations, access)
    match arguments:
        case ["list", *options]:
            _list(table, "--json" in options)
        case ["page"]:
            print(page(table), end="")
        case _:
            found = complaints(operations, access)
            for complaint in found:
                print(f"operations: {complaint}", file=sys.stderr)
            if found:
                return 1
            print(f"{len(operations)} operations, their API documents and policies fit")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
