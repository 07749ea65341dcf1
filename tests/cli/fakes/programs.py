"""Programs for the supervisor that are quick and misbehave on demand."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from cli.programs import Program
from cli.settings import ROOT
from sandbox.profile import Profile


def fake(folder: Path, name: str, behaviour: str, **more: Any) -> Program:
    """Return a program that behaves as told and keeps a diary in `folder`."""
    environ = {"FAKE": behaviour, "FAKE_NAME": name, "FAKE_DIARY": str(folder / "diary")}
    return Program(name, "tests.cli.fakes.program", Path(sys.executable), environ=environ, **more)


def walls(folder: Path) -> Profile:
    """Return the profile of a fake that is walled in, and may keep its diary in `folder`."""
    code = (ROOT, Path(sys.prefix), Path(sys.base_prefix))
    return Profile("fake", code=code, writes=(folder,))


def diary(folder: Path) -> list[dict[str, Any]]:
    """Return what the fakes have noted, in order."""
    path = folder / "diary"
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []
