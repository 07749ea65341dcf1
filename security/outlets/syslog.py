"""A record as a syslog message (RFC 5424), framed for a stream (RFC 5425, section 4.3).

The message is the record's own JSON, so that whoever receives it can check the chain; header and
severity are for filters. There is no structured data: that needs a registered number.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime

import orjson

from security.outlets.ports import Entry

FACILITY = 13
"""Log audit."""
NOTICE, WARNING, INFORMATIONAL = 5, 4, 6
APP = "gatehouse"
_BOM = b"\xef\xbb\xbf"
_NIL = "-"
_NAME = re.compile(r"[!-~]{1,255}")
_TAG = re.compile(r"[!-~]{1,32}")


def message(entry: Entry, host: str) -> bytes:
    """Return one message. `host` is what we are called: printable, without spaces.

    Raises `ValueError` where the entry is no JSON object.
    """
    said = orjson.loads(entry.line)
    if not isinstance(said, dict):
        raise ValueError("not a record of the trail")
    tag = str(said.get("tag") or "trail:checkpoint")
    priority = FACILITY * 8 + _severity(tag, said.get("decision"))
    header = (
        f"<{priority}>1 {_moment(said.get('at'))} {_fitting(_NAME, host)} {APP}"
        f" {_fitting(_TAG, entry.writer)} {_fitting(_TAG, tag)} {_NIL} "
    )
    return header.encode("ascii") + _BOM + entry.line


def framed(content: bytes) -> bytes:
    """Return a message with its length before it, in octets."""
    return b"%d %b" % (len(content), content)


def _severity(tag: str, decision: object) -> int:
    if tag.startswith("watch:"):
        return WARNING
    return NOTICE if decision == "deny" else INFORMATIONAL


def _moment(at: object) -> str:
    """Return the record's moment as RFC 5424 writes it: microseconds, `Z`."""
    try:
        moment = datetime.fromisoformat(str(at)).astimezone(UTC)
    except ValueError:
        return _NIL
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _fitting(shape: re.Pattern[str], text: str) -> str:
    return text if shape.fullmatch(text) else _NIL
