"""The list of who accessed somebody's data as one page to read: a table, and no script.

Like `security.personal_page`: every value escaped, its own policy forbids all but its style.
"""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any

from security.personal_page import head

_COLUMNS = {"at": "When (UTC)", "who": "Who", "role": "In which role", "what": "What"}
_WHY = "Why"


def accounting_page(whole: Mapping[str, Any]) -> str:
    """Return the page of a list that was made."""
    period = whole["period"]
    intro = (
        f"<p>{escape(whole['name'])}, {escape(whole['organisation'])}. "
        f"Made at {escape(whole['made_at'])}; "
        f"from {escape(period['from'])} to {escape(period['to'])}. "
        "What you did with your own data is not in it; it is in the copy of your data.</p>"
    )
    rows = "".join(map(_row, whole["accesses"]))
    headings = "".join(f'<th scope="col">{one}</th>' for one in (*_COLUMNS.values(), _WHY))
    table = f"<table><thead><tr>{headings}</tr></thead><tbody>{rows}</tbody></table>"
    body = table if rows else "<p>Nobody else has accessed your data in this time.</p>"
    return f"{head('Who accessed my data')}{intro}{body}</body></html>"


def _row(access: Mapping[str, str]) -> str:
    at = access["at"].partition("+")[0].replace("T", " ")
    cells = (at, *(access.get(name, "–") for name in list(_COLUMNS)[1:]))
    why = access.get("purpose", "–")
    return "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in (*cells, why)) + "</tr>"
