"""Gives each process what is its own: folders that are there, and where root starts them, owners.

The state folder stays closed to everybody else: what is given away lies below it, and a process
is shown its own part alone.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import NoReturn

from cli.problems import Problem
from sandbox.profile import Profile

_FOR_BOTH_ENDS = 0o711
"""A folder of a socket: its other end is another user, and nobody else is shown the folder."""


def hand_over(profiles: Iterable[Profile], home: Path, *, own_users: bool) -> None:
    """Make the folders of every process; with users of their own, each gets what it uses.

    Where root starts them without, root takes back what an earlier start gave away. Raises
    `Problem`.
    """
    every = tuple(profiles)
    called = {folder for profile in every for folder in profile.calls}
    for profile in every:
        for folder in (*profile.writes, *profile.serves):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if os.geteuid() != 0 or profile.uid is None:
            continue
        for path in _its_own(profile, home):
            give(path, profile.uid if own_users else 0)
        if own_users:
            for folder in called & set(profile.serves):
                folder.chmod(_FOR_BOTH_ENDS)


def _its_own(profile: Profile, home: Path) -> list[Path]:
    """Return what is given to a process: of what it reads, what no other process writes."""
    read = [path for path in profile.reads if path.is_relative_to(home) and path.exists()]
    mine = [path for path in read if not path.is_relative_to(home / "keys")]
    return [*profile.writes, *profile.serves, *mine]


def give(path: Path, uid: int) -> None:
    """Give away a file, or a folder with all that is in it. Raises `Problem` where it cannot.

    Whoever has taken a process over may have left anything in its folder, and may still be
    there: nothing is followed, and each folder is held open while its content is gone through.
    """
    try:
        os.chown(path, uid, uid, follow_symlinks=False)
        if path.is_symlink() or not path.is_dir():
            return
        for _, folders, files, at in os.fwalk(path, onerror=_raise, follow_symlinks=False):
            for name in (*folders, *files):
                os.chown(name, uid, uid, dir_fd=at, follow_symlinks=False)
    except OSError as error:
        raise Problem(
            f"{path} cannot be given to its process ({error.strerror})",
            "find out what has been left in it; a database beside it can be kept",
        ) from None


def _raise(error: OSError) -> NoReturn:
    raise error
