"""Remembering in a transaction which sessions it is about, until it has committed."""

from __future__ import annotations

from sqlalchemy import Connection

_KEY = "gatehouse.touched"


def touch(connection: Connection, session_id: str) -> None:
    """Tell of this session once this transaction has committed."""
    connection.info.setdefault(_KEY, set()).add(session_id)


def take_touched(connection: Connection) -> set[str]:
    """Return what was touched, and forget it: the connection is used again."""
    touched: set[str] = connection.info.pop(_KEY, set())
    return touched
