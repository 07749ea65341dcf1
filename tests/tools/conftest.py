"""Homes with the big set in small, for the tests of what makes it and of what reads it."""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from apis.common.database import database_path
from cli.apis import seed_of
from cli.people import PERSONAS
from tests.support.opened import connect
from tools.big.filling import Wanted, everybody, fill_part
from tools.big.people import Person
from tools.big.plan import PARTS

WANTED = Wanted(seed=7, people=60, today="2026-11-25")
NOW = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)
APIS = [part.api for part in PARTS]


class _Anybody(dict[str, str]):
    """Subjects that are the same at every home: those of a real one are the home's own."""

    def __missing__(self, username: str) -> str:
        return f"pw-{username}"


def subjects() -> Mapping[str, Any]:
    return {part.tenant: _Anybody() for part in PARTS}


def of_personas() -> str:
    from cli.demo import personas

    known: dict[str, dict[str, str]] = {}
    for one in personas():
        known.setdefault(one.tenant, {})[one.username] = f"pw-{one.username}"
    return json.dumps(known)


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with the demo's own data alone."""
    home = tmp_path_factory.mktemp("small")
    for name in APIS:
        preparation = import_module(f"apis.{name}.setup").PREPARATION
        preparation.prepare(home, seed_of(name, PERSONAS), of_personas(), NOW)
    return home


@pytest.fixture(scope="module")
def people() -> dict[str, list[Person]]:
    return everybody(WANTED, {})


def filled(small: Path, folder: Path, people: dict[str, list[Person]]) -> Path:
    home = shutil.copytree(small, folder)
    for part in PARTS:
        assert fill_part(home, part, WANTED, people[part.tenant], subjects())
    return home


@pytest.fixture(scope="module")
def home(
    small: Path, tmp_path_factory: pytest.TempPathFactory, people: dict[str, list[Person]]
) -> Path:
    """A home that is filled; not to be changed."""
    return filled(small, tmp_path_factory.mktemp("big") / "home", people)


def rows(home: Path, api: str, query: str) -> list[Any]:
    opening = sqlite3.connect if api == "security" else connect
    with closing(opening(database_path(home, api))) as connection:
        return connection.execute(query).fetchall()


def dump(home: Path, api: str) -> list[str]:
    with closing(sqlite3.connect(database_path(home, api))) as connection:
        return list(connection.iterdump())


def told(home: Path, api: str) -> dict[str, set[Any]]:
    """Return what each table says, opened: no two homes seal it to the same bytes."""
    found: dict[str, set[Any]] = {}
    with closing(connect(database_path(home, api))) as connection:
        tables = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        for (table,) in tables.fetchall():
            cursor = connection.execute(f"SELECT * FROM {table}")
            shown = [at for at, one in enumerate(cursor.description) if one[0] != "sealed"]
            found[table] = {tuple(row[at] for at in shown) for row in cursor}
    return found
