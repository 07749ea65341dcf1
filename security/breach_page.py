"""A breach report as one page to read and to print: self-contained, all escaped, no script."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from html import escape
from typing import Any

_STYLE = (
    ":root{color-scheme:light dark}body{font:1rem/1.5 system-ui,sans-serif;max-width:72rem;"
    "margin:2rem auto;padding:0 1rem}h1,h2{line-height:1.2}h2{margin-top:2.5rem}"
    ".wide{overflow-x:auto}table{border-collapse:collapse;width:100%;min-width:52rem}time{white-space:nowrap}caption{text-align:left}"
    "th,td{text-align:left;vertical-align:top;padding:.35rem .75rem .35rem 0;"
    "border-bottom:1px solid color-mix(in srgb,currentColor 25%,transparent)}"
    "th[scope=rowgroup]{padding-top:1rem}td{overflow-wrap:break-word}.suspect{font-weight:600}"
    "@media print{body{margin:0;max-width:none;font-size:.8rem}table{min-width:0}"
    "tr{break-inside:avoid}}"
)
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
_HEADS = ("Data", "Times", "Since", "Until", "By", "Why doubted")


def page(report: Mapping[str, Any]) -> str:
    """Return the page of a report that was made."""
    log = report["log"]
    begins = f", which begins at {_time(log['begins_at'])}" if "begins_at" in log else ""
    parts = [
        '<!doctype html><html lang="en"><head><meta charset="utf-8">',
        f'<meta http-equiv="Content-Security-Policy" content="{escape(_POLICY)}">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>Breach report</title><style>{_STYLE}</style></head><body><h1>Breach report</h1>",
        f"<p>From {_time(report['from'])} to before {_time(report['to'])}. "
        f"Made at {_time(report['made_at'])} from {log['records']} records of the log{begins}; "
        f"its last checkpoint was number {log['checkpoint']}.</p>",
        *_narrowed(report["narrowed_to"]),
    ]
    for one in report["organisations"]:
        parts += _organisation(one)
    if not report["organisations"]:
        parts.append("<p>Nobody’s data was used in this period.</p>")
    return "".join((*parts, "</body></html>"))


def _narrowed(asked: Mapping[str, Any]) -> Iterator[str]:
    if asked:
        said = "; ".join(f"{name.replace('_', ' ')}: {value}" for name, value in asked.items())
        yield f"<p>No more than this was asked for: {escape(said)}.</p>"


def _organisation(one: Mapping[str, Any]) -> Iterator[str]:
    yield f"<h2>{escape(one['name'])} ({escape(one['organisation'])})</h2>"
    yield '<div class="wide" tabindex="0" role="region" aria-label="Whose data"><table>'
    yield (
        f"<caption>{_many(one['people'], 'person', 'people')}, "
        f"{_many(one['disclosures'], 'use', 'uses')} of their data, "
        f"the first at {_time(one['since'])}.</caption><thead><tr>"
    )
    yield "".join(f'<th scope="col">{head}</th>' for head in _HEADS)
    yield "</tr></thead>"
    for whose in one["whose"]:
        yield f'<tbody><tr><th scope="rowgroup" colspan="{len(_HEADS)}">{_called(whose)}</th></tr>'
        for data in whose["data"]:
            yield _row(data)
        yield "</tbody>"
    yield "</table></div>"


def _row(data: Mapping[str, Any]) -> str:
    what = escape(data.get("title") or data["what"]) + (" (changed)" if data["changed"] else "")
    if "fields" in data:
        what += f"<br><small>{escape(', '.join(data['fields']))}</small>"
    times = f"{data['times']}"
    if "uncertain" in data:
        times += f", {data['uncertain']} of them uncertain"
    by = data["by"] if isinstance(data["by"], str) else _called(data["by"])
    details = [*data.get("roles", ()), *([data["purpose"]] if "purpose" in data else ())]
    if details:
        by += f" ({escape(', '.join(details))})"
    doubts = escape(", ".join(data.get("suspect", ())).replace("_", " "))
    cells = (what, times, _time(data["since"]), _time(data["until"]), by, doubts)
    kind = ' class="suspect"' if doubts else ""
    return f"<tr{kind}>" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>"


def _many(count: int, one: str, several: str) -> str:
    return f"{count} {one if count == 1 else several}"


def _called(whose: Mapping[str, Any]) -> str:
    if "name" not in whose:
        return escape(whose["person"])
    return escape(f"{whose['name']} ({whose['user_name']}, {whose['person']})")


def _time(said: str) -> str:
    """Return a moment, which is in UTC, as people read it."""
    return f'<time datetime="{escape(said)}">{escape(said[:19].replace("T", " "))} UTC</time>'
