"""Records of a transaction: chained in memory, written in one statement before it commits.

Whoever commits writes them; what a savepoint takes back is taken off the chain as well. The head
is read where nobody else can move it: inside the transaction that adds to it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from sqlalchemy import Connection, Engine, bindparam, event, select

from security.adapters.audit_tables import AuditLaneRow
from security.adapters.driver import spoken
from security.audit.chain import GENESIS, digest

Head = tuple[int, str]
"""A chain's last number, and the digest of its last record."""

_Row = tuple[str, int, bytes, str]
"""A record as it is kept: its writer, its number, itself, and its digest."""

_KEY = "gatehouse.trail"
_LAST = "SELECT sequence, sha256 FROM audit WHERE writer = ? ORDER BY sequence DESC LIMIT 1"
_ADD = "INSERT INTO audit (writer, sequence, record, sha256) VALUES (?, ?, ?, ?)"
_LANES = AuditLaneRow.__table__
_BEGUN = select(_LANES.c.first, _LANES.c.before).where(_LANES.c.writer == bindparam("of"))
_COPY = "COPY audit (writer, sequence, record, sha256) FROM STDIN"
_MANY = 8
"""From so many records on, PostgreSQL is sent all of them in one go."""
_SAVE, _BACK = "SAVEPOINT ", "ROLLBACK TO SAVEPOINT "


@dataclass
class _Rows:
    """What one transaction adds; `written` of them are in the database, up to its end."""

    heads: dict[str, Head] = field(default_factory=dict)
    rows: list[_Row] = field(default_factory=list)
    written: int = 0
    marks: dict[str, tuple[int, int, dict[str, Head]]] = field(default_factory=dict)


def watch(engine: Engine) -> Engine:
    """Return the engine, its commits writing what was added to the trail."""
    event.listen(engine, "begin", _begin)
    event.listen(engine, "commit", _write_the_rest)
    event.listen(engine, "after_cursor_execute", _follow)
    return engine


def head_here(connection: Connection, writer: str) -> Head:
    """Return the head of a chain as this transaction sees it; number 0 where there is none."""
    kept = _rows(connection)
    known = kept.heads.get(writer)
    if known is None:
        known = read_head(connection, writer) or _archived_head(connection, writer)
        kept.heads[writer] = known
    return known


def _archived_head(connection: Connection, writer: str) -> Head:
    """Return where a chain goes on of which nothing is at hand."""
    begun = connection.execute(_BEGUN, {"of": writer}).one_or_none()
    return (begun[0] - 1, begun[1]) if begun else (0, GENESIS)


def add(connection: Connection, writer: str, sequence: int, record: bytes) -> None:
    """Let this be the next record of a chain."""
    kept, own = _rows(connection), digest(record)
    kept.rows.append((writer, sequence, record, own))
    kept.heads[writer] = (sequence, own)


def write(connection: Connection) -> None:
    """Write what this transaction has added; needed before it reads the trail itself."""
    if rows := _unwritten(connection):
        connection.exec_driver_sql(_words(_ADD, connection.dialect.paramstyle), rows)


def _write_the_rest(connection: Connection) -> None:
    if not (rows := _unwritten(connection)):
        return
    with spoken(connection) as cursor:
        if len(rows) >= _MANY and connection.dialect.name == "postgresql":
            _copy(cursor, rows)
        else:
            cursor.executemany(_words(_ADD, connection.dialect.paramstyle), rows)


def _unwritten(connection: Connection) -> list[_Row]:
    """Return what is about to be written, and take it for written."""
    kept: _Rows | None = connection.info.get(_KEY)
    if kept is None:
        return []
    rows = kept.rows[kept.written :]
    kept.written = len(kept.rows)
    return rows


def _copy(cursor: Any, rows: Sequence[_Row]) -> None:
    """Send many at once: the server takes one statement, not one for each of them.

    Names, numbers and digests have no character that means something in COPY's text.
    """
    lines = (
        f"{writer}\t{sequence}\t\\\\x{record.hex()}\t{own}\n"
        for writer, sequence, record, own in rows
    )
    with cursor.copy(_COPY) as copying:
        copying.write("".join(lines))


def mark(connection: Connection, savepoint: str) -> None:
    """Remember how far the trail has come, as a savepoint of this name is set."""
    kept = _rows(connection)
    kept.marks[savepoint] = (len(kept.rows), kept.written, dict(kept.heads))


def back_to(connection: Connection, savepoint: str) -> None:
    """Take off what was added since, as the database does."""
    kept = _rows(connection)
    count, kept.written, heads = kept.marks[savepoint]
    del kept.rows[count:]
    kept.heads = dict(heads)


def read_head(connection: Connection, writer: str) -> Head | None:
    """Return a chain's head as it is in the database."""
    words = _words(_LAST, connection.dialect.paramstyle)
    if connection.dialect.name == "sqlite":
        with spoken(connection) as cursor:
            last = cursor.execute(words, (writer,)).fetchone()
    else:
        # A server ends a transaction in which anything has failed: a savepoint that is due is set.
        last = connection.exec_driver_sql(words, (writer,)).one_or_none()
    return (last[0], last[1]) if last else None


@cache
def _words(sql: str, paramstyle: str) -> str:
    """Return a statement with its parameters marked as a driver wants them."""
    return sql if paramstyle == "qmark" else sql.replace("?", "%s")


def _rows(connection: Connection) -> _Rows:
    kept: _Rows | None = connection.info.get(_KEY)
    if kept is None:
        raise RuntimeError("this engine does not write the trail")
    return kept


def _begin(connection: Connection) -> None:
    connection.info[_KEY] = _Rows()


def _follow(
    connection: Connection, _cursor: Any, sql: str, _given: Any, _said: Any, _many: bool
) -> None:
    """Keep in step with the savepoints that SQLAlchemy sets."""
    if sql.startswith(_SAVE):
        mark(connection, sql.removeprefix(_SAVE))
    elif sql.startswith(_BACK):
        back_to(connection, sql.removeprefix(_BACK))
