"""Checkpoints in the security database."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from sqlalchemy import Connection, bindparam, insert, select

from security.adapters.audit_log import BIT_BY_BIT, head, writers
from security.adapters.audit_tables import AuditCheckpointRow, AuditLaneRow, AuditRow
from security.adapters.trail_seeds import TrailSeeds
from security.audit.chain import GENESIS, digest
from security.audit.checkpoint import (
    LaneHead,
    Last,
    TrailKey,
    keys_before,
    lanes_signed,
    next_checkpoint,
    read_last,
    records_of,
)

_ROWS = AuditCheckpointRow.__table__
_LANES = AuditLaneRow.__table__
_NEWEST = select(_ROWS.c.line).order_by(_ROWS.c.number.desc()).limit(1)
_BEGUN = select(_LANES.c.writer, _LANES.c.first, _LANES.c.before)
_ONE = select(AuditRow.record).where(
    AuditRow.writer == bindparam("of"), AuditRow.sequence == bindparam("number")
)


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
    connection: Connection,
    keys: TrailSeeds,
    now: datetime,
    announced: TrailKey | None = None,
    *,
    archived: bool = False,
) -> bytes | None:
    """Sign how far the trail has come and return the line; None where nothing has happened since.

    `announced` signs from then on; `archived` says that this transaction has taken records out.
    Raises `ValueError` where the last checkpoint was signed by another key than the ring has, or
    the trail does not go on from it: nothing is signed that would hide what was taken away.
    """
    before = connection.execute(_NEWEST).scalar_one_or_none()
    last, found = read_last(before) if before is not None else Last(), lanes(connection)
    key = keys.after(last)
    if before is not None:
        _check_goes_on(connection, lanes_signed(key, before), found, archived)
    if records_of(found) == last.records:
        return None
    number, line = next_checkpoint(key, found, last, now, announced)
    connection.execute(insert(_ROWS).values(number=number, line=line))  # type: ignore[arg-type]
    return line


def _check_goes_on(
    connection: Connection, signed: Sequence[LaneHead], found: Sequence[LaneHead], archived: bool
) -> None:
    """Look at the last record that was signed of each chain. Raises `ValueError`."""
    now = {lane.writer: lane for lane in found}
    for was in signed:
        lane = now.get(was.writer)
        moved = lane is None or (lane.first, lane.before) != (was.first, was.before)
        if lane is None or (moved and not archived):
            raise ValueError("the trail begins elsewhere than its last checkpoint says")
        if was.last >= lane.first:
            record = connection.execute(_ONE, {"of": was.writer, "number": was.last})
            there = _digest_of(record.scalar_one_or_none())
        else:  # It is in the archive, where the chain here begins or before that.
            there = lane.before if was.last == lane.first - 1 else was.sha256
        # nosemgrep: compare-in-constant-time - both are public.
        if there != was.sha256:
            raise ValueError("a record that the last checkpoint knows is not there")


def _digest_of(record: object) -> str | None:
    """Return a record's digest; None for none, and for what whoever edits a database leaves."""
    return digest(record) if isinstance(record, bytes) else None


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
