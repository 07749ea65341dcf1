"""Brings a backup back into a home without databases: whole, or not at all.

Nothing is put in its place before the last chunk has been opened: a file that was cut off shows
that at its end. Who was signed in when the backup was made is not any more.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import os
import shutil
import sys
import tarfile
import tempfile
from pathlib import Path
from typing import BinaryIO, cast

from pydantic import ValidationError

from cli.backup import keys, servers
from cli.backup.content import MANIFEST, RING, TRAIL, Manifest, is_ring, permitted, rings
from cli.backup.make import BACKUP, RING_COPY
from cli.backup.stream import Damaged, Header, Opening, key_name, read_header
from cli.commands import run_to_end
from cli.home import only_launcher, prepare_home
from cli.launching import Lifeline, command
from cli.lending import lent
from cli.logs import log_path
from cli.problems import Problem
from cli.progress import Progress
from cli.settings import Settings
from cli.setup_profiles import security_setup_profile
from sandbox.told import PROFILE, written

_MOST_MANIFEST = 1 << 20


async def check(settings: Settings, file: Path, progress: Progress) -> Manifest:
    """Read a backup from beginning to end, and change nothing. Raises `Problem`."""
    with tempfile.TemporaryDirectory(dir=_folder(settings.home_folder)) as place:
        async with progress.step(file.name, "reading", "whole"):
            return await asyncio.to_thread(_unpack, settings.home_folder, file, Path(place))


async def restore(
    settings: Settings,
    file: Path,
    progress: Progress,
    ring: Path | None = None,
    ring_keys: Path | None = None,
) -> Manifest:
    """Bring `file` back. Raises `Problem`, and leaves everything as it was then.

    `ring` is a copy of the current key ring, where the ring itself is not in its place.
    """
    home = settings.home_folder
    prepare_home(home, settings.mode)
    with only_launcher(home), tempfile.TemporaryDirectory(dir=_folder(home)) as place:
        _is_empty(home)
        staged = Path(place)
        async with progress.step(file.name, "opening", "whole"):
            manifest = await asyncio.to_thread(_unpack, home, file, staged)
        _fits(settings, manifest)
        there = servers.on_server(RING) and await servers.has_ring(settings)
        if ring is not None:
            await asyncio.to_thread(_rings_back, home, ring, ring_keys, staged, there)
        _has_rings(manifest, home, staged, there)
        placed = _put(staged, home)
        brought: list[Path] = []
        try:
            brought = await servers.bring(settings, placed)
            async with progress.step("sessions of then", "ending", "ended"):
                await _settle(settings)
        except BaseException:
            try:  # While the keys are there by which an API takes its own away.
                await servers.take_away(settings, brought)
            finally:
                _take_away(placed, home)
            raise
    return manifest


def _is_empty(home: Path) -> None:
    if there := sorted(home.glob("db/*/*.sqlite3*")):
        raise Problem(
            f"{home} is not empty: it has {there[0].relative_to(home)}",
            "restore into a new home: GATEHOUSE_HOME",
        )


def _fits(settings: Settings, manifest: Manifest) -> None:
    if manifest.mode != settings.mode:
        raise Problem(
            f"the backup was made in {manifest.mode} mode", f"set GATEHOUSE_MODE={manifest.mode}"
        )
    missing = [name for name in manifest.keys if not (settings.home_folder / name).is_file()]
    if missing:
        raise Problem(
            f"the backup says nothing without {missing[0]}, which is in no backup",
            "bring the key files back from where you keep them",
        )


def _unpack(home: Path, file: Path, place: Path) -> Manifest:
    """Open a backup into `place`; return what it says of itself. Raises `Problem`."""
    key = keys.read_key(keys.backup_key_file(home))
    header = _header(file, BACKUP)
    if header.key != key_name(key):
        raise Problem(
            f"{file} was sealed under another backup key ({header.key})",
            f"bring that one back as {keys.backup_key_file(home)}",
        )
    names = _open(file, key, place)
    try:
        told = Manifest.model_validate_json((place / MANIFEST).read_bytes())
    except (OSError, ValidationError):
        raise _damaged(file, "it does not say what it holds") from None
    if sorted(told.files) != sorted(names):
        raise _damaged(file, "it holds something else than it says")
    return told


def _has_rings(manifest: Manifest, home: Path, staged: Path, there: bool) -> None:
    """Raise `Problem` where a ring is missing; `there`: security's is on its server."""
    for name in manifest.rings:
        if there and name == str(RING):
            continue
        if not (home / name).is_file() and not (staged / name).is_file():
            raise Problem(
                f"the backup says nothing without the current key ring ({name})",
                "bring it back, or name a copy of the rings: --ring FILE",
            )


def _rings_back(home: Path, file: Path, ring_keys: Path | None, staged: Path, there: bool) -> None:
    """Open a copy of the rings. Raises `Problem`, also where its time is over."""
    if there or (found := rings(home)):
        raise Problem(
            f"{home} has a key ring already: {'on its server' if there else found[0].name}",
            "leave out --ring: what is there is newer; bring every ring back with it",
        )
    folder, now = ring_keys or keys.ring_key_folder(home), keys.utc_now()
    header = _header(file, RING_COPY)
    # By what is sealed with it: a key's file may have been given another date by its name.
    over = keys.is_over(_made(file, header), now)
    for key in keys.ring_keys(folder):
        if key.name == header.key and not over:
            _open(file, keys.read_key(key.file), staged, ring=True)
            return
    raise Problem(
        f"no key in {folder} opens {file}: a copy of the ring dies after 30 days",
        "name a newer copy, or the folder of its keys: --ring-keys FOLDER",
    )


def _made(file: Path, header: Header) -> dt.datetime:
    """Return when a stream says that it was made: with another moment it opens nothing."""
    try:
        return dt.datetime.fromisoformat(header.made).astimezone(dt.UTC)
    except (TypeError, ValueError):
        raise _damaged(file, "it does not say when it was made") from None


def _header(file: Path, kind: str) -> Header:
    try:
        with file.open("rb") as opened:
            _, header = read_header(opened)
    except OSError as error:
        raise Problem(f"{file} cannot be read ({error.strerror})", "name a backup") from None
    except Damaged as error:
        raise _damaged(file, str(error)) from None
    if header.kind != kind:
        raise Problem(f"{file} is no {kind} but a {header.kind}", "name the other file")
    return header


def _open(file: Path, key: bytes, place: Path, *, ring: bool = False) -> list[str]:
    """Open every file of an archive into `place`; return their names. Raises `Problem`."""
    names: list[str] = []
    try:
        with file.open("rb") as opened:
            opening = Opening(opened, key)
            # What the stream brings is authentic and still not believed: no path but these.
            source = cast(BinaryIO, opening)
            with tarfile.open(fileobj=source, mode="r|", bufsize=1 << 16) as archive:
                for each in archive:
                    content = archive.extractfile(each) if each.isreg() else None
                    if content is None or not _may_come(each, ring=ring) or each.name in names:
                        raise _damaged(file, "it holds something that no backup has")
                    target = place / each.name
                    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                    with target.open("xb") as out:
                        shutil.copyfileobj(content, out, 1 << 20)
                    names.append(each.name)
            while opening.read(1 << 20):  # To the last chunk: whether it is whole shows there.
                pass
    except (Damaged, tarfile.TarError) as error:
        raise _damaged(file, str(error)) from None
    except OSError as error:
        raise Problem(f"{file} cannot be brought back ({error.strerror})", "make room") from None
    return [name for name in names if name != MANIFEST]


def _may_come(each: tarfile.TarInfo, *, ring: bool) -> bool:
    if ring:
        return is_ring(each.name)
    if each.name == MANIFEST:
        return each.size <= _MOST_MANIFEST
    return permitted(each.name)


def _put(staged: Path, home: Path) -> list[Path]:
    """Move what was opened to its place; return the files."""
    placed: list[Path] = []
    for source in sorted(path for path in staged.rglob("*") if path.is_file()):
        name = source.relative_to(staged)
        if str(name) == MANIFEST:
            continue
        target = home / name
        if name.parts[0] == TRAIL and target.exists():
            continue  # What is there is of a log that went on: it proves it still.
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        source.chmod(0o600)
        source.replace(target)
        placed.append(target)
    return placed


def _take_away(placed: list[Path], home: Path) -> None:
    for file in placed:
        for path in (file, *file.parent.glob(f"{file.name}-*")):
            path.unlink(missing_ok=True)
    _folder(home)


async def _settle(settings: Settings) -> None:
    """Let security bring its database to its present schema, and end what was alive then.

    What came back may be hostile, as any database: it is opened within walls.
    """
    home = settings.home_folder
    log = log_path(home, "backup")
    python = Path(sys.executable)
    with (
        lent(settings, "security") as (folder, environ),
        Lifeline() as lifeline,
    ):
        walls = security_setup_profile(settings, environ, folder, own_users=True)
        told = {**environ, "GATEHOUSE_RUN_DIR": str(folder), PROFILE: written(walls)}
        for module, words in (
            ("security.setup", ("--home", str(home))),
            ("security.tools.restored", ()),
        ):
            await run_to_end(module, command(python, module, *words), told, log, lifeline)


def _folder(home: Path) -> Path:
    folder = home / "tmp" / "restoring"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    os.chmod(folder, 0o700)
    return folder


def _damaged(file: Path, why: str) -> Problem:
    return Problem(f"{file} cannot be used: {why}", "take another backup")
