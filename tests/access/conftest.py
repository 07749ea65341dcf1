"""A bank that everybody has something at."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.access.bank import Bank
from tests.access.bank_on_server import BankOnServer


@pytest.fixture
def bank(tmp_path: Path, which_database: str, request: pytest.FixtureRequest) -> Iterator[Bank]:
    on_server = which_database == "postgres"
    server = request.getfixturevalue("postgres") if on_server else None
    made = Bank(tmp_path) if server is None else BankOnServer(tmp_path, server)
    with made.open() as opened:
        yield opened
