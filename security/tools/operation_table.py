"""The table of what the bot may do: one row an operation, for people, programs and the docs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from typing import Any

from security.access import Access, Facts
from security.operations.operation import Operation, Rate
from security.roles import ROLES

ANYBODY = "anybody"
_TENANT = "any"

HEADINGS = {
    "operation": "operation",
    "kind": "class",
    "level": "level",
    "proof": "proof",
    "scope": "scope",
    "endpoint": "endpoint",
    "audience": "audience",
    "confirmation": "confirmation",
    "purposes": "purposes",
    "sensitive": "sensitive",
    "limits": "limits",
    "roles": "roles",
}


@dataclass(frozen=True)
class Row:
    """What is to be known of one operation; lists are sorted."""

    operation: str
    title: str
    kind: str
    level: str
    proof: str
    scope: str
    endpoint: str
    audience: str
    confirmation: str
    purposes: tuple[str, ...]
    sensitive: tuple[str, ...]
    limits: tuple[str, ...]
    roles: tuple[str, ...]

    def cells(self) -> list[str]:
        """Return the row in words, in the order of `HEADINGS`; a dash is nothing."""
        return [_cell(getattr(self, name)) for name in HEADINGS]

    def as_json(self) -> dict[str, Any]:
        """Return the row by its headings."""
        return {HEADINGS.get(f.name, f.name): getattr(self, f.name) for f in fields(self)}


def rows(operations: Mapping[str, Operation], access: Access) -> list[Row]:
    """Return the table, sorted by name."""
    return [_row(operation, access) for _, operation in sorted(operations.items())]


def permitted(access: Access, operation: Operation) -> tuple[str, ...]:
    """Return the roles to which Cedar opens an operation, whatever is still to be proved."""
    purpose = min(operation.purposes, default=None)

    def may(tenant: str | None, *roles: str) -> bool:
        facts = Facts(tenant, roles, _TENANT, "web", "aal2", purpose=purpose)
        return bool(access.may(operation, facts))

    strangers = (ANYBODY,) if may(None) else ()
    return (*strangers, *(role for role in sorted(ROLES) if may(_TENANT, role)))


def complaints(operations: Mapping[str, Operation], access: Access) -> list[str]:
    """Return what is declared in vain: an operation that no policy permits to anybody."""
    return [
        f"{name}: no policy permits it to anybody"
        for name, operation in sorted(operations.items())
        if not permitted(access, operation)
    ]


def lines(table: Iterable[Row]) -> list[str]:
    """Return one line an operation, however long, under a line of headings."""
    cells = [list(HEADINGS.values()), *(row.cells() for row in table)]
    widths = [max(len(row[column]) for row in cells) for column in range(len(HEADINGS))]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in cells
    ]


def page(table: Iterable[Row]) -> str:
    """Return the page of the docs."""
    shown = list(table)
    parts = [_PAGE_HEAD]
    for api in sorted({row.operation.partition(".")[0] for row in shown}):
        mine = [row for row in shown if row.operation.startswith(f"{api}.")]
        parts.append(f"## {api}\n\nIts tokens are for `{mine[0].audience}`.\n\n{_markdown(mine)}")
    return "\n".join(parts)


_PAGE_HEAD = """# What the bot may do

Every operation that exists, printed by `make operations-page` from the manifests
(`security/operations/`), the APIs' own documents and the policies (`security/policies/`); a test
compares it with them. What is not on this page cannot be asked for. Who may do it in which
situation is in [access-matrix.md](access-matrix.md).

*Proof*: how old the last proof of who it is may be. *Confirmation*: whether the person approves
exactly this, with a code that is bound to it. *Sensitive* fields are shown on the web page alone.
*Limits* are for one person and this operation, beside the general one.
"""

_COLUMNS = (
    ("operation", "operation"),
    ("kind", "class"),
    ("level", "level"),
    ("proof", "proof"),
    ("confirmation", "confirmation"),
    ("purposes", "purposes"),
    ("scope", "scope"),
    ("endpoint", "endpoint"),
    ("sensitive", "sensitive"),
    ("limits", "limits"),
    ("roles", "roles"),
)
_CODE = frozenset({"operation", "scope", "endpoint", "sensitive"})


def _markdown(table: Iterable[Row]) -> str:
    head = "| " + " | ".join(title for _, title in _COLUMNS) + " |"
    rule = "|" + "---|" * len(_COLUMNS)
    body = [
        "| " + " | ".join(_marked(name, getattr(row, name)) for name, _ in _COLUMNS) + " |"
        for row in table
    ]
    return "\n".join([head, rule, *body]) + "\n"


def _marked(name: str, value: str | tuple[str, ...]) -> str:
    cell = _cell(value)
    return f"`{cell}`" if name in _CODE and cell != "–" else cell


def _row(operation: Operation, access: Access) -> Row:
    return Row(
        operation=operation.name,
        title=operation.title,
        kind=operation.kind,
        level=operation.demand.assurance,
        proof=_proof(operation),
        scope=operation.scope,
        endpoint=f"{operation.endpoint.method} {operation.endpoint.path}",
        audience=operation.audience,
        confirmation="yes" if operation.demand.confirmation else "no",
        purposes=tuple(sorted(operation.purposes)),
        sensitive=tuple(sorted(operation.sensitive)),
        limits=tuple(_limits(operation.rate)),
        roles=permitted(access, operation),
    )


def _proof(operation: Operation) -> str:
    """Return how old the last proof may be, in words."""
    fresh = operation.demand.freshness
    if operation.demand.confirmation:
        return "each time"
    if operation.demand.assurance == "none":
        return "–"
    email = ", or a code by email" if operation.email_code else ""
    return "session" if fresh is None else f"{int(fresh.total_seconds() // 60)} min{email}"


def _limits(rate: Rate) -> Iterable[str]:
    if rate.per_minute is not None:
        yield f"{rate.per_minute}/min"
    if rate.per_hour is not None:
        yield f"{rate.per_hour}/h"


def _cell(value: str | tuple[str, ...]) -> str:
    return value if isinstance(value, str) else ", ".join(value) or "–"
