"""`python -m security.tools.operations list|check`: the table of what the bot may do.

`check` reads everything that security reads at start, and ends with 1 and the reason where it
does not hold. Needs no running system and no home.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

from security.operations.manifest import Operation
from security.policy import PolicyError
from security.server import read_access, read_operations

PROJECT = Path(__file__).resolve().parent.parent.parent


def lines(operations: Mapping[str, Operation]) -> list[str]:
    """Return one line an operation: name, class, level, age of the proof, scope, endpoint."""
    rows = [("operation", "class", "level", "proof", "scope", "endpoint")]
    for name, operation in sorted(operations.items()):
        rows.append(
            (
                name,
                operation.kind,
                operation.demand.assurance,
                _proof(operation),
                operation.scope,
                f"{operation.endpoint.method} {operation.endpoint.path}",
            )
        )
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]


def _proof(operation: Operation) -> str:
    """Return how old the last proof may be, in words."""
    fresh = operation.demand.freshness
    if operation.demand.confirmation:
        return "each time"
    return "session" if fresh is None else f"{int(fresh.total_seconds() // 60)} min"


def main(arguments: list[str]) -> int:
    """List or check; 1 and one line on standard error where something does not hold."""
    try:
        operations = read_operations(PROJECT)
        read_access(PROJECT, operations)
    except (OSError, ValueError, PolicyError) as error:
        print(f"operations: {error}", file=sys.stderr)
        return 1
    if arguments == ["list"]:
        print("\n".join(lines(operations)))
    else:
        print(f"{len(operations)} operations, their API documents and policies fit")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
