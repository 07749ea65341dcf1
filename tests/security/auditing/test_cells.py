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


def test_every_cell_is_in_quotes_and_every_line_ends_as_one_does() -> None:
    """RFC 4180, sections 2.1 and 2.5."""
    record = AuditRecord(id="1-1", at="2026", tag="a:b:c", duration_ms=1.5)
    lines = table([record, record]).split("\r\n")
    assert lines[0] == ",".join(f'"{name}"' for name in COLUMNS)
    assert lines[1] == lines[2]
    assert lines[1].startswith('"1-1","2026","a:b:c","",')
    assert lines[1].endswith(',"1.5"')
    assert lines[3:] == [""]


@pytest.mark.parametrize(
    ("value", "made"),
    [(None, ""), (0, "0"), (False, "False"), ((1, 2), "1 2"), (["=1", "b"], "'=1 b"), (-1, "'-1")],
)
def test_a_value_is_a_word(value: object, made: str) -> None:
    assert cell(value) == made
