"""Writing the trail to a file: all records of one moment, and a last line signed for this file."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterable
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection

from security.adapters import audit_log, checkpoint_store
from security.adapters.key_files import sync_folder
from security.adapters.trail_seeds import TrailSeeds
from security.audit.checkpoint import file_checkpoint

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
    part = file.with_name(f".{file.name}.part")
    part.unlink(missing_ok=True)
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as opened:
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
            opened.flush()
            os.fsync(opened.fileno())
        os.replace(part, file)
        sync_folder(file.parent)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    return count
