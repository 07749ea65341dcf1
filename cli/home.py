"""The state folder: private, stamped with its mode, used by one launcher at a time."""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cli.problems import Problem
from cli.settings import Mode

FOLDERS = (
    "keys",
    "api-keys",
    "model-keys",
    "tls",
    "arrows",
    "given",
    "db",
    "models",
    "logs",
    "cache",
    "chat",
    "tmp",
)
_OF_PEOPLE = ("db", "logs", "chat", "audit")
"""What people have left behind; keys, certificate and model are of the installation.

The checkpoints in `audit` are of the trail in `db`: with those of another one nothing is allowed.
"""

FREE_BYTES = 500 * 1024 * 1024
_OWNERS = {"tracker": "rasa"}
"""Whose a database is that does not go by the name of its process."""
_STAMP = "mode"
_LOCK = "lock"


def prepare_home(home: Path, mode: Mode) -> None:
    """Make the home, or check the one that is there. Raises `Problem`."""
    try:
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise _unwritable(home, error) from None
    _check_owner(home)
    _check_stamp(home, mode)
    try:
        home.chmod(0o700)
        for name in FOLDERS:
            (home / name).mkdir(mode=0o700, exist_ok=True)
            (home / name).chmod(0o700)
        (home / _STAMP).write_text(f"{mode}\n")
        _move_what_was_shared(home)
    except OSError as error:
        raise _unwritable(home, error) from None
    _check_space(home)


def forget_people(home: Path) -> None:
    """Empty a demo's home of all that people have done; its next start seeds it anew.

    Raises `Problem` where it runs, or is no demo's.
    """
    stamp = home / _STAMP
    if not stamp.exists() or stamp.read_text().strip() != "demo":
        raise Problem(f"{home} is no home of a demo", "nothing was removed")
    with only_launcher(home):
        for name in _OF_PEOPLE:
            shutil.rmtree(home / name, ignore_errors=True)
            (home / name).mkdir(mode=0o700)


def _move_what_was_shared(home: Path) -> None:
    """Give each process a folder of its own for its database, and APIs' keys one of theirs.

    In homes made before there were walls between processes, they shared one. What is there
    already stays: security writes below `keys`, and may not replace an API's key so.
    """
    for file in sorted((home / "db").glob("*.sqlite3*")):
        name = file.name.partition(".")[0]
        own = home / "db" / _OWNERS.get(name, name)
        own.mkdir(mode=0o700, exist_ok=True)
        _move(file, own / file.name)
    for key in sorted((home / "keys" / "apis").glob("*.key")):
        _move(key, home / "api-keys" / key.name)


def _move(file: Path, place: Path) -> None:
    if not os.path.lexists(place):
        file.rename(place)


def _check_owner(home: Path) -> None:
    if home.stat().st_uid != os.geteuid():
        raise Problem(f"{home} belongs to another user", "choose another folder: GATEHOUSE_HOME")


def _check_stamp(home: Path, mode: Mode) -> None:
    """A home made in one mode refuses the other: its secrets are of that mode."""
    stamp = home / _STAMP
    if stamp.exists():
        made_in = stamp.read_text().strip()
        if made_in != mode:
            raise Problem(
                f"{home} was made in {made_in} mode and cannot be used in {mode} mode",
                "choose another folder: GATEHOUSE_HOME",
            )
    elif {entry.name for entry in home.iterdir()} - {*FOLDERS, _LOCK}:
        raise Problem(
            f"{home} holds other things and is no Gatehouse home",
            "choose an empty folder: GATEHOUSE_HOME",
        )


def _check_space(home: Path) -> None:
    free = shutil.disk_usage(home).free
    if free < FREE_BYTES:
        megabytes = FREE_BYTES // 1024**2
        raise Problem(
            f"only {free // 1024**2} MB are free where {home} is",
            f"free at least {megabytes} MB, or choose another folder: GATEHOUSE_HOME",
        )


def _unwritable(home: Path, error: OSError) -> Problem:
    to_do = "make it writable, or choose another folder: GATEHOUSE_HOME"
    return Problem(f"{home} cannot be written ({error.strerror})", to_do)


@contextmanager
def only_launcher(home: Path) -> Iterator[None]:
    """Hold the home's lock: two launchers never share one. The kernel frees it at any end."""
    with (home / _LOCK).open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            lock.seek(0)
            pid = lock.read().strip() or "unknown"
            raise Problem(
                f"Gatehouse is already running in {home} (process {pid})",
                "stop that one, or choose another folder and port: GATEHOUSE_HOME, GATEHOUSE_PORT",
            ) from None
        lock.truncate(0)
        lock.write(f"{os.getpid()}\n")
        lock.flush()
        yield
