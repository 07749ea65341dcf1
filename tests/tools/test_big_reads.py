"""Reads on the big set: none of them looks at every row."""

from __future__ import annotations

import re
import sqlite3
from contextlib import ExitStack, closing
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, event

from apis.common.database import database_path
from apis.common.sealing.columns import add_functions
from tests.support.opened import sealing_at
from tools.big.doors import open_door
from tools.big.reads import READS, Read, askers, with_consents

BIG = {
    "transactions", "movements", "accounts", "payees", "bills", "cards", "declines", "cases",
    "patients", "slots", "appointments", "observations", "medications", "care",
    "emergency_accesses", "customers", "orders", "items", "events", "consents",
    "employees", "allowances", "leave", "documents", "members", "tickets",
}  # fmt: skip
"""Tables that grow with people and time; the others hold a row or two a tenant."""


@pytest.mark.parametrize("read", READS, ids=lambda read: f"{read.api}{read.path}")
async def test_no_read_looks_at_every_row_of_a_table_that_grows(
    home: Path, tmp_path: Path, read: Read
) -> None:
    """Every statement of every read, as SQLite plans it: searches alone, by an index."""
    copy = home if read.agent is None else with_consents(home, tmp_path / "helped")
    [(owner, path), *_] = askers(copy, read)
    seen: list[tuple[str, Any]] = []

    def note(_c: Any, _cursor: Any, statement: str, parameters: Any, *_more: Any) -> None:
        seen.append((statement, parameters))

    with ExitStack() as opened:
        opened.callback(event.remove, Engine, "before_cursor_execute", note)
        event.listen(Engine, "before_cursor_execute", note)
        door = open_door(copy, tmp_path, read.api, opened)
        status = await door.get(owner, read.scope, path, read.agent)
        await door.http.aclose()
    assert status == 200
    plans = [plan for one in seen for plan in _plan(copy, read.api, *one)]
    assert plans
    scans = [plan for plan in plans if plan.startswith("SCAN ") and plan.split()[1] in BIG]
    assert scans == []


def _plan(home: Path, api: str, statement: str, parameters: Any) -> list[str]:
    database = database_path(home, api)
    with closing(sqlite3.connect(database)) as connection:
        add_functions(connection, sealing_at(database))
        found = connection.execute(f"EXPLAIN QUERY PLAN {statement}", parameters).fetchall()
    return [detail for *_, detail in found]


def test_a_scan_is_noticed(home: Path) -> None:
    [plan] = _plan(home, "orders", "SELECT * FROM orders WHERE sealed = 1", ())
    assert plan == "SCAN orders"


@pytest.mark.parametrize("api", sorted({read.api for read in READS}))
def test_every_read_of_an_api_is_here(api: str) -> None:
    """A new one is measured and looked at as well: a line in `tools/big/reads.py`."""
    paths = import_module(f"apis.{api}.openapi").document()["paths"]
    served = {re.sub(r"\{\w+\}", "{}", path) for path, item in paths.items() if "get" in item}
    assert served == {read.path.partition("?")[0] for read in READS if read.api == api}
