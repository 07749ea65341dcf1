"""Copies of the files that settings name, for a step within walls that is another user's."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cli.certificates import write
from cli.databases import files_of, setup_files_of
from cli.process_settings import read_by, read_by_setup_of
from cli.programs import scrubbed_environ
from cli.settings import ROOT, Settings


@contextmanager
def lent(
    settings: Settings, process: str, *, as_owner: bool = True
) -> Iterator[tuple[Path, dict[str, str]]]:
    """Give a folder with copies of the files for a process's servers, and an environment.

    The environment names the copies. `as_owner`: also what the owner of the tables needs.
    Within its walls, and as another user, a step reads no others. They are gone afterwards.
    """
    read, files = (
        (read_by_setup_of(process), setup_files_of(process))
        if as_owner
        else (read_by(process), files_of(process))
    )
    environ = scrubbed_environ(settings, read)
    place = settings.home_folder / "tmp"
    place.mkdir(mode=0o700, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=place, prefix="setup-") as folder:
        for name in files:
            if (value := environ.get(name)) and (file := ROOT / value).is_file():
                copy = Path(folder) / name
                write(copy, file.read_bytes())
                environ[name] = str(copy)
        yield Path(folder), environ
