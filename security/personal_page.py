"""A person's data as one page to read: self-contained, every value escaped, no script.

Opened from a disk it has no origin of ours; its own policy forbids everything but its style.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from html import escape
from typing import Any

_STYLE = (
    ":root{color-scheme:light dark}body{font:1rem/1.5 system-ui,sans-serif;max-width:60rem;"
    "margin:2rem auto;padding:0 1rem}h1,h2{line-height:1.2}h2{margin-top:2.5rem}"
    "dl{display:grid;grid-template-columns:minmax(8rem,14rem) 1fr;gap:.25rem 1rem;margin:.5rem 0}"
    "dt{opacity:.75}dd{margin:0;overflow-wrap:anywhere}li{margin:.75rem 0}"
    "table{border-collapse:collapse;width:100%}th,td{text-align:left;vertical-align:top;"
    "padding:.5rem .75rem .5rem 0;border-bottom:1px solid #8886;overflow-wrap:anywhere}"
    "@media(max-width:40rem){dl{grid-template-columns:1fr}dd{margin-bottom:.5rem}}"
)
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
_TITLES = {
    "profile": "Who you are here",
    "factors": "How you prove who you are",
    "recovery_codes_left": "Recovery codes left",
    "identities": "Linked accounts",
    "browsers": "Browsers that are known",
    "sessions": "Where you were signed in",
    "sign_ins": "Sign-ins",
    "consents": "What you have agreed to",
    "analytics": "Analytics",
    "messages": "Messages that were sent to you",
    "conversations": "What was said in the chat",
    "accesses": "What was done with your data",
    "apis": "What your organisation's systems hold",
    "kept_for": "How long what is kept",
}


def page(whole: Mapping[str, Any]) -> str:
    """Return the page of a copy that was made."""
    parts = [head("My data"), f"<p>Made at {escape(str(whole.get('made_at', '')))}.</p>"]
    for name, title in _TITLES.items():
        if whole.get(name) not in (None, [], {}):
            parts += [f"<h2>{escape(title)}</h2>", *_value(whole[name])]
    return "".join((*parts, "</body></html>"))


def head(title: str) -> str:
    """Return the beginning of such a page, up to its heading."""
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{escape(_POLICY)}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{title}</title><style>{_STYLE}</style></head><body><h1>{title}</h1>"
    )


def _value(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        yield "<dl>"
        for name, one in value.items():
            yield f"<dt>{escape(_words(str(name)))}</dt><dd>"
            yield from _value(one)
            yield "</dd>"
        yield "</dl>"
    elif isinstance(value, list):
        yield "<ul>"
        for one in value:
            yield "<li>"
            yield from _value(one)
            yield "</li>"
        yield "</ul>"
    else:
        yield escape(_said(value))


def _said(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)


def _words(name: str) -> str:
    return name.replace("_", " ").replace(".", ": ")
