"""The files of the project: those that git knows or would take up."""

from __future__ import annotations

import subprocess
from pathlib import Path


def project_files(root: Path) -> list[Path]:
    """Return the tracked and the new files, without what .gitignore leaves out."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    listed = subprocess.run(command, cwd=root, capture_output=True, check=True)  # noqa: S603
    names = listed.stdout.decode().split("\0")
    return [root / name for name in names if name and (root / name).is_file()]


def words(path: Path) -> str | None:
    """Return the text of a file; nothing where it is not text."""
    try:
        return path.read_text("utf-8")
    except UnicodeDecodeError:
        return None
