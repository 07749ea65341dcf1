"""One real installation for the whole run; its model is kept between runs."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.e2e.installation import Installation, copy_model
from tests.e2e.people import Person, people
from tests.e2e.visitor import Visitor


@pytest.fixture(scope="session")
def model_cache(request: pytest.FixtureRequest) -> Path:
    """Where the trained model is kept between test runs."""
    return request.config.cache.mkdir("gatehouse")


@pytest.fixture(scope="session")
def new_installation(
    tmp_path_factory: pytest.TempPathFactory, model_cache: Path
) -> Iterator[Callable[..., Installation]]:
    """Make installations that are not started yet; stop them at the end, whatever happens."""
    made: list[Installation] = []

    def make(**settings: str) -> Installation:
        home = tmp_path_factory.mktemp("home")
        copy_model(model_cache, home)
        made.append(Installation(home, settings=settings))
        return made[-1]

    yield make
    for each in made:
        each.stop()


@pytest.fixture(scope="session")
def gatehouse(new_installation: Callable[[], Installation], model_cache: Path) -> Installation:
    """A running Gatehouse."""
    installation = new_installation()
    installation.start()
    shutil.rmtree(model_cache / "models", ignore_errors=True)
    copy_model(installation.home, model_cache)
    return installation


@pytest.fixture(scope="session")
def persons() -> dict[str, Person]:
    """The people of the demo; they remember which codes they have used."""
    return people()


@pytest.fixture
def visitor(gatehouse: Installation) -> Iterator[Callable[[], Visitor]]:
    """Open browsers; close them at the end."""
    opened: list[Visitor] = []

    def open_one() -> Visitor:
        opened.append(Visitor(gatehouse.url, gatehouse.authority))
        return opened[-1]

    yield open_one
    for each in opened:
        each.http.close()
