"""A small home with what a backup copies, and what is around it."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing

from cli.backup import make, restore
from cli.backup.content import RING
from cli.backup.snapshot import copy
from cli.home import prepare_home
from cli.progress import PlainDisplay, Progress
from cli.settings import Settings

SENTENCE = b"a purple armadillo in plain"
WORDS = SENTENCE.decode()
SECRET = b"K" * 32


def database(file, text=WORDS):
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with closing(sqlite3.connect(file)) as made, made:
        made.execute("PRAGMA journal_mode = WAL")
        made.execute("CREATE TABLE said (words TEXT)")
        made.execute("INSERT INTO said VALUES (?)", (text,))
    file.chmod(0o600)


def said(file):
    with closing(sqlite3.connect(file)) as opened:
        return [words for (words,) in opened.execute("SELECT words FROM said")]


def settings(home, mode="demo"):
    return Settings(_env_file=None, home=home, mode=mode)


def progress():
    return Progress(PlainDisplay())


def back_up(home, target):
    return asyncio.run(make.backup(settings(home), target, progress()))


def bring_back(file, home, mode="demo", **more):
    return asyncio.run(restore.restore(settings(home, mode), file, progress(), **more))


def new_home(tmp_path, old, name="new"):
    """A home with the keys that somebody kept, and nothing else."""
    folder = tmp_path / name
    prepare_home(folder, "demo")
    for key in ("keys/master.key", "keys/backup.key", "api-keys/banking.key"):
        (folder / key).write_bytes((old / key).read_bytes())
        (folder / key).chmod(0o600)
    return folder


def with_ring(folder, old):
    for ring in (RING, "db/banking/ring.db"):
        (folder / ring).parent.mkdir(exist_ok=True)
        copy(old / ring, folder / ring)
    return folder
