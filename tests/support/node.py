"""Finds Node, and installs the foreign packages that some tests use, from their lock file."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parents[1] / "foreign"
_OLDEST = 20


def find_node() -> str | None:
    """Return the path of a Node that is new enough, or None."""
    node = shutil.which("node")
    if node is None:
        return None
    said = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout
    major = said.strip().removeprefix("v").partition(".")[0]
    return node if major.isdigit() and int(major) >= _OLDEST else None


def is_installed() -> bool:
    """Tell whether what the lock file names is there."""
    hidden = FOLDER / "node_modules" / ".package-lock.json"
    if not hidden.exists():
        return False
    wanted = json.loads((FOLDER / "package-lock.json").read_text())["packages"]
    there: dict[str, Any] = json.loads(hidden.read_text())["packages"]
    return there == {name: each for name, each in wanted.items() if name}


def install() -> None:
    """Install what the lock file names, where Node and npm are; else say what is missing."""
    npm = shutil.which("npm")
    if find_node() is None or npm is None:
        print(f"some tests need Node {_OLDEST} or newer, with npm")
    elif not is_installed():
        print("  foreign clients: installing …", flush=True)
        subprocess.run(
            [npm, "ci", "--ignore-scripts"], cwd=FOLDER, check=False, stdout=subprocess.DEVNULL
        )


if __name__ == "__main__":
    if sys.argv[1:] != ["--install"]:
        sys.exit("python -m tests.support.node --install")
    install()
