"""What holds for all tests: no network, and a browser that is there or is named as missing."""

from __future__ import annotations

import ipaddress
import os
import shutil
import socket
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from cli.people import PERSONAS
from security.seed import read_people
from tests.security.world import Origin, World, make_origin
from tests.support.bot import Bot
from tests.support.browser import find_chromium, find_shell, in_ci
from tests.support.oathtool import find_oathtool
from tests.support.outcomes import keep
from tests.support.postgres import Server, find_postgres, running
from tests.support.requirements import attach


def _is_here(address: Any) -> bool:
    """Tell whether an address is a Unix socket's or this machine's own."""
    if not isinstance(address, tuple):
        return True
    if address[0] == "localhost":
        return True
    try:
        return ipaddress.ip_address(address[0]).is_loopback
    except ValueError:
        return False


def pytest_configure(config: pytest.Config) -> None:
    """Keep what comes of each test, for the page of `make compliance`; time nothing."""
    keep(config)
    settings.register_profile("untimed", deadline=None)
    settings.load_profile("untimed")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Each test carries the ids of what it shows, for the page of `make compliance`.

    A test of a real browser that fails is tried once more, and named as RERUN in the summary.

    Where other work holds the processors, a page may wait longer than its test does: one such
    in thousands would hide what all the others say. What is broken is red twice. Everything that
    needs no browser fails at once.
    """
    attach(items)
    for item in items:
        if {"chromium", "chromium_shell"} & set(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.flaky(reruns=1))


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """A test that connects to another machine fails: the tests have to run anywhere."""
    connect = socket.socket.connect

    def only_here(self: socket.socket, address: Any) -> None:
        if not _is_here(address):
            raise AssertionError(f"a test tried to reach {address[0]}")
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", only_here)


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of a browser. Without one the test is skipped by name; in CI it fails."""
    return _found(find_chromium())


@pytest.fixture(scope="session")
def chromium_shell() -> str:
    """The same, for pages alone: see `find_shell`."""
    return _found(find_shell())


def _found(browser: str | None) -> str:
    if browser is None and in_ci():
        pytest.fail("no Chromium was found, and CI=true")
    if browser is None:
        pytest.skip("no Chromium was found: see `make test`")
    return browser


@pytest.fixture(scope="session")
def oathtool() -> str:
    """The path of oathtool; without it a test is skipped by name, and fails in CI."""
    found = find_oathtool()
    if found is None and in_ci():
        pytest.fail("oathtool is missing")
    if found is None:
        pytest.skip("needs oathtool: see `make test`")
    return found


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    """A PostgreSQL server; without one a test is skipped by name, and fails in CI."""
    if find_postgres() is None and in_ci():
        pytest.fail("PostgreSQL is missing")
    if find_postgres() is None:
        pytest.skip("needs PostgreSQL: see `make test`")
    with running() as server:
        yield server


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test on SQLite, on both databases where it is marked so, or on the chosen one."""
    if "which_database" not in metafunc.fixturenames:
        return
    marks = {mark.name for mark in metafunc.definition.iter_markers()}
    chosen = os.environ.get("GATEHOUSE_TEST_DATABASE")
    if "postgres_alone" in marks:
        where = ["postgres"]
    elif "sqlite_alone" in marks:
        where = ["sqlite"]
    elif chosen:
        where = [chosen]
    else:
        where = ["sqlite", "postgres"] if "both_databases" in marks else []
    if where:
        metafunc.parametrize("which_database", where, indirect=True)


@pytest.fixture
def which_database(request: pytest.FixtureRequest) -> str:
    """Which database this test runs on."""
    chosen: str = getattr(request, "param", "sqlite")
    return chosen


@pytest.fixture(scope="session")
def demo_origin(tmp_path_factory: pytest.TempPathFactory) -> Origin:
    """Keys, an empty database and the personas of the demo, made once."""
    return make_origin(tmp_path_factory.mktemp("demo"), read_people(PERSONAS))


@pytest.fixture
async def bot(demo_origin: Origin, tmp_path: Path) -> AsyncIterator[Bot]:
    """The actions and the guard without processes: see `tests.support.bot`."""
    home = tmp_path / "bot-home"
    shutil.copytree(demo_origin.home, home)
    world = World(home, demo_origin)
    made = Bot(world)
    yield made
    await made.http.aclose()
    world.close()
