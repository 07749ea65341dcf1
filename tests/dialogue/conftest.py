"""One model a change of the training data, one dialogue process a test run."""

from __future__ import annotations

import secrets
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from dialogue.event_table import EventTable
from tests.support.model import kept_model
from tests.support.postgres import Server

from .fakes import FakeActions
from .service import PYTHON, Caller, Service
from .tables import Elsewhere, MakeTable, Today, on_server


@pytest.fixture(scope="session")
def model(request: pytest.FixtureRequest) -> Path:
    """A trained model of the files as they are."""
    assert PYTHON.exists(), "there is no Rasa environment: see `make test`"
    return kept_model(request.config.cache.mkdir("gatehouse"))  # type: ignore[union-attr]


@pytest.fixture
def short_folder() -> Iterator[Path]:
    """A folder with a short name: a socket's path may have about 100 bytes."""
    with tempfile.TemporaryDirectory(prefix="gh") as folder:
        yield Path(folder)


@pytest.fixture(scope="session")
def folder() -> Iterator[Path]:
    """The folder of the shared process."""
    with tempfile.TemporaryDirectory(prefix="gh") as name:
        yield Path(name)


@pytest.fixture(scope="session")
def running_actions(folder: Path) -> Iterator[FakeActions]:
    """The actions that the shared process calls."""
    actions = FakeActions(folder / "actions" / "sock")
    actions.start()
    yield actions
    actions.stop()


@pytest.fixture(scope="session")
def service(model: Path, folder: Path, running_actions: FakeActions) -> Iterator[Service]:
    """The shared process, writing its logs at the chattiest level."""
    home = folder / "home"
    home.mkdir()
    started = Service(home, folder, GATEHOUSE_MODEL=str(model), GATEHOUSE_LOG_LEVEL="DEBUG")
    try:
        started.wait_ready()
        yield started
    finally:
        code = started.stop()
    assert code == 0
    assert not started.socket.exists()


@pytest.fixture
def actions(running_actions: FakeActions) -> FakeActions:
    """The actions, with what earlier tests did forgotten."""
    running_actions.forget()
    return running_actions


@pytest.fixture
def caller(service: Service) -> Iterator[Caller]:
    """A gateway with a kept connection."""
    connected = Caller(service.socket)
    yield connected
    connected.close()


@pytest.fixture
def conversation() -> str:
    """The id of a conversation that has not begun."""
    return secrets.token_urlsafe(16)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "db" / "rasa" / "tracker.sqlite3"


@pytest.fixture
def database(postgres: Server) -> Iterator[str]:
    name = postgres.create()
    yield name
    postgres.drop(name)


@pytest.fixture
def calendar() -> Today:
    return Today()


@pytest.fixture
def make_table(
    request: pytest.FixtureRequest, path: Path, which_database: str, calendar: Today
) -> MakeTable:
    """Makes a table that is not opened yet; several are processes one after the other."""

    def make() -> EventTable:
        if which_database == "postgres":
            named = request.getfixturevalue("postgres"), request.getfixturevalue("database")
            return on_server(*named, calendar)
        return EventTable(path, keep=2, busy_seconds=0.1, day=calendar)

    return make


@pytest.fixture
def table(make_table: MakeTable) -> Iterator[EventTable]:
    opened = make_table()
    opened.open()
    yield opened
    opened.close()


@pytest.fixture
def elsewhere(request: pytest.FixtureRequest, path: Path, which_database: str) -> Elsewhere:
    return Elsewhere(request, path, which_database)
