"""A key ring in a folder, and what an onlooker reads of it."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

from security.adapters.ring_engine import SCHEMA
from security.vault.keys import new_master_key
from security.vault_parts import Keys, open_keys
from tests.security.fakes import FakeClock
from tests.support.postgres import Server, as_postgres

ROLE = "gatehouse_ring"
"""As whom the ring is opened on PostgreSQL: nobody else sees into its schema."""


def ring_on(server: Server) -> tuple[str, str]:
    """Make a database with room for a ring; return its name and the ring's address."""
    if not server.run("SELECT 1 FROM pg_roles WHERE rolname = %s", (ROLE,)):
        server.run(f"CREATE ROLE {ROLE} LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB")
    name = server.create()
    server.run(f"CREATE SCHEMA {SCHEMA} AUTHORIZATION {ROLE}", database=name)
    return name, server.url(name, ROLE)


class Ring:
    """A folder with a master key and a ring; `open` is what another process would do."""

    def __init__(self, folder: Path, server: Server | None = None) -> None:
        self.folder, self.file = folder, folder / "ring.db"
        self._server, self.name, self.url = server, "", f"sqlite:///{self.file}"
        if server is not None:
            self.name, self.url = ring_on(server)
        self.clock = FakeClock()
        self.master = folder / "master.key"
        self.master.write_bytes(new_master_key())
        self.master.chmod(0o600)

        self._opened: list[Keys] = []

    def open(self) -> Keys:
        """Open the ring as one process does."""
        keys = open_keys(self.folder, self.url, self.clock)
        self._opened.append(keys)
        return keys

    def close(self) -> None:
        """Let go of what was opened."""
        for keys in self._opened:
            keys.data_keys.close()
        if self._server is not None:
            self._server.drop(self.name)

    def sql(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        """Run one statement on a connection of its own."""
        if self._server is not None:
            words = statement.replace("data_keys", f"{SCHEMA}.data_keys")
            return self._server.run(*as_postgres(words, values), self.name)
        connection = sqlite3.connect(self.file, timeout=5)
        try:
            with connection:
                return connection.execute(statement, values).fetchall()
        finally:
            connection.close()
