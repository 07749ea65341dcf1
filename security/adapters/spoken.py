"""The words that a read came of which goes on in another conversation than it was asked for in.

It may be the first step of more: "send Anna 50 euros" begins with a look at one's accounts.
"""

from __future__ import annotations

from typing import Any

import orjson
from sqlalchemy import Connection

from security.adapters import turn_store
from security.adapters.sealed import readable
from security.operations.confirmation import one_line


def words_along(connection: Connection, row: Any) -> str | None:
    """Return what its person said in the turn of a pending read, on one line.

    None for a write: it has its exact arguments, and needs no words. What is shown to the person
    before it goes on, and what the action gets, are the same.
    """
    turn = turn_store.find(connection, row.turn_id) if row.kind == "read" else None
    if turn is None or turn.said_sealed is None:
        return None
    return one_line(orjson.loads(readable(turn.said_sealed))) or None
