"""One model a change of the training data, one dialogue process a test run."""

from __future__ import annotations

import secrets
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.model import kept_model

from .fakes import FakeActions
from .service import PYTHON, Caller, Service


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
