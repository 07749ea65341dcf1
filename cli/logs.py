"""The log file of each process: appended, private, rotated at start."""

from __future__ import annotations

import json
from pathlib import Path

ROTATE_BYTES = 10 * 1024 * 1024
MOST_BYTES = 256 * 1024 * 1024
"""No log grows past this while its process runs: whoever has taken one over may write a lot."""
_TAIL_BYTES = 8_192
_SHOWN = 200


def log_path(home: Path, name: str) -> Path:
    """Return where the process `name` logs."""
    return home / "logs" / f"{name}.log"


def rotate(path: Path) -> None:
    """Move a log that has grown past 10 MB aside; one older file is kept."""
    if path.exists() and path.stat().st_size > ROTATE_BYTES:
        aside(path)


def aside(path: Path) -> None:
    """Move a log aside, in the place of the one that was there."""
    path.replace(path.with_suffix(".log.1"))


def last_words(path: Path) -> str:
    """Return what a log says last, in at most 200 characters on one line.

    Printable ones alone: whoever wrote it may have meant it for the terminal that shows it.
    """
    try:
        with path.open("rb") as file:
            file.seek(max(0, path.stat().st_size - _TAIL_BYTES))
            lines = file.read().decode(errors="replace").strip().splitlines()
    except OSError:
        return "nothing"
    if not lines:
        return "nothing"
    shown = _readable(lines[-1])[:_SHOWN]
    return "".join(each if each.isprintable() else "\N{REPLACEMENT CHARACTER}" for each in shown)


def _readable(line: str) -> str:
    try:
        record = json.loads(line)
    except ValueError:
        return line
    if not isinstance(record, dict):
        return line
    more = (record.get("said"), *_listed(record.get("exception"))[:1])
    return " – ".join([str(record.get("event", line)), *(str(one) for one in more if one)])


def _listed(value: object) -> list[object]:
    return value if isinstance(value, list) else []
