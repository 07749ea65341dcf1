"""Telling people of what was done, and writing down what they have agreed to, in a transaction."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from security.adapters.link_store import SqlLinks
from security.adapters.ways import Ways
from security.ports import Done, Person


class SqlTelling(SqlLinks):
    """The part of the guard's store that others hear of."""

    _ways: Ways

    def tell(self, person: Person, what: str, now: datetime) -> None:
        """Tell the person by another channel what was done in their name."""
        self._say(self._ways.tell, person, what, now)

    def inform(self, person: Person, done: Done, now: datetime) -> None:
        """Tell others what the person did. See `security.ports.GuardStore`."""
        self._say(self._ways.inform, person, done, now)

    def note_consent(self, person: Person, done: Done, now: datetime) -> None:
        """Write down a yes, or that it was withdrawn. See `security.ports.GuardStore`."""
        self._say(self._ways.consent, person, done, now)

    def _say(self, way: Callable[..., None], *told: Any) -> None:
        with Session(self._connection) as store:
            way(store, *told)
            store.flush()
