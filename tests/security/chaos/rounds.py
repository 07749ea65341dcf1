"""One kill after the other: after each, the log verifies, and no call was made without a record."""

from __future__ import annotations

import os
import random
import shutil
import signal
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing, redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from io import StringIO
from pathlib import Path

import orjson

from security.audit import verifier
from security.trail_parts import checkpoints_path
from security.vault_parts import open_keys, ring_url
from tests.security.chaos import victim
from tests.security.people import new_seed
from tests.security.world import Origin, make_origin

A_HOME = 100
"""So many kills share a home: the log is read from its beginning after each."""
MOST_ANSWERS = 12
_ALLOWED = ("operation:guard:allow", "operation:api:retry")


class Broken(AssertionError):
    """What did not hold after a kill."""


@dataclass
class Found:
    """What came of all kills."""

    kills: int = 0
    records: int = 0
    calls: int = 0
    checkpoints: int = 0


@dataclass
class _Home:
    """A home, its public key, and how far it has been looked at."""

    path: Path
    key: Path
    sequence: int = 0
    calls: int = 0
    allowed: set[str] = field(default_factory=set)


def kill_again_and_again(folder: Path, kills: int, seed: int) -> Found:
    """Kill so often, at moments that `seed` chooses. Raises `Broken` for what does not hold.

    It forks, so it has to run in a process without threads of its own.
    """
    chosen, found = random.Random(seed), Found()
    origin = make_origin(folder / "origin", new_seed())
    home: _Home | None = None
    for number in range(kills):
        if home is None or number % A_HOME == 0:
            home = _new_home(folder, origin)
        _kill(home, origin, chosen)
        _look(home, found)
        found.kills += 1
    return found


def _new_home(folder: Path, origin: Origin) -> _Home:
    home = folder / "home"
    shutil.rmtree(home, ignore_errors=True)
    shutil.copytree(origin.home, home)
    keys = open_keys(home / "keys", ring_url(home))
    key = folder / "key.pem"
    key.write_bytes(keys.data_keys.trail.first().public_pem)
    keys.vault.close()
    pid = _fork(lambda: victim.sign_in(home, origin))
    if os.waitpid(pid, 0)[1] != 0:
        raise Broken("nobody could sign in")
    return _Home(home, key)


def _kill(home: _Home, origin: Origin, chosen: random.Random) -> None:
    """Let it give some answers, and kill it somewhere on its way to another one.

    How long that way is depends on the machine, so it is measured.
    """
    told, tells = os.pipe()
    pid = _fork(lambda: victim.work(home.path, origin, tells))
    os.close(tells)
    at = [time.monotonic()]
    for _ in range(chosen.randint(2, MOST_ANSWERS)):
        if not os.read(told, 1):
            break
        at.append(time.monotonic())
    else:
        time.sleep(chosen.uniform(0, 2 * (at[-1] - at[1]) / max(1, len(at) - 2)))
        os.kill(pid, signal.SIGKILL)
    os.close(told)
    status = os.waitpid(pid, 0)[1]
    if os.waitstatus_to_exitcode(status) != -signal.SIGKILL:
        raise Broken("it ended by itself")


def _fork(work: Callable[[], None]) -> int:
    pid = os.fork()
    if pid:
        return pid
    code = 1
    try:
        work()
        code = 0
    except BaseException as error:
        os.write(2, f"the victim: {type(error).__name__}: {error}\n".encode())
    finally:
        os._exit(code)


def _look(home: _Home, found: Found) -> None:
    file = home.path / "db" / "security" / "security.sqlite3"
    words = [str(file), "--key", str(home.key)]
    if checkpoints_path(home.path).exists():
        words += ["--checkpoint", str(checkpoints_path(home.path))]
    said = StringIO()
    with redirect_stdout(said), redirect_stderr(said):
        code = verifier.main(words)
    if code != 0:
        raise Broken(f"the log does not verify: {said.getvalue()}")
    _allowed(home, found, file)
    calls = (home.path / victim.CALLS).read_text().splitlines()
    unknown = set(calls[home.calls :]) - home.allowed
    if unknown:
        raise Broken(f"{len(unknown)} calls without a record")
    found.calls += len(calls) - home.calls
    home.calls = len(calls)


def _allowed(home: _Home, found: Found, file: Path) -> None:
    """Take in what has been allowed since the last look."""
    query = "SELECT sequence, record FROM audit WHERE sequence > ? ORDER BY sequence"
    with closing(sqlite3.connect(f"{file.as_uri()}?mode=ro", uri=True)) as opened:
        rows = opened.execute(query, (home.sequence,)).fetchall()
        [(found.checkpoints,)] = opened.execute("SELECT count(*) FROM audit_checkpoints")
    for sequence, record in rows:
        said = orjson.loads(record)
        if said["tag"] in _ALLOWED:
            home.allowed.add(said["token"])
        home.sequence = sequence
    found.records += len(rows)
