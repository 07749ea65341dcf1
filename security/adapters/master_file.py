"""The master key in a file of its owner's alone; while it rotates, the next one beside it."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from security.adapters.key_files import sync_folder
from security.tokens.keys import write_private
from security.vault.keys import load_master_key, new_master_key
from security.vault.master import MasterKey

MASTER_KEY_FILE = "master.key"
_NEXT_FILE = "master.next.key"


class MasterFile:
    """Implements `security.vault.master.MasterKeys`. Raises `OSError` where files do not hold.

    Whatever moment a crash picks, the key of every wrapped data key is in one of the two files.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._file, self._next = folder / MASTER_KEY_FILE, folder / _NEXT_FILE
        self._keys: dict[str, MasterKey] = {}
        self._wraps = ""
        self._read()

    def current(self) -> MasterKey:
        """See `MasterKeys`."""
        return self._keys[self._wraps]

    def known(self, key_id: str) -> MasterKey | None:
        """See `MasterKeys`; another process may have put another key in its place."""
        if key_id not in self._keys:
            self._read()
        return self._keys.get(key_id)

    def staged(self) -> bool:
        """See `MasterKeys`."""
        return self._next.exists()

    def stage(self) -> MasterKey:
        """See `MasterKeys`."""
        if not self.staged():
            fresh = self._next.with_suffix(".new")
            fresh.unlink(missing_ok=True)
            write_private(fresh, new_master_key())
            os.replace(fresh, self._next)
            sync_folder(self._folder)
        self._read()
        return self.current()

    def promote(self) -> None:
        """See `MasterKeys`. The old file's bytes are overwritten before it is let go of."""
        old = os.open(self._file, os.O_WRONLY)
        try:
            os.replace(self._next, self._file)
            sync_folder(self._folder)
            os.pwrite(old, bytes(os.fstat(old).st_size), 0)
            os.fsync(old)
        finally:
            os.close(old)
        self._read()

    def _read(self) -> None:
        found = [MasterKey(load_master_key(self._file))]
        with contextlib.suppress(FileNotFoundError):
            found.append(MasterKey(load_master_key(self._next)))
        self._keys = {key.id: key for key in found}
        self._wraps = found[-1].id
