"""A home with the demo's data in every API."""

from __future__ import annotations

import shutil
from importlib import import_module
from pathlib import Path

import pytest

from cli.apis import api_names, seed_of
from cli.people import PERSONAS
from tests.tools.conftest import NOW, of_personas


@pytest.fixture(scope="package")
def seeded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with the demo's data in every API."""
    home = tmp_path_factory.mktemp("seeded")
    for name in api_names():
        preparation = import_module(f"apis.{name}.setup").PREPARATION
        preparation.prepare(home, seed_of(name, PERSONAS), of_personas(), NOW)
    return home


@pytest.fixture
def home(seeded: Path, tmp_path: Path) -> Path:
    return shutil.copytree(seeded, tmp_path / "home")
