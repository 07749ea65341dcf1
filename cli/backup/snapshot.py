"""One database as it is at one moment, while others write to it: `python -m cli.child` runs this.

By SQLite's online backup, in one read transaction from beginning to end: a write meanwhile neither
waits for it nor begins it anew. The copy is looked at before it counts.
"""

from __future__ import annotations

import sqlite3
import sys
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

_PAGES = 4_096
_WAIT_SECONDS = 10


def copy(source: Path, target: Path) -> None:
    """Copy `source` to `target`. Raises `sqlite3.Error`."""
    address = f"file:{quote(str(source.absolute()))}?mode=rw"
    with (
        closing(sqlite3.connect(address, uri=True, timeout=_WAIT_SECONDS)) as reading,
        closing(sqlite3.connect(target)) as writing,
    ):
        reading.isolation_level = None
        reading.execute("PRAGMA query_only = ON")
        reading.execute("BEGIN")
        reading.execute("SELECT count(*) FROM sqlite_schema").fetchone()
        reading.backup(writing, pages=_PAGES)
        reading.execute("ROLLBACK")
        # A file of its own, without a log beside it.
        writing.execute("PRAGMA journal_mode = DELETE")
        if writing.execute("PRAGMA quick_check").fetchone() != ("ok",):
            raise sqlite3.DatabaseError("the database is damaged")


def main() -> int:
    """`python -m cli.backup.snapshot SOURCE TARGET`; 1 with one line where it cannot be done."""
    try:
        copy(Path(sys.argv[1]), Path(sys.argv[2]))
    except sqlite3.Error as error:
        print(f"snapshot: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
