"""The picture of docs/compliance.md: for each standard a bar, by what its rows came to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from html import escape

from tools.compliance_rows import STATES, Catalogue, Verdict

_LEFT, _WIDE, _HIGH, _STEP = 230, 470, 18, 34
_COLOURS = {
    "light": {
        "shown": "#1a7f5a", "failing": "#b3261e", "skipped": "#8a6d00", "not run": "#c9a227",
        "not shown": "#d98a4b", "operator's": "#7d8ca3", "not applicable": "#d5dae1",
        "text": "#1f2933", "ground": "#ffffff",
    },
    "dark": {
        "shown": "#45b88a", "failing": "#ff7a70", "skipped": "#c7a93a", "not run": "#e3c35a",
        "not shown": "#e59a5c", "operator's": "#8795ab", "not applicable": "#3b4552",
        "text": "#e6eaf0", "ground": "#12161c",
    },
}  # fmt: skip


def drawing(catalogues: Iterable[Catalogue], verdicts: Mapping[str, Verdict], scheme: str) -> str:
    """Return the picture as SVG, in the colours of `light` or `dark`."""
    every = list(catalogues)
    colours = _COLOURS[scheme]
    said = [Counter(verdicts[row.id].state for row in each.rows) for each in every]
    used = [state for state in STATES if any(counts[state] for counts in said)]
    high = 24 + _STEP * len(every) + 34
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 760 {high}" role="img"'
        f' font-family="system-ui, sans-serif" font-size="13" fill="{colours["text"]}">\n',
        "<title>How much of each standard the tests show</title>\n",
        f'<rect width="760" height="{high}" fill="{colours["ground"]}"/>\n',
    ]
    for number, (catalogue, counts) in enumerate(zip(every, said, strict=True)):
        parts += _bar(catalogue.title, counts, 18 + _STEP * number, colours)
    parts += _legend(used, 18 + _STEP * len(every) + 10, colours)
    return "".join(parts) + "</svg>\n"


def _bar(title: str, counts: Counter[str], top: int, colours: Mapping[str, str]) -> Iterator[str]:
    total = counts.total()
    yield f'<text x="{_LEFT - 10}" y="{top + 14}" text-anchor="end">{escape(title)}</text>\n'
    left = float(_LEFT)
    for state in STATES:
        wide = _WIDE * counts[state] / total
        if wide:
            yield (
                f'<rect x="{left:.1f}" y="{top}" width="{wide:.1f}" height="{_HIGH}"'
                f' fill="{colours[state]}" stroke="{colours["ground"]}">'
                f"<title>{counts[state]} of {total} {escape(state)}</title></rect>\n"
            )
        left += wide
    asked = total - counts["not applicable"] - counts["operator's"]
    yield f'<text x="{_LEFT + _WIDE + 8}" y="{top + 14}">{counts["shown"]}/{asked}</text>\n'


def _legend(used: Iterable[str], top: int, colours: Mapping[str, str]) -> Iterator[str]:
    left = 24
    for state in used:
        yield f'<rect x="{left}" y="{top}" width="12" height="12" fill="{colours[state]}"/>'
        yield f'<text x="{left + 18}" y="{top + 11}">{escape(state)}</text>\n'
        left += 40 + 8 * len(state)
