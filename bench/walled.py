"""A process to be walled in: each call writes a row for good, and reads it: what a turn asks of it.

`python -m cli.child bench.walled SOCKET DATABASE`.
"""

from __future__ import annotations

import asyncio
import sqlite3
import sys
from pathlib import Path

from runtime.callers import Receive, Scope, Send
from runtime.listeners import UnixListener, serve


def main() -> None:
    """Serve until told to stop."""
    rows = sqlite3.connect(sys.argv[2], autocommit=True)
    rows.execute("PRAGMA journal_mode = WAL")
    rows.execute("CREATE TABLE said (id INTEGER PRIMARY KEY, what BLOB)")

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        body = (await receive()).get("body", b"")
        written = rows.execute("INSERT INTO said (what) VALUES (?)", (body,)).lastrowid
        (back,) = rows.execute("SELECT what FROM said WHERE id = ?", (written,)).fetchone()
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": back})

    asyncio.run(serve([UnixListener(app, Path(sys.argv[1]))]))


if __name__ == "__main__":
    main()
