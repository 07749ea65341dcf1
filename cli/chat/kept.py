"""A session between two starts of the terminal: in a file that only its owner may read.

Whoever has the file has the session, as with a browser's cookies; signing out takes it away.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

from cli.chat.client import Held

_FILE = "session.json"


class Kept:
    """The session of one folder and one server."""

    def __init__(self, folder: Path, url: str) -> None:
        self._folder = folder
        self._url = url

    def read(self) -> Held | None:
        """Return what was kept of this server; nothing where there is none, or it is not ours."""
        path = self._folder / _FILE
        try:
            owned = path.stat()
            if owned.st_uid != os.getuid() or owned.st_mode & 0o077:
                return None
            kept = json.loads(path.read_bytes())
            if kept["url"] != self._url:
                return None
            return Held(str(kept["cookie"]), str(kept["csrf_token"]))
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def write(self, held: Held) -> None:
        """Keep a session; one without a cookie takes the file away."""
        if not held.cookie:
            return self.forget()
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        kept = {"url": self._url, "cookie": held.cookie, "csrf_token": held.csrf_token}
        beside = self._folder / f"{_FILE}.new"
        beside.unlink(missing_ok=True)
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            json.dump(kept, file)
        beside.replace(self._folder / _FILE)
        return None

    def forget(self) -> None:
        """Take the session away."""
        (self._folder / _FILE).unlink(missing_ok=True)
