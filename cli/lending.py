"""Copies of the files that settings name, for a step within walls that is another user's."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from cli.certificates import write
from cli.programs import scrubbed_environ
from cli.settings import ROOT, Settings


@contextmanager
def lent(settings: Settings, names: Iterable[str]) -> Iterator[tuple[Path, dict[str, str]]]:
    """Give a folder with copies of the files of these settings, and an environment that says so.

    Within its walls, and as another user, a step reads no others. They are gone afterwards.
    """
    environ = scrubbed_environ(settings)
    place = settings.home_folder / "tmp"
    place.mkdir(mode=0o700, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=place, prefix="setup-") as folder:
        for name in names:
            if (value := environ.get(name)) and (file := ROOT / value).is_file():
                copy = Path(folder) / name
                write(copy, file.read_bytes())
                environ[name] = str(copy)
        yield Path(folder), environ
