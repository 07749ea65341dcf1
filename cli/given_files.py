"""Files that settings name, brought to where their process sees them: copies, anew at each start.

Within its walls a process sees no folder but its own, and where root starts it, it is another user
than whoever may read such a file.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path

from cli.certificates import CERTIFICATE, KEY, write
from cli.databases import files_of, is_owners, owner_of
from cli.settings import ROOT, Settings

FOLDER, OTHERS = "given", "given-to"
"""Of security, and of every other process in a folder by its name."""
_LAUNCHERS = frozenset({"GATEHOUSE_TLS_CERTIFICATE_FILE", "GATEHOUSE_TLS_KEY_FILE"})
"""Those that the launcher itself reads (`cli/given_certificate.py`)."""
_OAUTH = {"CERTIFICATE": CERTIFICATE, "KEY": KEY}


def bring(settings: Settings, environ: Mapping[str, str]) -> dict[str, str]:
    """Copy the files that `environ` names, and return it with the names of the copies.

    A file that is not there stays as it is: its process says so. Raises `OSError`.
    """
    folder = folder_of(settings)
    for old in (folder, settings.home_folder / OTHERS):
        shutil.rmtree(old, ignore_errors=True)
    folder.mkdir(mode=0o700)
    told = dict(environ)
    for name, value in _named(settings, environ).items():
        if (file := ROOT / value).is_file():
            copy = folder_of(settings, owner_of(name)) / name
            copy.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            write(copy, file.read_bytes())
            told[name] = str(copy)
    return told


def copies_of(settings: Settings, process: str) -> dict[str, str]:
    """Return the settings of files for a process's servers, with the copies that a start made."""
    folder = folder_of(settings, process)
    return {name: str(folder / name) for name in files_of(process) if (folder / name).exists()}


def folder_of(settings: Settings, process: str | None = None) -> Path:
    """Return where a process sees its copies; security, where none is named."""
    home = settings.home_folder
    return home / FOLDER if process is None else home / OTHERS / process


def _named(settings: Settings, environ: Mapping[str, str]) -> dict[str, str]:
    named = {name: value for name, value in environ.items() if name.endswith("_FILE") and value}
    if environ.get("GATEHOUSE_OAUTH_PORT") and settings.mode == "demo":
        # Without one of its own, the demo's authorization server shows the gateway's certificate.
        for part, file in _OAUTH.items():
            own = str(settings.home_folder / "tls" / file)
            named.setdefault(f"GATEHOUSE_OAUTH_{part}_FILE", own)
    # The passwords of those who own tables are for the steps that set up.
    kept_back = {name for name in named if name in _LAUNCHERS or is_owners(name)}
    return {name: value for name, value in named.items() if name not in kept_back}
