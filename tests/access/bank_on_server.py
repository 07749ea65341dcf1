"""The same bank with its data on a server of PostgreSQL."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from apis.banking.app import NAME
from tests.access.bank import Bank
from tests.support.api_server import move, pull
from tests.support.opened import reading, writing
from tests.support.postgres import Server


class BankOnServer(Bank):
    """A bank that is made in a file and moved; whoever looks past it looks at a copy."""

    def __init__(self, home: Path, server: Server) -> None:
        super().__init__(home)
        self._told = move(server, home, NAME)

    @contextmanager
    def open(self) -> Iterator[Bank]:
        """Serve from the server, as the settings of a process would have it."""
        os.environ.update(self._told)
        try:
            with super().open():
                yield self
        finally:
            for name in self._told:
                os.environ.pop(name, None)

    def rows(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        """Read what the server holds."""
        pull(self.path)
        return super().rows(query, *values)

    def digest(self) -> str:
        """Return the digest of all that the server holds."""
        pull(self.path)
        return super().digest()

    def _engines(self) -> tuple[Engine, Engine]:
        return writing(self.path), reading(self.path)
