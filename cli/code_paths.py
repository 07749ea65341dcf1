"""The code that a walled process is shown: rooms of this project, and an environment of Python."""

from __future__ import annotations

import sys
from pathlib import Path

from cli.settings import ROOT


def rooms(*names: str) -> tuple[Path, ...]:
    """Return folders of our own code."""
    return tuple(ROOT / name for name in names)


def python_paths(executable: Path | None = None) -> tuple[Path, ...]:
    """Return the environment of a Python, and what it was made from."""
    if executable is None:
        return (Path(sys.prefix), Path(sys.base_prefix))
    prefix = executable.parent.parent
    made_from = [
        Path(line.partition("=")[2].strip()).parent
        for line in (prefix / "pyvenv.cfg").read_text("utf-8").splitlines()
        if line.partition("=")[0].strip() == "home"
    ]
    return (prefix, *made_from)
