"""The results file keeps its form: others read it."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from bench.rows import STAYING, Row, rounded, show, write


def all_rows() -> list[Row]:
    return [Row(name, "ms", 20.0, 10.0) for name in sorted(STAYING)]


def test_a_row_carries_both_sides_and_their_ratio() -> None:
    row = Row("protected_turn_p50", "ms", 40.0, 10.0)
    assert row.as_json() == {
        "name": "protected_turn_p50",
        "unit": "ms",
        "stock": 40.0,
        "gatehouse": 10.0,
        "ratio": 0.25,
    }


def test_a_row_without_a_counterpart_has_nulls() -> None:
    written = Row("guard_p50", "ms", None, 1.5).as_json()
    assert written["stock"] is None
    assert written["ratio"] is None


def test_the_file_holds_the_machine_and_every_row(tmp_path: Path) -> None:
    file = tmp_path / "results.json"
    write(file, {"cores": 2}, all_rows())
    read = json.loads(file.read_text())
    assert set(read) == {"machine", "rows"}
    assert {row["name"] for row in read["rows"]} == STAYING
    assert all(set(r) == {"name", "unit", "stock", "gatehouse", "ratio"} for r in read["rows"])


def test_a_file_without_a_name_that_stays_is_not_written(tmp_path: Path) -> None:
    file = tmp_path / "results.json"
    with pytest.raises(ValueError, match="missing"):
        write(file, {}, all_rows()[1:])
    assert not file.exists()


def test_a_figure_that_was_not_measured_is_not_written(tmp_path: Path) -> None:
    rows = [*all_rows()[1:], Row(all_rows()[0].name, "ms", 20.0, None)]
    with pytest.raises(ValueError, match="missing"):
        write(tmp_path / "results.json", {}, rows)


def test_a_name_is_there_once(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="twice"):
        write(tmp_path / "results.json", {}, [*all_rows(), all_rows()[0]])


@pytest.mark.parametrize(
    ("value", "expected"), [(None, None), (0.0, 0.0), (0.123456, 0.1235), (12345.6, 12350.0)]
)
def test_figures_have_four_digits(value: float | None, expected: float | None) -> None:
    assert rounded(value) == expected


def test_the_table_names_every_row() -> None:
    printed = StringIO()
    show(Console(file=printed, width=120), all_rows())
    assert all(name in printed.getvalue() for name in STAYING)
