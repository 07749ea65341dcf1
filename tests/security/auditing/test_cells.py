"""Records as a table: no cell is a formula."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from security.auditing.cells import COLUMNS, cell, table
from security.auditing_model import AuditRecord

SIGNS = "=+-@\t\r\n\uff1d\uff0b\uff0d\uff20"


@pytest.mark.parametrize(
    "value",
    [
        "=1+1",
        "+1",
        "-1",
        "@SUM(A1)",
        "\t=1",
        "\r=1",
        "\n=1",
        "  =1",
        " \u00a0=1",
        "\uff1d1",
        '=HYPERLINK("https://evil.example")',
        "-2+3+cmd|' /C calc'!A0",
    ],
)
def test_attack_a_formula_is_words(value: str) -> None:
    """ASVS 1.2.10: what a spreadsheet would compute begins with a quote."""
    assert cell(value) == "'" + value


@given(st.text())
def test_attack_no_text_makes_a_cell_that_is_computed(value: str) -> None:
    """ASVS 1.2.10."""
    made = cell(value)
    assert not made.startswith(tuple(SIGNS))
    assert not made.lstrip().startswith(tuple(SIGNS))
    assert made.removeprefix("'") == value or made == value


@given(st.text(), st.text())
def test_attack_no_text_leaves_its_cell(reason: str, person: str) -> None:
    """ASVS 1.2.10: quotes, commas and lines stay inside."""
    record = AuditRecord(id="1-1", at="2026", tag="a:b:c", reason=reason, person=person)
    read = list(csv.reader(io.StringIO(table([record]), newline="")))
    assert read[0] == list(COLUMNS)
    assert len(read) == 2
    assert dict(zip(COLUMNS, read[1], strict=True))["reason"] == cell(reason)


def test_what_is_missing_is_an_empty_cell_and_roles_are_words() -> None:
    record = AuditRecord(id="1-1", at="2026", tag="a:b:c", roles=["teller", "auditor"])
    line = table([record]).splitlines()[1]
    assert '"teller auditor"' in line
    assert line.count('""') == len(COLUMNS) - 4
