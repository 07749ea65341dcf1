"""The picture of a month: when each planted attack was seen, and which were not."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from html import escape

from tools.watch.month import Found

THEMES: Mapping[str, Mapping[str, str]] = {
    "light": {"ink": "#1c2733", "line": "#d5dbe1", "good": "#14746f", "bad": "#b3261e"},
    "dark": {"ink": "#e6ebf0", "line": "#33404c", "good": "#5cc8c0", "bad": "#ff8a80"},
}
"""No background: it stands on that of the page."""
_ROW, _LEFT, _WIDTH, _TOP = 18, 150, 700, 34
_MARKS = {"1 s": 1, "10 s": 10, "1 min": 60, "10 min": 600, "1 h": 3_600, "6 h": 21_600}
_LONGEST = 43_200


def picture(found: Sequence[Found], theme: str) -> str:
    """Return the SVG."""
    colours = THEMES[theme]
    kinds = list(dict.fromkeys(one.planted.how for one in found))
    height = _TOP + _ROW * len(kinds) + 8
    rows = [_row(kind, at, found, colours) for at, kind in enumerate(kinds)]
    lines = [
        f'<line x1="{_x(seconds)}" x2="{_x(seconds)}" y1="{_TOP - 8}" y2="{height}"'
        f' stroke="{colours["line"]}"/>'
        f'<text x="{_x(seconds)}" y="{_TOP - 14}" text-anchor="middle">{name}</text>'
        for name, seconds in _MARKS.items()
    ]
    style = f"text {{ font: 12px system-ui, sans-serif; fill: {colours['ink']} }}"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_LEFT + _WIDTH + 30} {height}"'
        f' role="img" aria-label="Time from the first event of each attack to its alert">'
        f"<style>{style}</style>{''.join(lines)}{''.join(rows)}</svg>\n"
    )


def _row(kind: str, at: int, found: Sequence[Found], colours: Mapping[str, str]) -> str:
    middle = _TOP + _ROW * at + _ROW // 2
    name = f'<text x="{_LEFT - 10}" y="{middle + 4}" text-anchor="end">{escape(words(kind))}</text>'
    marks = []
    for one in found:
        if one.planted.how != kind:
            continue
        if one.alerts:
            x, good = _x(one.seconds), colours["good"]
            marks.append(f'<circle cx="{x}" cy="{middle}" r="5" fill="{good}" fill-opacity=".7"/>')
        else:
            x, bad = _LEFT + _WIDTH + 14, colours["bad"]
            cross = f"M{x - 5} {middle - 5}l10 10m0 -10l-10 10"
            marks.append(f'<path d="{cross}" stroke="{bad}" stroke-width="2.5"/>')
    return name + "".join(marks)


def words(kind: str) -> str:
    """Return the name of a kind of attack in words."""
    return kind.replace("_", " ")


def _x(seconds: float) -> int:
    share = math.log1p(min(seconds, _LONGEST)) / math.log1p(_LONGEST)
    return round(_LEFT + share * _WIDTH)
