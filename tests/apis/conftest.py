"""What every API's tests start from: a key that signs tokens, and a home of one's own."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
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


@pytest.fixture
def place(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[[Path], None]]:
    """What moves the APIs of a home to a server, where `make test-postgres` runs the test."""
    if os.environ.get("GATEHOUSE_TEST_DATABASE") != "postgres":
        yield lambda _home: None
        return
    server, movers = request.getfixturevalue("postgres"), request.getfixturevalue("movers")
    moved: list[str] = []

    def move(home: Path) -> None:
        for api in MOVABLE:
            if (home / "db" / api / f"{api}.sqlite3").exists():
                moved.append(movers.move(home, api))
                for name, value in api_server.settings_of(server, api, moved[-1]).items():
                    monkeypatch.setenv(name, value)

    yield move
    for database in moved:
        server.drop(database)


@pytest.fixture(autouse=True)
def on_chosen_database(request: pytest.FixtureRequest) -> None:
    """Move the home of this test, unless it is about a file."""
    alone = request.node.get_closest_marker("sqlite_alone")
    if "home" in request.fixturenames and not alone:
        request.getfixturevalue("place")(request.getfixturevalue("home"))
