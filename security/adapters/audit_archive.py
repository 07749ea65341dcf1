"""Taking old records out of the database, into files that verify alone and with what follows.

An archive is an export of the oldest records: JSON lines, the last one signed for this file. Each
says where its chains begin, and the next one, or the database, says the same where it goes on.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import orjson
from sqlalchemy import Connection, bindparam, delete, select

from security.adapters import audit_log, checkpoint_store
from security.adapters.alert_tables import WatchRow
from security.adapters.audit_export import write_signed
from security.adapters.audit_tables import AuditLaneRow, AuditRow
from security.adapters.outlet_store import arrived_everywhere
from security.adapters.trail_seeds import TrailSeeds
from security.audit.checkpoint import LaneHead, file_checkpoint
from security.audit.record import AuditEvent, Tag

MOST = 20_000
"""So many records of a chain go to one file: the transaction that takes them out is a short one."""
FOLLOWERS = ("rules", "accesses")
"""Who reads the trail while its records are at hand: the watch, and who saw whose data."""
_NAME = re.compile(r"trail-([0-9]{6})\.jsonl")
_ROWS, _LANES = AuditRow.__table__, AuditLaneRow.__table__
_OLDEST = (
    select(_ROWS.c.sequence, _ROWS.c.sha256, _ROWS.c.record)
    .where(_ROWS.c.writer == bindparam("of"))
    .order_by(_ROWS.c.sequence)
    .limit(MOST)
)


def archives(folder: Path) -> list[Path]:
    """Return the archives of a folder, oldest first."""
    return sorted(file for file in folder.glob("trail-*.jsonl") if _NAME.fullmatch(file.name))


def stretch(connection: Connection, before: datetime, outlets: Sequence[str]) -> list[LaneHead]:
    """Return what goes to the next archive: of each chain, what is older than a moment.

    What an outlet, the watch or the follower of accesses has not got yet stays.
    """
    passed, found = [_passed(connection, one) for one in FOLLOWERS], []
    arrived = arrived_everywhere(connection, outlets)
    if arrived is not None:
        passed.append(arrived)
    for lane in checkpoint_store.lanes(connection):
        last = None
        for row in connection.execute(_OLDEST, {"of": lane.writer}):
            if datetime.fromisoformat(orjson.loads(row.record)["at"]) >= before:
                break
            if any(row.sequence > each.get(lane.writer, 0) for each in passed):
                break
            last = (row.sequence, row.sha256)
        if last is not None:
            found.append(LaneHead(lane.writer, lane.first, lane.before, *last))
    return found


def _passed(connection: Connection, name: str) -> Mapping[str, int]:
    """Return how far one of those who follow the trail has come; nowhere where it never ran."""
    rows = WatchRow.__table__.c
    query = select(WatchRow.position).where(rows.name == name)
    return connection.execute(query).scalar_one_or_none() or {}


def write_archive(
    connection: Connection, keys: TrailSeeds, folder: Path, lanes: Sequence[LaneHead], now: datetime
) -> Path:
    """Write a stretch to the next file of a folder, for its owner only, and return the file."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    file, last = _next_file(folder, lanes), checkpoint_store.newest(connection)
    key = keys.after(last)
    write_signed(
        file,
        _records(connection, lanes),
        lambda whole: file_checkpoint("archive", key, lanes, last, whole, now),
    )
    return file


def take_out(
    connection: Connection, keys: TrailSeeds, lanes: Sequence[LaneHead], now: datetime
) -> bytes | None:
    """Delete what is in an archive, and sign where the chains begin now; return the checkpoint.

    All in this transaction. Raises `ValueError` where the stretch is not what is there.
    """
    count = 0
    for lane in lanes:
        if not hmac.compare_digest(_digest_of(connection, lane) or "", lane.sha256):
            raise ValueError("the archive is not of this trail")
        mine = _ROWS.c.writer == lane.writer
        gone = delete(_ROWS).where(mine, _ROWS.c.sequence <= lane.last)  # type: ignore[arg-type]
        count += connection.execute(gone).rowcount
        begun = {"writer": lane.writer, "first": lane.last + 1, "before": lane.sha256}
        old = delete(_LANES).where(_LANES.c.writer == lane.writer)  # type: ignore[arg-type]
        connection.execute(old)
        connection.execute(_LANES.insert(), begun)  # type: ignore[attr-defined]
    audit_log.append(connection, AuditEvent(Tag.TRAIL_ARCHIVED, reason=f"audit:{count}"), now)
    return checkpoint_store.add(connection, keys, now, archived=True)


def delete_old(folder: Path, before: datetime) -> int:
    """Delete the archives whose every record is older than a moment; return how many."""
    gone = 0
    for file in archives(folder)[:-1]:  # The newest one shows that the rest goes on from it.
        if datetime.fromisoformat(last_line(file)["at"]) >= before:
            break
        file.unlink()
        gone += 1
    return gone


def not_archived(connection: Connection, folder: Path) -> str | None:
    """Return which record is said to be archived and is in no archive, and why; None where none is.

    The newest archive is never deleted: whoever took it away took what is in it as well.
    """
    kept = archives(folder)
    archived: Mapping[str, Any] = last_line(kept[-1])["lanes"] if kept else {}  # type: ignore[assignment]
    for lane in checkpoint_store.lanes(connection):
        if lane.first > 1 and not kept:
            return f"record {lane.writer}-{lane.first - 1}: archived, and the archive is missing"
        if (there := archived.get(lane.writer)) is not None and there["last"] < lane.first - 1:
            return f"record {lane.writer}-{there['last'] + 1}: missing, and in no archive"
    return None


def last_line(file: Path) -> dict[str, str]:
    """Return what the signed line of an archive says. Raises `ValueError` where there is none."""
    with file.open("rb") as opened:
        opened.seek(max(0, file.stat().st_size - (1 << 20)))
        said: dict[str, str] = orjson.loads(opened.read().removesuffix(b"\n").rpartition(b"\n")[2])
    return said


def _next_file(folder: Path, lanes: Sequence[LaneHead]) -> Path:
    """Return the next name; the last one again where what it has was never taken out."""
    kept = archives(folder)
    if not kept:
        return folder / "trail-000001.jsonl"
    begun: dict[str, dict[str, int]] = last_line(kept[-1])["lanes"]  # type: ignore[assignment]
    if any(lane.first == begun.get(lane.writer, {}).get("first") for lane in lanes):
        return kept[-1]
    match = _NAME.fullmatch(kept[-1].name)
    return folder / f"trail-{int(match[1]) + 1 if match else 1:06d}.jsonl"


def _records(connection: Connection, lanes: Sequence[LaneHead]) -> Iterator[bytes]:
    for lane in sorted(lanes, key=lambda one: one.writer):
        mine = select(_ROWS.c.record).where(_ROWS.c.writer == lane.writer)
        query = mine.where(_ROWS.c.sequence <= lane.last).order_by(_ROWS.c.sequence)
        yield from connection.execute(query, execution_options=audit_log.BIT_BY_BIT).scalars()


def _digest_of(connection: Connection, lane: LaneHead) -> str | None:
    query = select(_ROWS.c.sha256).where(
        _ROWS.c.writer == lane.writer, _ROWS.c.sequence == lane.last
    )
    return connection.execute(query).scalar_one_or_none()
