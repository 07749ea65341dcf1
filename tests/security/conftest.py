"""A seeded security core of its own for each test, copied from one that is made once."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from security.adapters import audit_log
from security.audit.record import serialise
from security.audit.schema import record_schema
from security.operations.manifest import Operation
from tests.security.people import new_seed
from tests.security.visitor import Visitor
from tests.security.world import Origin, World, make_origin
from tests.support.postgres import Server

RECORD = jsonschema_rs.Draft202012Validator(record_schema())

MakeWorld = Callable[..., World]


def pytest_configure(config: pytest.Config) -> None:
    """Name the marker of the tests that open a Unix socket in a temporary folder."""
    config.addinivalue_line("markers", "sockets: opens a Unix socket in a temporary folder")


@pytest.fixture(scope="session")
def origin_on_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Origin:
    """Keys, an empty database at the present schema, and people."""
    return make_origin(tmp_path_factory.mktemp("origin"), new_seed())


@pytest.fixture(scope="session")
def origin_on_postgres(tmp_path_factory: pytest.TempPathFactory, postgres: Server) -> Origin:
    """The same on PostgreSQL."""
    return make_origin(tmp_path_factory.mktemp("origin"), new_seed(), postgres)


@pytest.fixture
def origin(request: pytest.FixtureRequest, which_database: str) -> Origin:
    """What each world is a copy of, on the database that this test runs on."""
    made: Origin = request.getfixturevalue(f"origin_on_{which_database}")
    return made


@pytest.fixture
def make_world(origin: Origin, tmp_path: Path) -> Iterator[MakeWorld]:
    """Make worlds, each with settings and operations of its own; closed when the test ends."""
    made: list[World] = []

    def make(operations: Mapping[str, Operation] | None = None, **settings: Any) -> World:
        home = tmp_path / f"home-{len(made)}"
        shutil.copytree(origin.home, home)
        mine = origin
        if operations is not None:
            declared = {**origin.operations, **operations}
            mine = replace(origin, operations=declared, access=None)
        world = World(home, mine, **settings)
        made.append(world)
        return world

    yield make
    for world in made:
        world.close()


@pytest.fixture
def world(make_world: MakeWorld) -> World:
    """The core with the default settings."""
    return make_world()


@pytest.fixture
async def visitor(world: World) -> Visitor:
    """A browser with an anonymous session."""
    somebody = Visitor(world)
    await somebody.arrive()
    return somebody


@pytest.fixture
async def alice(visitor: Visitor) -> Visitor:
    """A browser in which alice has just signed in with her password and a code."""
    await visitor.sign_in("alice")
    return visitor


@pytest.fixture(autouse=True)
def every_record_is_as_its_schema_says(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever a test puts on the trail is held against the published schema."""

    def checked(*given: Any) -> bytes:
        record = serialise(*given)
        RECORD.validate(json.loads(record))
        return record

    monkeypatch.setattr(audit_log, "serialise", checked)
