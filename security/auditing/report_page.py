"""The report of a period as one page to print: self-contained, every value escaped, no script."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from html import escape
from typing import Any

_STYLE = (
    ":root{color-scheme:light dark}body{font:1rem/1.5 system-ui,sans-serif;max-width:60rem;"
    "margin:2rem auto;padding:0 1rem}h1,h2{line-height:1.2}h2{margin-top:2.5rem}"
    "p.asked{opacity:.8;font-size:.875rem;margin-top:-.75rem}"
    "div.wide{overflow-x:auto}table{border-collapse:collapse;width:100%}"
    "th,td{text-align:start;padding:.3rem .75rem .3rem 0;border-bottom:1px solid #8886;"
    "vertical-align:top;overflow-wrap:anywhere}td.n{text-align:end;font-variant-numeric:tabular-nums}"
    "@media print{body{max-width:none;margin:0;font-size:10pt}h2{break-after:avoid}"
    "tr{break-inside:avoid}:root{color-scheme:light}}@page{margin:18mm}"
)
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
_STATES = {
    "whole": "whole",
    "unchecked": "not checked yet",
    "broken": "NOT whole",
}


def page(whole: Mapping[str, Any]) -> str:
    """Return the page of a report (`security.auditing.report.report`)."""
    title = f"{whole['organisation']}: records of a period"
    parts = [
        '<!doctype html><html lang="en"><head><meta charset="utf-8">',
        f'<meta http-equiv="Content-Security-Policy" content="{escape(_POLICY)}">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head><body>",
        f"<h1>{escape(title)}</h1>",
        *_table(("", ""), _head(whole)),
        "<h2>How the log stands</h2>",
        *_table(("", ""), _log(whole["log"])),
        "<h2>Decisions</h2>",
        *_counts("Decision", whole["decisions"]),
        *_counts("Denied because", whole["denied_because"]),
        *_counts("Allowed operation", whole["operations"]),
        *_counts("Purpose", whole["purposes"]),
        *_alerts(whole["alerts"]),
    ]
    for part in whole["parts"]:
        parts += [f"<h2>{escape(part['title'])}</h2>"]
        parts += [f'<p class="asked">{escape(part["asked_by"])}</p>'] if part["asked_by"] else []
        parts += _counts("Event", part["counts"])
    return "".join((*parts, "</body></html>"))


def _head(whole: Mapping[str, Any]) -> list[tuple[str, object]]:
    return [
        ("From", whole["since"]),
        ("Until (not included)", whole["until"]),
        ("Made at", whole["made_at"]),
        ("Made for", whole["purpose"]),
        ("Records", whole["records"]),
        ("People in them", whole["people"]),
    ]


def _log(log: Mapping[str, Any]) -> list[tuple[str, object]]:
    rows: list[tuple[str, object]] = [("As far as it was checked", _STATES[log["state"]])]
    rows += [("Checked up to", log.get("checked_until", "nothing yet"))]
    rows += [("What does not hold", log["problem"])] if log.get("problem") else []
    rows += [("Last signed checkpoint", f"{log['checkpoint']}, {log.get('checkpoint_at', '')}")]
    return [*rows, ("Watched up to", log.get("watched_until", "nothing yet"))]


def _alerts(alerts: Mapping[str, Any]) -> Iterator[str]:
    yield "<h2>Alerts</h2>"
    yield from _counts("Level", alerts["by_level"])
    yield from _counts("State", alerts["by_state"])
    yield from _counts("Closed because", alerts["by_reason"])
    rows = [
        (one["at"], one["title"], one["level"], ", ".join(one["done"]), one["state"])
        for one in alerts["listed"]
    ]
    if rows:
        yield from _table(("At", "Alert", "Level", "Done by itself", "State"), rows)


def _counts(name: str, counts: Mapping[str, int]) -> Iterator[str]:
    if not counts:
        yield f"<p>{escape(name)}: none.</p>"
        return
    yield from _table((name, "Number"), [(str(key), n) for key, n in counts.items()])


def _table(names: Sequence[str], rows: Iterable[Sequence[object]]) -> Iterator[str]:
    yield '<div class="wide"><table>'
    if any(names):
        heads = "".join(f'<th scope="col">{escape(name)}</th>' for name in names)
        yield f"<thead><tr>{heads}</tr></thead>"
    yield "<tbody>"
    for row in rows:
        yield f'<tr><th scope="row">{escape(str(row[0]))}</th>'
        for value in row[1:]:
            look = ' class="n"' if isinstance(value, int) else ""
            yield f"<td{look}>{escape(str(value))}</td>"
        yield "</tr>"
    yield "</tbody></table></div>"
