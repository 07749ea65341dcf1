"""Makes a backup, or a copy of the key ring, while everything runs.

Each database is copied by a child that is walled in to its folder, as the user who owns it where
root asks for it: what a taken-over process has made of its file is met by nobody with rights. The
copy lies beside the databases until it is sealed, and nothing else of it is ever in plain.
"""

from __future__ import annotations

import asyncio
import fcntl
import io
import os
import shutil
import stat
import sys
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import BinaryIO, cast

from cli.backup import keys, servers
from cli.backup.content import (
    CONVERSATIONS,
    DATA,
    MANIFEST,
    RING,
    Found,
    Manifest,
    archived,
    databases,
    of_the_trail,
    registered,
    rings,
)
from cli.backup.stream import Header, Sealing, key_name, sync
from cli.commands import run_to_end
from cli.launching import Lifeline, command
from cli.logs import log_path
from cli.ownership import give
from cli.problems import Problem
from cli.process_settings import EVERY
from cli.profiles import snapshot_profile
from cli.programs import scrubbed_environ
from cli.progress import Progress
from cli.settings import Settings
from sandbox.told import PROFILE, written

BACKUP, RING_COPY = "backup", "ring"
_ROOM = 64 * 1024 * 1024
_MEGABYTE = 1024**2


async def backup(settings: Settings, target: Path, progress: Progress) -> Path:
    """Write a backup to `target`, a file or a folder; return the file. Raises `Problem`."""
    home, now = settings.home_folder, keys.utc_now()
    found = servers.with_servers(databases(home), CONVERSATIONS)
    found = servers.with_servers(found, DATA)
    if not found:
        raise Problem(f"there is nothing to back up in {home}", "start Gatehouse there once")
    with _alone(home) as folder:
        key, made = keys.make_backup_key(home)
        file = _place(target, f"gatehouse-{now:%Y%m%dT%H%M%SZ}.backup")
        header = Header(BACKUP, key_name(key), now.isoformat(timespec="seconds"))
        archives = archived(home)
        parts = [*of_the_trail(home), *found, *registered(home)]
        manifest = _manifest(home, header, parts)
        with _sealed(file, key, header) as archive:
            _add(archive, MANIFEST, io.BytesIO(manifest), len(manifest))
            for part in parts:
                await _copy(settings, part, folder, archive, progress)
            _same_archives(home, archives)
    if made:
        progress.line(f"  made {keys.backup_key_file(home)}: without it no backup opens")
    progress.line(f"  keys are in no backup: keep {', '.join(_keys(home))} elsewhere")
    return file


def _same_archives(home: Path, before: set[tuple[str, int, int]]) -> None:
    """Raise `Problem` where records have left the database for a file that is not copied."""
    if archived(home) != before:
        raise Problem("the trail was archived meanwhile", "begin the backup again")


async def ring_copy(
    settings: Settings, target: Path, progress: Progress, keys_to: Path | None
) -> Path:
    """Write a copy of the key rings that dies after 30 days; return the file. Raises `Problem`."""
    home, now = settings.home_folder, keys.utc_now()
    if not (found := servers.with_servers(rings(home), RING)):
        raise Problem(f"there is no key ring in {home}", "start Gatehouse there once")
    if _rotating(home):
        raise Problem("keys are being rotated", "copy the rings when that is done")
    key_folder = keys.ring_key_folder(home)
    with _alone(home) as folder:
        keys.destroy_dead(key_folder, now)
        key = keys.new_ring_key(key_folder, now)
        file = _place(target, f"gatehouse-{now:%Y%m%dT%H%M%SZ}.ring")
        header = Header(RING_COPY, key.name, now.isoformat(timespec="seconds"))
        with _sealed(file, keys.read_key(key.file), header) as archive:
            for one in found:
                await _copy(settings, one, folder, archive, progress)
    if keys_to is not None:
        keys.keep_elsewhere(home, keys_to)
    last = now + keys.RING_COPY_LIFE
    progress.line(f"  it opens until {last:%Y-%m-%d}, with the key in {keys_to or key_folder}")
    if keys_to is not None:
        progress.line(f"  Gatehouse destroys keys in {keys_to} as they die, while it runs here")
        progress.line("  and sees that folder; if you copy them further, destroy those yourself")
    return file


async def _copy(
    settings: Settings, part: Found, folder: Path, archive: tarfile.TarFile, progress: Progress
) -> None:
    if not part.is_database:
        with _opened(settings.home_folder, part.path) as file:
            # As long as it is at this moment: it may grow while it is read.
            size = os.fstat(file.fileno()).st_size
            await asyncio.to_thread(_add, archive, part.name, file, size)
        return
    size = 0 if part.on_server else part.path.stat().st_size
    if shutil.disk_usage(folder).free < size + _ROOM:
        raise Problem(
            f"there is no room for a copy of {part.path.name} where {folder.parent} is",
            f"free {(size + _ROOM) // _MEGABYTE} MB",
        )
    megabytes = "from its server" if part.on_server else f"{size / _MEGABYTE:.1f} MB"
    async with progress.step(part.name, f"copying {megabytes}", megabytes):
        with tempfile.TemporaryDirectory(dir=folder) as place:
            copying = servers.copy if part.on_server else snapshot
            copied = await copying(settings, part.path, Path(place))
            with copied.open("rb") as opened:
                whole = copied.stat().st_size
                await asyncio.to_thread(_add, archive, part.name, opened, whole)


async def snapshot(settings: Settings, database: Path, place: Path) -> Path:
    """Copy one database into `place` by a walled child; return the copy. Raises `Problem`."""
    profile = snapshot_profile(database.parent, place)
    if os.geteuid() == 0 and profile.uid is not None:
        give(place, profile.uid)
    target = place / "copy"
    module = "cli.backup.snapshot"
    words = command(Path(sys.executable), module, str(database), str(target))
    environ = {**scrubbed_environ(settings, EVERY), PROFILE: written(profile)}
    log = log_path(settings.home_folder, "backup")
    with Lifeline() as lifeline:
        await run_to_end(f"the copy of {database.name}", words, environ, log, lifeline)
    return target


def _rotating(home: Path) -> bool:
    """Tell whether a ring is being wrapped anew: a copy would need a key that is about to go."""
    of_apis = (home / "api-keys").glob("*.key")
    return (home / "keys" / "master.next.key").exists() or any(
        path.stat().st_size > keys.KEY_BYTES for path in of_apis
    )


def _manifest(home: Path, header: Header, parts: list[Found]) -> bytes:
    mode = (home / "mode").read_text().strip()
    told = Manifest(
        mode="production" if mode == "production" else "demo",
        made=header.made,
        gatehouse=version("gatehouse"),
        files=[part.name for part in parts],
        keys=_keys(home),
        rings=[one.name for one in servers.with_servers(rings(home), RING)],
    )
    return told.model_dump_json().encode()


def _keys(home: Path) -> list[str]:
    """Return the names of the key files without which what is copied says nothing."""
    found = [home / "keys" / "master.key", *sorted((home / "api-keys").glob("*.key"))]
    return [str(path.relative_to(home)) for path in found if path.exists()]


def _opened(home: Path, path: Path) -> io.BufferedReader:
    """Open a file of the home's, and nothing that a link in it leads to. Raises `Problem`."""
    if not path.resolve().is_relative_to(home.resolve()):
        raise Problem(f"{path} leads out of the home", "find out who has put it there")
    # Nor does a pipe that was put in its place keep anybody waiting.
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise Problem(f"{path} is no file", "find out who has put it there")
    return os.fdopen(descriptor, "rb")


def _add(archive: tarfile.TarFile, name: str, source: io.BufferedIOBase, size: int) -> None:
    told = tarfile.TarInfo(name)
    told.size, told.mode = size, 0o600
    archive.addfile(told, source)


def _place(target: Path, name: str) -> Path:
    file = target / name if target.is_dir() else target
    if file.exists():
        raise Problem(f"{file} is there already", "name another file, or a folder")
    if not file.parent.is_dir():
        raise Problem(f"there is no folder {file.parent}", "make it, or name another")
    return file


@contextmanager
def _sealed(file: Path, key: bytes, header: Header) -> Iterator[tarfile.TarFile]:
    """Give an archive whose bytes are sealed as they come; the file is there whole, or not at all.

    Raises `Problem` where it cannot be written.
    """
    part = file.with_name(f"{file.name}.part")
    try:
        part.unlink(missing_ok=True)
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as out:
            sealing = Sealing(out, key, header)
            with tarfile.open(
                fileobj=cast(BinaryIO, sealing), mode="w|", bufsize=1 << 16
            ) as archive:
                yield archive
            sealing.close()
            sync(out)
        part.replace(file)
    except OSError as error:
        where = error.filename or file  # Of what was to be copied, or of what was to be written.
        raise Problem(
            f"no backup was made: {where}: {error.strerror}", "mend this, or choose another place"
        ) from None
    finally:
        part.unlink(missing_ok=True)


@contextmanager
def _alone(home: Path) -> Iterator[Path]:
    """Give a folder for copies; one backup of a home at a time, and what a killed one left goes."""
    folder = home / "tmp" / "backup"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    at = os.open(folder, os.O_RDONLY)
    try:
        try:
            fcntl.flock(at, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise Problem("another backup of this home is under way", "wait for it") from None
        for left in folder.iterdir():
            shutil.rmtree(left)
        yield folder
    finally:
        os.close(at)
