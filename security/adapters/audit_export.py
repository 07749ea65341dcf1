"""Writing the trail to a file: all records of one moment, and a last line signed for this file."""

from __future__ import annotations

import hashlib
import os
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection

from security.adapters import audit_log, checkpoint_store
from security.adapters.key_files import sync_folder
from security.audit.checkpoint import TrailKey, export_checkpoint

_AT_ONCE = 1 << 20


def write_export(connection: Connection, key: TrailKey, file: Path, now: datetime) -> int:
    """Write an export of what this transaction sees, for its owner only; return its records.

    The transaction sees one moment. A file that was there is replaced once the new one is whole.
    """
    lanes, last = checkpoint_store.lanes(connection), checkpoint_store.newest(connection)
    whole, count, kept = hashlib.sha256(), 0, bytearray()
    part = file.with_name(f".{file.name}.part")
    part.unlink(missing_ok=True)
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as opened:
            for record in audit_log.read_all(connection):
                kept += record + b"\n"
                count += 1
                if len(kept) >= _AT_ONCE:
                    whole.update(kept)
                    opened.write(kept)
                    kept.clear()
            whole.update(kept)
            opened.write(kept)
            line = export_checkpoint(key, lanes, last, whole.hexdigest(), now)
            opened.write(line + b"\n")
            opened.flush()
            os.fsync(opened.fileno())
        os.replace(part, file)
        sync_folder(file.parent)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    return count
