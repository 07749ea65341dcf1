"""What every API's tests start from: a key that signs tokens, and a home of one's own."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from joserfc.jwk import OKPKey

from security.tokens.keys import generate_signing_key
from tests.support import api_server
from tests.support.postgres import Server

MOVABLE = ("banking", "healthcare", "hr", "it", "orders")
"""Their tests look past the API by `tests.support.opened` and `tests.support.api_server` alone."""


@pytest.fixture(scope="session")
def signing_key() -> OKPKey:
    return generate_signing_key()


@pytest.fixture
def home(tmp_path: Path, seeded_home: Path) -> Path:
    """A copy of what the API's own `seeded_home` has set up once."""
    return shutil.copytree(seeded_home, tmp_path / "home")


@pytest.fixture(scope="session")
def movers(postgres: Server, tmp_path_factory: pytest.TempPathFactory) -> api_server.Movers:
    """What moves the homes of this run to the server."""
    return api_server.Movers(postgres, tmp_path_factory.mktemp("moved"))


@pytest.fixture(autouse=True)
def on_chosen_database(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> Iterator[None]:
    """Move the API of this test to a server, where `make test-postgres` runs it."""
    if (
        os.environ.get("GATEHOUSE_TEST_DATABASE") != "postgres"
        or "home" not in request.fixturenames
        or request.node.get_closest_marker("sqlite_alone")
    ):
        yield
        return
    home, server = request.getfixturevalue("home"), request.getfixturevalue("postgres")
    movers, moved = request.getfixturevalue("movers"), []
    for api in MOVABLE:
        if (home / "db" / api / f"{api}.sqlite3").exists():
            moved.append(movers.move(home, api))
            for name, value in api_server.settings_of(server, api, moved[-1]).items():
                monkeypatch.setenv(name, value)
    yield
    for database in moved:
        server.drop(database)
