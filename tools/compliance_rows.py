"""The catalogues of tools/requirements/, and what the tests say of each row."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

FOLDER = Path("tools/requirements")
_ORDER = ("gatehouse", "asvs", "nist-800-63b", "pci-dss", "psd2", "hipaa", "gdpr", "protocols")
_OWN_NAMES = ("Gatehouse", "Specifications")
"""Catalogues whose rows have their whole name as id."""
STATES = ("shown", "failing", "skipped", "not run", "not shown", "operator's", "not applicable")

type Outcomes = Mapping[str, str]
"""What each test came to, by `file::name`: passed, failed or skipped."""


@dataclass(frozen=True)
class Row:
    """One requirement, in our own few words."""

    id: str
    """With its standard's name: `ASVS 6.5.1`."""
    label: str
    says: str
    level: int | None
    by: tuple[str, ...]
    """Further tests (`tests/file.py`, `tests/file.py::name`) and rows that show it."""
    note: str
    operator: str
    not_applicable: str


@dataclass(frozen=True)
class Chapter:
    """Rows that belong together."""

    title: str
    rows: tuple[Row, ...]


@dataclass(frozen=True)
class Catalogue:
    """One standard."""

    title: str
    link: str
    about: str
    chapters: tuple[Chapter, ...]

    @property
    def rows(self) -> list[Row]:
        """All rows, in order."""
        return [row for chapter in self.chapters for row in chapter.rows]


@dataclass(frozen=True)
class Verdict:
    """What the tests say of one row."""

    row: Row
    tests: tuple[str, ...]
    counts: Mapping[str, int]
    """How many of the tests came to what; `not run` among them."""

    @property
    def state(self) -> str:
        """One of STATES: a row counts as shown when a test passed and none failed."""
        if self.row.not_applicable:
            return "not applicable"
        if not self.tests:
            return "operator's" if self.row.operator else "not shown"
        came = (("failed", "failing"), ("passed", "shown"), ("skipped", "skipped"))
        return next((state for key, state in came if self.counts.get(key)), "not run")


def read(root: Path) -> list[Catalogue]:
    """Return all catalogues, in the page's order.

    Raises KeyError, TypeError or ValueError where a file is none.
    """
    names = sorted(
        (path.stem for path in (root / FOLDER).glob("*.yml")),
        key=lambda name: (_ORDER.index(name) if name in _ORDER else len(_ORDER), name),
    )
    return [_catalogue(document(root, name)) for name in names]


def document(root: Path, name: str) -> dict[str, Any]:
    """Return one catalogue as it is written."""
    found: dict[str, Any] = yaml.safe_load((root / FOLDER / f"{name}.yml").read_text("utf-8"))
    return found


def _catalogue(found: dict[str, Any]) -> Catalogue:
    chapters = tuple(
        Chapter(each["title"], tuple(_row(found["standard"], row) for row in each["rows"]))
        for each in found["chapters"]
    )
    return Catalogue(found["title"], found["link"], found["about"], chapters)


def _row(standard: str, found: dict[str, Any]) -> Row:
    known = {"id", "level", "says", "by", "note", "operator", "not_applicable"}
    if not isinstance(found["id"], str) or set(found) - known:
        raise ValueError(f"{standard}: {found} (ids in quotes where they look like numbers)")
    words = (found.get(key, "") for key in ("note", "operator", "not_applicable"))
    id_ = found["id"] if standard in _OWN_NAMES else f"{standard} {found['id']}"
    by = tuple(found.get("by", ()))
    return Row(id_, found["id"], found["says"], found.get("level"), by, *words)


def judged(
    catalogues: Iterable[Catalogue], tests: Mapping[str, Iterable[str]], outcomes: Outcomes
) -> dict[str, Verdict]:
    """Return a verdict on each row by its id. `tests` has the ids that each test names."""
    rows = {row.id: row for catalogue in catalogues for row in catalogue.rows}
    naming: dict[str, list[str]] = defaultdict(list)
    for test, ids in tests.items():
        naming[test.partition("::")[0]].append(test)
        for id_ in ids:
            naming[id_].append(test)
    return {id_: _verdict(row, _showing(id_, rows, naming), outcomes) for id_, row in rows.items()}


def _showing(id_: str, rows: Mapping[str, Row], naming: Mapping[str, list[str]]) -> set[str]:
    """Return the tests that show a row: those that name it, and those of what it points to."""
    found: set[str] = set()
    seen: set[str] = set()
    ahead = [id_]
    while ahead:
        now = ahead.pop()
        if now in seen:
            continue
        seen.add(now)
        found.update({now} if "::" in now else naming.get(now, ()))
        if now in rows:
            ahead.extend(rows[now].by)
    return found


def _verdict(row: Row, tests: set[str], outcomes: Outcomes) -> Verdict:
    counts: dict[str, int] = defaultdict(int)
    for test in tests:
        counts[outcomes.get(test, "not run")] += 1
    return Verdict(row, tuple(sorted(tests)), dict(counts))
