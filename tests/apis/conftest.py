"""What every API's tests start from: a key that signs tokens, and a home of one's own."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from joserfc.jwk import OKPKey

from security.tokens.keys import generate_signing_key
from tests.support import api_server

MOVABLE = ("healthcare", "hr", "it", "orders")
"""Their tests look past the API by `tests.support.opened` alone. The bank's look at files."""


@pytest.fixture(scope="session")
def signing_key() -> OKPKey:
    return generate_signing_key()


@pytest.fixture
def home(tmp_path: Path, seeded_home: Path) -> Path:
    """A copy of what the API's own `seeded_home` has set up once."""
    return shutil.copytree(seeded_home, tmp_path / "home")


@pytest.fixture(autouse=True)
def on_chosen_database(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Move the API of this test to a server, where `make test-postgres` runs it."""
    if (
        os.environ.get("GATEHOUSE_TEST_DATABASE") != "postgres"
        or "home" not in request.fixturenames
    ):
        return
    if request.node.get_closest_marker("sqlite_alone"):
        return
    home, server = request.getfixturevalue("home"), request.getfixturevalue("postgres")
    for api in MOVABLE:
        if (home / "db" / api / f"{api}.sqlite3").exists():
            for name, value in api_server.move(server, home, api).items():
                monkeypatch.setenv(name, value)
