"""Deleting all rows of a person, and rows that are too old: found by the schema itself.

Which tables there are is not listed here. A table with a column `person_id` (or of whoever asked)
is a person's; one that refers to a session or a conversation goes with that. So a table that is
added later is not forgotten; one that fits nothing makes a test fail.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Table, delete, exists, or_, select, update

from security.adapters.every_table import SCHEMA
from security.adapters.personal_tables import ErasureRow
from security.adapters.sms_tables import SmsReceivedRow, SmsThreadRow
from security.adapters.tables import Base, ConversationRow, PersonRow, SessionRow

OF_PEOPLE = ("person_id", "asker_id")
"""The columns that say whose a row is."""
_THEIR_OWN = {ErasureRow.__tablename__, SmsThreadRow.__tablename__}
"""Handled by themselves, below."""
OF_NOBODY = {"audit", "tenants", "leases", "sso_logouts", "sms_received", "spent_assertions"} | {
    "accesses",
    "alerts",
    "audit_checkpoints",
    "audit_lanes",
    "erasure_orders",
    "outlets",
    "watch",
}
"""Without a person: the trail, and what is said of it, know people by a name of its own; what APIs
are yet to be told knows them by the APIs'."""


def belonging_to(table: Table, person_id: str) -> ColumnElement[bool] | None:
    """Return which rows of a table are this person's, None where it holds nobody's."""
    if table.name == PersonRow.__tablename__:
        return table.c.id == person_id
    whose = [table.c[name] == person_id for name in OF_PEOPLE if name in table.c]
    sessions = select(SessionRow.id).where(SessionRow.person_id == person_id)
    spoken = select(ConversationRow.id).where(ConversationRow.person_id == person_id)
    for name, of in (("session_id", sessions), ("conversation_id", spoken)):
        if name in table.c and table.name not in _THEIR_OWN:
            whose.append(table.c[name].in_(of))
    return or_(*whose) if whose else None


def erase_rows(connection: Connection, person_id: str) -> dict[str, int]:
    """Delete every row of a person; return how many of which table.

    A number that has said STOP stays without its person: it must not be texted ever again.
    """
    gone: dict[str, int] = {}
    threads = SmsThreadRow.person_id == person_id
    received = select(SmsThreadRow.id).where(threads)
    _delete(connection, gone, _table(SmsReceivedRow), SmsReceivedRow.thread_id.in_(received))
    silent = SmsThreadRow.opted_out_at.is_not(None)
    nameless = {"person_id": None, "session_id": None, "rest_sealed": None}
    connection.execute(update(SmsThreadRow).where(threads, silent).values(**nameless))
    _delete(connection, gone, _table(SmsThreadRow), threads)
    # Conversations and sessions last: the others are found by them.
    late = [_table(SessionRow), _table(ConversationRow), _table(PersonRow)]
    early = [t for t in reversed(SCHEMA.sorted_tables) if t not in late]
    for table in (*early, *late):
        which = belonging_to(table, person_id)
        if which is not None and table.name not in _THEIR_OWN:
            _delete(connection, gone, table, which)
    return gone


def delete_older(
    connection: Connection,
    name: str,
    since: str,
    before: datetime,
    states: Sequence[str] | None,
    most: int,
    unless: str | None = None,
) -> int:
    """Delete up to `most` rows of a table whose moment is before `before`; return how many.

    A row that another one refers to stays until that one is gone, and one with a value in the
    column `unless` stays.
    """
    table = SCHEMA.tables[name]
    where = [table.c[since] < before]
    if states is not None:
        where.append(table.c.state.in_(states))
    if unless is not None:
        where.append(table.c[unless].is_(None))
    where += [~exists().where(theirs == ours) for ours, theirs in _referring(table)]
    [key] = table.primary_key.columns
    old = select(key).where(*where).order_by(table.c[since]).limit(most)
    ids = connection.execute(old).scalars().all()
    if not ids:
        return 0
    for other, column in _GOES_ALONG.get(name, ()):
        with_it = SCHEMA.tables[other]
        connection.execute(delete(with_it).where(with_it.c[column].in_(ids)))
    return connection.execute(delete(table).where(key.in_(ids))).rowcount


_GOES_ALONG = {
    "sessions": (("sso_sessions", "session_id"),),
    "conversations": (("choices", "conversation_id"),),
}
"""What has no moment of its own: it goes with the row that it refers to."""


def going_along() -> set[str]:
    """Return the tables whose rows go with another's."""
    return {other for several in _GOES_ALONG.values() for other, _ in several}


def _referring(table: Table) -> list[tuple[Any, Any]]:
    """Return the columns elsewhere that refer to this table: each with the one it refers to."""
    along = {other for other, _ in _GOES_ALONG.get(table.name, ())}
    return [
        (foreign.column, foreign.parent)
        for other in SCHEMA.tables.values()
        for foreign in other.foreign_keys
        if foreign.column.table is table and other.name not in along
    ]


def _delete(
    connection: Connection, gone: dict[str, int], table: Table, which: ColumnElement[bool]
) -> None:
    count = connection.execute(delete(table).where(which)).rowcount
    if count:
        gone[table.name] = gone.get(table.name, 0) + count


def _table(row: type[Base]) -> Table:
    return SCHEMA.tables[row.__tablename__]
