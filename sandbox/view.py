"""What a process sees of the file system: a list of paths, and nothing that is not on it.

In a mount namespace of its own with a new root. A socket that is not in sight cannot be connected
to, which Landlock by itself does not prevent.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from sandbox import kernel

_SMALL = "mode=0755,size=1m,nr_inodes=4096"
_KEPT = {
    os.ST_RDONLY: kernel.READ_ONLY,
    os.ST_NOSUID: kernel.NO_SETUID,
    os.ST_NODEV: kernel.NO_DEVICES,
    os.ST_NOEXEC: kernel.NO_EXEC,
    os.ST_NOATIME: 0x400,
    os.ST_NODIRATIME: 0x800,
    os.ST_RELATIME: 0x200000,
}


@dataclass(frozen=True)
class Seen:
    """One path that stays in sight, at its own place; `writable` where it may be changed."""

    path: Path
    writable: bool = False


def enter(seen: Iterable[Seen]) -> None:
    """Leave everything out of sight but these. Raises `OSError`.

    Needs the right to mount: root's, or that of a user namespace of one's own. What is not there
    is left out. A link to a folder stays a link; of a link to a file, its target is shown there.
    """
    kernel.unshare(kernel.NEWNS)
    kernel.mount(None, "/", None, kernel.RECURSIVE | kernel.PRIVATE)
    # Somewhere that is there on every machine, and that nothing of ours is in.
    root = Path("/mnt")
    kernel.mount("tmpfs", str(root), "tmpfs", kernel.NO_SETUID | kernel.NO_DEVICES, _SMALL)
    mask = os.umask(0o022)  # The folders on the way are for whoever this process becomes.
    for each in sorted(seen, key=lambda one: len(one.path.parts)):
        _show(root, each)
    os.umask(mask)
    old = root / ".old"
    old.mkdir()
    os.chdir(root)
    kernel.pivot_root(".", ".old")
    os.chdir("/")
    kernel.unmount("/.old", kernel.DETACH)
    os.rmdir("/.old")
    flags = kernel.READ_ONLY | kernel.NO_SETUID | kernel.NO_DEVICES
    kernel.mount(None, "/", None, kernel.REMOUNT | kernel.BIND | flags)


def _show(root: Path, seen: Seen) -> None:
    place = root / seen.path.relative_to("/")
    if seen.path.is_symlink() and seen.path.is_dir():
        _make_parents(place)
        place.symlink_to(os.readlink(seen.path))
        return
    if not seen.path.exists():
        return
    _make_parents(place)
    if seen.path.is_dir():
        place.mkdir(exist_ok=True)
    else:
        place.touch()
    kernel.mount(str(seen.path), str(place), None, kernel.BIND | kernel.RECURSIVE)
    if not seen.writable:
        kernel.mount(None, str(place), None, _as_it_is(place) | kernel.READ_ONLY)


def _make_parents(place: Path) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)


def _as_it_is(place: Path) -> int:
    """Return the flags that a mount has already: in a user namespace none may be taken away."""
    has = os.statvfs(place).f_flag
    kept = sum(flag for bit, flag in _KEPT.items() if has & bit)
    return kernel.REMOUNT | kernel.BIND | kept
