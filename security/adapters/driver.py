"""Speaking to the database's driver itself: a fifth of SQLAlchemy's price, and nothing of its help.

For the few words that every transaction costs, and that are about no tenant's rows. A savepoint
that is due (`savepoints`) is not set by them.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError


@contextmanager
def spoken(connection: Connection) -> Iterator[Any]:
    """Yield a cursor of the driver's own.

    Raises `SQLAlchemyError`, as SQLAlchemy would; nothing of what was said is in its message.
    """
    try:
        with closing(connection.connection.cursor()) as cursor:
            yield cursor
    except connection.dialect.loaded_dbapi.Error as error:
        raise SQLAlchemyError(f"the database failed ({type(error).__name__})") from None
