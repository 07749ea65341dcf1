"""Which walls this machine can put around processes: one that ends at once is walled in to see."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Collection, Iterable

from cli.problems import Problem
from cli.process_users import FIRST_UID
from cli.settings import ROOT, Mode
from sandbox.walls import Wall

STANDING = "all stand"
_PROBE_UID = FIRST_UID + 999
_TO_DO = "use Linux with Landlock of ABI 6 (6.12 or newer) and user namespaces, or demo mode"


def missing_walls() -> tuple[Wall, ...]:
    """Return the walls that cannot be built here; all of them where it cannot be tried."""
    uid = [str(_PROBE_UID)] if os.geteuid() == 0 else []
    try:
        ended = subprocess.run(  # noqa: S603 - our own module, no word of anybody else's.
            [sys.executable, "-m", "sandbox.probe", *uid],
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=30,
            check=True,
        )
        return tuple(Wall[name] for name in ended.stdout.split())
    except (OSError, subprocess.SubprocessError, KeyError):
        return tuple(Wall)


def words(missing: Iterable[Wall]) -> list[str]:
    """Return a line for each wall that is missing: what stands open without it."""
    return [f"without a wall ({wall.name.lower()}): {wall.value}" for wall in missing]


def stand(mode: Mode, missing: Collection[Wall]) -> str:
    """Say what of the walls is missing. Raises `Problem` in production where one is."""
    if not missing:
        return STANDING
    if mode == "production":
        raise Problem(words(missing)[0], _TO_DO)
    return "; ".join(words(missing))
