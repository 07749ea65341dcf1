"""The page of requirements, and that it and its catalogues say nothing that is not so.

Nothing here depends on what tests came to: only on which there are and what they name.
"""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from tests.support.requirements import written
from tools.compliance import PAGE, PICTURE, last, runs
from tools.compliance_page import Run, page
from tools.compliance_picture import drawing
from tools.compliance_rows import Catalogue, Chapter, Row, Verdict, document, judged, read

ROOT = Path(__file__).resolve().parents[2]
ELSEWHERE = ("RFC ", "WCAG ", "WebAuthn ")
"""Of these every id is as good as named: they are no catalogues of requirements."""
DESIGN = 51
"""How many requirements the design has."""


@pytest.fixture(scope="module")
def catalogues() -> list[Catalogue]:
    return read(ROOT)


@pytest.fixture(scope="module")
def rows(catalogues: list[Catalogue]) -> dict[str, Row]:
    return {row.id: row for catalogue in catalogues for row in catalogue.rows}


@pytest.fixture(scope="module")
def tests() -> dict[str, tuple[str, ...]]:
    return written(ROOT)


def test_no_row_stands_twice(catalogues: list[Catalogue]) -> None:
    counted = Counter(row.id for catalogue in catalogues for row in catalogue.rows)
    assert [id_ for id_, times in counted.items() if times > 1] == []


def test_every_id_that_a_test_names_is_a_row(
    tests: dict[str, tuple[str, ...]], rows: dict[str, Row]
) -> None:
    """Mend the docstring, or write the row into tools/requirements/ and `make compliance`."""
    unknown = {
        f"{id_} in {test}"
        for test, ids in tests.items()
        for id_ in ids
        if id_ not in rows and not id_.startswith(ELSEWHERE)
    }
    assert unknown == set()


def test_what_a_row_points_to_is_there(
    tests: dict[str, tuple[str, ...]], rows: dict[str, Row]
) -> None:
    there = {*tests, *(test.partition("::")[0] for test in tests), *rows}
    gone = [f"{row.id}: {each}" for row in rows.values() for each in row.by if each not in there]
    assert gone == []


def test_what_is_not_applicable_is_shown_by_nothing(
    catalogues: list[Catalogue], tests: dict[str, tuple[str, ...]]
) -> None:
    verdicts = judged(catalogues, tests, {})
    wrong = [id_ for id_, each in verdicts.items() if each.row.not_applicable and each.tests]
    assert wrong == []


def test_what_no_test_reads_is_shown_by_none(
    rows: dict[str, Row], tests: dict[str, tuple[str, ...]]
) -> None:
    """A row that only a page answers says so; a test that names it has the wrong id."""
    named = {one for ids in tests.values() for one in ids}
    unread = {row.id for row in rows.values() if "no test reads it" in (row.note or "")}
    assert len(unread) > 3
    assert not unread & named


def test_every_requirement_of_the_design_has_a_row(rows: dict[str, Row]) -> None:
    design: list[dict[str, Any]] = document(ROOT, "gatehouse")["design"]
    assert len(design) == DESIGN
    assert [each for each in design if not each["rows"] or set(each["rows"]) - set(rows)] == []
    named = {id_ for each in design for id_ in each["rows"]}
    assert [id_ for id_ in rows if id_.startswith("GH-") and id_ not in named] == []


def test_the_page_has_every_row_once_and_claims_no_test_that_is_not_there(
    catalogues: list[Catalogue], tests: dict[str, tuple[str, ...]]
) -> None:
    """Written anew by `make compliance`."""
    text = (ROOT / PAGE).read_text("utf-8")
    verdicts = judged(catalogues, tests, {})
    told = [
        (found["id"], found["state"])
        for line in text.splitlines()
        if (
            found := re.match(
                r"\| (?P<id>[^|]+) \|.* \| \**(?P<state>[^|*]+)\** \| [^|]* \|$", line
            )
        )
        and not line.startswith("| [")
    ]
    labels = [row.label for catalogue in catalogues for row in catalogue.rows]
    assert [id_ for id_, _ in told if id_ != "id"] == labels
    states = [state for id_, state in told if id_ != "id"]
    every = [verdicts[row.id] for catalogue in catalogues for row in catalogue.rows]
    for verdict, state in zip(every, states, strict=True):
        assert state == verdict.state or verdict.tests, verdict.row.id


def test_the_pictures_are_drawings_with_a_title() -> None:
    for scheme in ("light", "dark"):
        drawn = ElementTree.parse(ROOT / PICTURE.format(scheme)).getroot()
        assert drawn.find("{http://www.w3.org/2000/svg}title") is not None


def made(id_: str, by: tuple[str, ...] = (), operator: str = "", not_applicable: str = "") -> Row:
    return Row(id_, id_, f"what {id_} asks", 1, by, "", operator, not_applicable)


FEW = Catalogue(
    "Few",
    "https://few.example",
    "About few.",
    (
        Chapter(
            "One",
            (
                made("A"),
                made("B", by=("A", "tests/b.py", "tests/c.py::test_2")),
                made("C", operator="it is theirs"),
                made("D", not_applicable="we have none"),
                made("E", by=("E", "B")),
                made("F"),
            ),
        ),
    ),
)
FEW_TESTS = {
    "tests/a.py::test_1": ("A",),
    "tests/b.py::test_1": (),
    "tests/c.py::test_1": (),
    "tests/c.py::test_2": (),
}


@pytest.mark.parametrize(
    ("came", "states"),
    [
        ({}, ["not run", "not run"]),
        ({"tests/a.py::test_1": "passed"}, ["shown", "shown"]),
        ({"tests/a.py::test_1": "skipped"}, ["skipped", "skipped"]),
        ({"tests/a.py::test_1": "passed", "tests/c.py::test_2": "failed"}, ["shown", "failing"]),
        ({"tests/b.py::test_1": "passed"}, ["not run", "shown"]),
        ({"tests/c.py::test_1": "failed"}, ["not run", "not run"]),
    ],
)
def test_a_row_is_shown_when_one_passed_and_none_failed(
    came: dict[str, str], states: list[str]
) -> None:
    verdicts = judged([FEW], FEW_TESTS, came)
    assert [verdicts[id_].state for id_ in "ABCDF"] == [
        *states, "operator's", "not applicable", "not shown",
    ]  # fmt: skip
    assert verdicts["E"].tests == verdicts["B"].tests


def test_a_page_says_what_is_missing_and_when_it_was_tried() -> None:
    verdicts = judged([FEW], FEW_TESTS, {"tests/a.py::test_1": "passed"})
    told = page([FEW], verdicts, [Run("2026-01-01T00:00:00Z", "abc", 1)])
    assert "The outcomes of 1 tests, from the run of 2026-01-01T00:00:00Z on `abc`" in told
    assert "| [Few](#few) | 6 | 3 | – | – | – | 1 | 1 | 1 |" in told
    assert "**Not shown**: F." in told
    assert "| F | 1 | what F asks | **not shown** | – |" in told
    assert "Not applicable: we have none." in told
    assert "<summary>1 passed, 2 not run</summary>[test_1](../tests/a.py)" in told


def test_a_page_without_results_says_so() -> None:
    told = page([FEW], judged([FEW], FEW_TESTS, {}), [])
    assert "No test has been run" in told
    assert "| A | 1 | what A asks | **not run** |" in told


def test_of_a_test_with_parameters_the_worst_outcome_counts_and_what_is_gone_does_not() -> None:
    known = {
        "runs": {"r": {"at": "now", "commit": "abc"}, "q": {"at": "then", "commit": "abc"}},
        "tests": {
            "tests/a.py::test_1[x]": ["passed", "r", []],
            "tests/a.py::test_1[y]": ["failed", "q", []],
            "tests/b.py::test_1[x]": ["skipped", "r", []],
            "tests/b.py::test_1[y::z]": ["passed", "r", []],
            "tests/gone.py::test_1": ["failed", "r", []],
        },
    }
    assert last(known, FEW_TESTS) == {
        "tests/a.py::test_1": "failed",
        "tests/b.py::test_1": "passed",
    }
    assert runs(known, FEW_TESTS) == [Run("now", "abc", 3), Run("then", "abc", 1)]


def test_a_picture_has_a_part_for_each_state() -> None:
    verdicts: dict[str, Verdict] = judged([FEW], FEW_TESTS, {"tests/a.py::test_1": "passed"})
    drawn = drawing([FEW], verdicts, "dark")
    ElementTree.fromstring(drawn)
    assert "3 of 6 shown" in drawn
    assert ">3/4</text>" in drawn
