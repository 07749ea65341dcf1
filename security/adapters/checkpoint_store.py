"""Checkpoints in the security database."""

from __future__ import annotations

from datetime import datetime

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from sqlalchemy import Connection, insert, select

from security.adapters.audit_log import BIT_BY_BIT, head, writers
from security.adapters.audit_tables import AuditCheckpointRow, AuditLaneRow
from security.adapters.trail_seeds import TrailSeeds
from security.audit.chain import GENESIS
from security.audit.checkpoint import (
    LaneHead,
    Last,
    TrailKey,
    keys_before,
    next_checkpoint,
    read_last,
    records_of,
)

_ROWS = AuditCheckpointRow.__table__
_LANES = AuditLaneRow.__table__
_NEWEST = select(_ROWS.c.line).order_by(_ROWS.c.number.desc()).limit(1)
_BEGUN = select(_LANES.c.writer, _LANES.c.first, _LANES.c.before)


def lanes(connection: Connection) -> list[LaneHead]:
    """Return every chain with its head and where what is kept of it begins."""
    begun = {row.writer: (row.first, row.before) for row in connection.execute(_BEGUN)}
    found = []
    for writer in sorted({*begun, *writers(connection)}):
        first, before = begun.get(writer, (1, GENESIS))
        last = head(connection, writer) or (first - 1, before)
        found.append(LaneHead(writer, first, before, *last))
    return found


def newest(connection: Connection) -> Last:
    """Return the last checkpoint, or what the first one follows."""
    line = connection.execute(_NEWEST).scalar_one_or_none()
    return read_last(line) if line is not None else Last()


def unsigned(connection: Connection) -> int:
    """Return how many records no checkpoint knows yet."""
    return records_of(lanes(connection)) - newest(connection).records


def add(
    connection: Connection, keys: TrailSeeds, now: datetime, announced: TrailKey | None = None
) -> bytes | None:
    """Sign how far the trail has come and return the line; None where nothing has happened since.

    `announced` signs from then on. Raises `ValueError` where the last checkpoint was signed by
    another key than the ring has.
    """
    last, found = newest(connection), lanes(connection)
    key = keys.after(last)
    if records_of(found) == last.records:
        return None
    number, line = next_checkpoint(key, found, last, now, announced)
    connection.execute(insert(_ROWS).values(number=number, line=line))  # type: ignore[arg-type]
    return line


def after(connection: Connection, number: int, most: int = 1_000) -> list[bytes]:
    """Return the checkpoints after this one, oldest first."""
    following = select(_ROWS.c.line).where(_ROWS.c.number > number)
    return list(connection.execute(following.order_by(_ROWS.c.number).limit(most)).scalars())


def public_keys(connection: Connection, keys: TrailSeeds) -> bytes:
    """Return every public key that has signed checkpoints, PEM, oldest first.

    None is taken from the database on its own word: the ring has the present one.
    """
    query = select(_ROWS.c.line).order_by(_ROWS.c.number)
    found = connection.execute(query, execution_options=BIT_BY_BIT).scalars()
    announcements = [line for line in found if b'"next"' in line]
    present = keys.after(newest(connection))
    pems = []
    for before in keys_before(present, announcements):
        public = Ed25519PublicKey.from_public_bytes(bytes.fromhex(before))
        pems.append(public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    return b"".join((*pems, present.public_pem))


def all_lines(connection: Connection) -> list[bytes]:
    """Return every checkpoint, oldest first."""
    return list(connection.execute(select(_ROWS.c.line).order_by(_ROWS.c.number)).scalars())
