"""Records as a table for a spreadsheet (RFC 4180), in which no cell is a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable

from security.auditing_model import AuditRecord

COLUMNS = tuple(AuditRecord.model_fields)
_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""What makes a spreadsheet compute a cell (OWASP, CSV injection), the wide forms among them."""


def cell(value: object) -> str:
    """Return a value as a cell holds it: never a formula; quotes keep its lines in one row."""
    if value is None:
        return ""
    if isinstance(value, (list, tuple)):
        value = " ".join(map(str, value))
    text = str(value)
    # What stands before the sign does not matter: spreadsheets cut spaces off.
    dangerous = text.startswith(_STARTS) or text.lstrip().startswith(_STARTS)
    return "'" + text if dangerous else text


def table(records: Iterable[AuditRecord]) -> str:
    """Return the records as CSV, a line of column names first."""
    written = io.StringIO()
    to = csv.writer(written, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    to.writerow(COLUMNS)
    for record in records:
        to.writerow([cell(getattr(record, name)) for name in COLUMNS])
    return written.getvalue()
