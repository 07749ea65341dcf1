"""The rows of the result: their form is a contract with whoever reads `bench/results.json`."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from rich.console import Console
from rich.table import Table

from bench.figures import divided

Unit = Literal["ms", "us", "1/s", "MB", "s", "x"]
"""`x` is a ratio within one side."""

STAYING = frozenset(
    {
        "plain_turn_p50",
        "protected_turn_p50",
        "protected_turn_p95",
        "protected_turn_p99",
        "turns_per_second_8",
        "turn_10_p50",
        "turn_100_p50",
        "turn_400_p50",
        "guard_p50",
        "memory_total",
        "start_warm",
        "train",
    }
)
"""The names that readers rely on; others may come and go."""

_DIGITS = 4


@dataclass(frozen=True)
class Row:
    """One figure of both sides; `stock` is None where stock Rasa has no counterpart."""

    name: str
    unit: Unit
    stock: float | None
    gatehouse: float | None

    @property
    def ratio(self) -> float | None:
        """Gatehouse over stock."""
        return divided(self.gatehouse, self.stock)

    def as_json(self) -> dict[str, Any]:
        """Return the row as it is written."""
        return {
            "name": self.name,
            "unit": self.unit,
            "stock": rounded(self.stock),
            "gatehouse": rounded(self.gatehouse),
            "ratio": rounded(self.ratio),
        }


def rounded(value: float | None) -> float | None:
    """Return `value` with four significant digits."""
    if value is None or value == 0:
        return value
    return round(value, _DIGITS - 1 - math.floor(math.log10(abs(value))))


def write(path: Path, machine: Mapping[str, Any], rows: Sequence[Row]) -> None:
    """Write the results file; raises `ValueError` where it would break what readers rely on."""
    names = [row.name for row in rows]
    missing = STAYING - {row.name for row in rows if row.gatehouse is not None}
    if missing or len(set(names)) != len(names):
        raise ValueError(f"rows are missing, empty or there twice: {sorted(missing)}")
    results = {"machine": dict(machine), "rows": [row.as_json() for row in rows]}
    path.write_text(json.dumps(results, indent=2, ensure_ascii=False) + "\n")


def show(console: Console, rows: Sequence[Row]) -> None:
    """Print the table."""
    table = Table("", "unit", title="Gatehouse beside stock Rasa", title_justify="left")
    for heading in ("stock", "gatehouse", "ratio"):
        table.add_column(heading, justify="right")
    for row in rows:
        table.add_row(row.name, row.unit, *map(_cell, (row.stock, row.gatehouse, row.ratio)))
    console.print(table)


def _cell(value: float | None) -> str:
    return "–" if value is None else f"{rounded(value):,.{2 if abs(value) < 100 else 0}f}"
