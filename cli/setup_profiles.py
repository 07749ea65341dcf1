"""The profiles of the programs that set a home up: each sees what the process has that it sets up.

A database that is there already may have been written by a process that somebody has taken over.
So it is opened within walls, and where root sets up, as the user whose it is.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

from cli.code_paths import python_paths, rooms
from cli.databases import ports_of, sockets_of
from cli.ownership import give
from cli.settings import ROOT, Settings
from sandbox.profile import Limits, Profile

_CODE = ("apis", "cli", "runtime", "sandbox", "security")
_GIGABYTE = 1 << 30
# Threads are counted by user: those of another installation's process may count as well.
_LIMITS = Limits(memory=4 * _GIGABYTE, file_size=64 * _GIGABYTE, threads=512)


def api_setup_profile(
    settings: Settings, name: str, given: Mapping[str, str], lent: Path, *, own_users: bool
) -> Profile:
    """Return that of an API's set-up: its folder, its key file, the demo's words, its server.

    `lent` is a folder with copies of the files that its settings name.

    Where there is no key file yet, there is nothing of this API's either: its first set-up sees
    the folder of them. Raises `Problem`.
    """
    home = settings.home_folder
    folder, key = home / "db" / name, home / "api-keys" / f"{name}.key"
    _made(folder)
    keys = key if key.exists() else key.parent
    ports = ports_of(name, given)
    return Profile(
        f"{name}-setup",
        code=(*python_paths(), *rooms(*_CODE)),
        reads=(ROOT / "demo", lent),
        writes=(folder, keys),
        calls=sockets_of(name, given),
        connect_tcp=ports,
        network=bool(ports),
        limits=_LIMITS,
        uid=_whose(key if key.exists() else folder, (folder, keys, lent), own_users=own_users),
    )


def api_copy_profile(
    settings: Settings, name: str, given: Mapping[str, str], lent: Path, place: Path
) -> Profile:
    """Return that of what copies an API's database on its server: its keys, the way there, a place.

    It is the user whose keys they are, where root asks for the copy. Raises `Problem`.
    """
    walls = api_setup_profile(settings, name, given, lent, own_users=True)
    if walls.uid is not None:
        give(place, walls.uid)
    return replace(walls, name=f"{name}-copy", writes=(*walls.writes, place))


def security_setup_profile(
    settings: Settings, given: Mapping[str, str], lent: Path, *, own_users: bool
) -> Profile:
    """Return that of security's set-up: its database and keys, and the way to its servers.

    `lent` is a folder with copies of the files that its settings name. Raises `Problem`.
    """
    home = settings.home_folder
    keys = home / "keys"
    mine = (home / "db" / "security", keys, home / "audit")
    _made(*mine)
    ports = ports_of("security", given)
    return Profile(
        "security-setup",
        code=(*python_paths(), *rooms(*_CODE)),
        reads=(ROOT / "demo", lent),
        writes=mine,
        calls=sockets_of("security", given),
        connect_tcp=ports,
        network=bool(ports),
        limits=_LIMITS,
        uid=_whose(keys, (*mine, lent), own_users=own_users),
    )


def _made(*folders: Path) -> None:
    for folder in folders:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)


def _whose(first: Path, every: Iterable[Path], *, own_users: bool) -> int | None:
    """Return who owns `first`, once the others are theirs too; None where that is root.

    Within walls root may not open what is another user's. Raises `Problem`.
    """
    if os.geteuid() != 0:
        return None
    owner = first.stat().st_uid if own_users else 0
    for path in every:
        # The folder of all key files is the launcher's, whoever's the files in it are.
        if path.name != "api-keys" and path.stat().st_uid != owner:
            give(path, owner)
    return owner or None
