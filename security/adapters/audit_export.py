"""Writing the trail to a file: all records of one moment, and a last line signed for this file."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from datetime import datetime
from pathlib import Path

import orjson
from sqlalchemy import Connection

from security.adapters import audit_log, checkpoint_store
from security.adapters.trail_seeds import TrailSeeds
from security.adapters.whole_file import written_whole
from security.audit.checkpoint import file_checkpoint
from security.audit.ocsf import ocsf_event

_AT_ONCE = 1 << 20


def write_export(connection: Connection, keys: TrailSeeds, file: Path, now: datetime) -> int:
    """Write an export of what this transaction sees, for its owner only; return its records.

    The transaction sees one moment. A file that was there is replaced once the new one is whole.
    """
    lanes, last = checkpoint_store.lanes(connection), checkpoint_store.newest(connection)
    key, records = keys.after(last), audit_log.read_all(connection)
    return write_signed(
        file, records, lambda whole: file_checkpoint("export", key, lanes, last, whole, now)
    )


def write_signed(file: Path, records: Iterable[bytes], line_of: Callable[[str], bytes]) -> int:
    """Write records, and the line that is signed for the digest of all of them; return how many.

    The file is on disk when this returns, or as it was before.
    """
    whole, count, kept = hashlib.sha256(), 0, bytearray()
    with written_whole(file) as opened:
        for record in records:
            kept += record + b"\n"
            count += 1
            if len(kept) >= _AT_ONCE:
                whole.update(kept)
                opened.write(kept)
                kept.clear()
        whole.update(kept)
        opened.write(kept)
        opened.write(line_of(whole.hexdigest()) + b"\n")
    return count


def write_ocsf(connection: Connection, file: Path) -> int:
    """Write all records as events of OCSF, one a line, for its owner only; return their number.

    For other people's systems: such a file proves nothing by itself. Each event names the digest of
    its record, which an export has. Raises `ValueError` where something on the trail is no record.
    """
    count = 0
    with written_whole(file) as opened:
        for record in audit_log.read_all(connection):
            opened.write(orjson.dumps(ocsf_event(record), option=orjson.OPT_APPEND_NEWLINE))
            count += 1
    return count
