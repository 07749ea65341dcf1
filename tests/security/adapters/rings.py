"""A key ring in a folder, and what an onlooker reads of it."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

from security.vault.keys import new_master_key
from security.vault_parts import Keys, open_keys
from tests.security.fakes import FakeClock


class Ring:
    """A folder with a master key and a ring; `open` is what another process would do."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.file = folder, folder / "ring.db"
        self.clock = FakeClock()
        self.master = folder / "master.key"
        self.master.write_bytes(new_master_key())
        self.master.chmod(0o600)

        self._opened: list[Keys] = []

    def open(self) -> Keys:
        """Open the ring as one process does."""
        keys = open_keys(self.folder, f"sqlite:///{self.file}", self.clock)
        self._opened.append(keys)
        return keys

    def close(self) -> None:
        """Let go of what was opened."""
        for keys in self._opened:
            keys.data_keys.close()

    def sql(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        """Run one statement on a connection of its own."""
        connection = sqlite3.connect(self.file, timeout=5)
        try:
            with connection:
                return connection.execute(statement, values).fetchall()
        finally:
            connection.close()
