"""The folder of Unix sockets: short, private, one a home, gone when Gatehouse stops."""

from __future__ import annotations

import hashlib
import os
import shutil
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from cli.problems import Problem
from runtime.sockets import SECURITY_GATEWAY

_LONGEST_PATH = 100
"""Bytes; the kernel takes 107 on Linux and 103 on macOS."""


def run_folder_path(home: Path, environ: Mapping[str, str] = os.environ) -> Path:
    """Return where the sockets of this home are: below XDG_RUNTIME_DIR, else below /tmp."""
    short = hashlib.sha256(os.fsencode(home.resolve())).hexdigest()[:8]
    runtime = environ.get("XDG_RUNTIME_DIR", "")
    below_runtime = Path(runtime) / f"gatehouse-{short}"
    if runtime and _private(Path(runtime)) and _fits(below_runtime):
        return below_runtime
    return Path("/tmp") / f"gatehouse-{os.geteuid()}-{short}"  # noqa: S108 - made 0700. # nosec B108


def _fits(folder: Path) -> bool:
    """Tell whether the longest socket's path is short enough for the kernel."""
    return len(os.fsencode(folder / SECURITY_GATEWAY)) <= _LONGEST_PATH


def _private(folder: Path) -> bool:
    """Tell whether this is a real folder that only we may enter."""
    try:
        found = folder.lstat()
    except OSError:
        return False
    return (
        stat.S_ISDIR(found.st_mode)
        and found.st_uid == os.geteuid()
        and stat.S_IMODE(found.st_mode) == 0o700
    )


def check_run_folder(folder: Path) -> None:
    """Raise `Problem` where this folder cannot hold our sockets safely."""
    if not _fits(folder):
        raise Problem(
            f"the path of the sockets, {folder}, is too long for the kernel",
            "set XDG_RUNTIME_DIR to a shorter private folder",
        )
    if os.path.lexists(folder) and not _private(folder):
        raise Problem(
            f"{folder} exists and is not a private folder of yours",
            "find out whose it is, remove it and start again",
        )


@contextmanager
def run_folder(home: Path) -> Iterator[Path]:
    """Make the folder, give its path, remove it at the end.

    The caller holds the home's lock, so what is found there was left by a crash. In /tmp a
    stranger could have made the name first: a link, or a folder of somebody else, is refused.
    """
    folder = run_folder_path(home)
    check_run_folder(folder)
    if folder.exists():
        shutil.rmtree(folder)
    folder.mkdir(mode=0o700)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
