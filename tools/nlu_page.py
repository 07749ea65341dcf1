"""The page of `make nlu-report`: measures, the confusion picture, the worst sentences."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from html import escape

from cli.understanding import FOREIGN, REJECTED, Heard, measures

WORST = 30
_CELL, _LABEL = 14, 150
_STYLE = """
:root { color-scheme: light dark; --ink: #1c2733; --paper: #fff; --line: #d5dbe1; --bad: #b3261e;
  --good: #14746f; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6ebf0; --paper: #14191f; --line: #33404c;
  --bad: #ff8a80; --good: #5cc8c0; } }
body { font: 16px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper);
  max-width: 75rem; margin: auto; padding: 1rem; }
table { border-collapse: collapse; } .wide { overflow-x: auto; }
td, th { border-bottom: 1px solid var(--line); padding: .25rem .75rem .25rem 0; text-align: left; }
svg text { font: 11px system-ui, sans-serif; fill: var(--ink); }
.grid { fill: none; stroke: var(--line); }
.right { fill: var(--good); } .wrong { fill: var(--bad); }
"""


@dataclass
class Sample:
    """A set of sentences by its name, and what the model of each seed made of it."""

    name: str
    runs: list[list[Heard]] = field(default_factory=list)


def page(samples: Sequence[Sample]) -> str:
    """Return one HTML document that needs nothing else."""
    body = "".join(_section(sample) for sample in samples)
    head = '<meta charset="utf-8"><meta name="viewport" content="width=device-width">'
    return (
        f'<!doctype html><html lang="en"><head>{head}<title>Understanding</title>'
        f"<style>{_STYLE}</style></head><body><h1>How well Gatehouse understands</h1>{body}"
        "</body></html>\n"
    )


def _section(sample: Sample) -> str:
    every = [heard for run in sample.runs for heard in run]
    return (
        f"<h2>{escape(sample.name)}</h2>{_table(sample)}"
        "<h3>What is taken for what</h3><p>A row is what people meant, a column what was"
        f" understood; all seeds together.</p><div class=wide>{confusion(every)}</div>"
        f"<h3>The worst {WORST} sentences</h3><div class=wide>{_worst(sample)}</div>"
    )


def _table(sample: Sample) -> str:
    found = [measures(run).as_json() for run in sample.runs]
    rows = []
    for name in found[0]:
        values = [each[name] for each in found]
        cells = "".join(f"<td>{'–' if value is None else value}</td>" for value in values)
        known = [value for value in values if value is not None]
        mean = f"{statistics.fmean(known):.4f}" if known else "–"
        rows.append(f"<tr><th>{name}</th><td><b>{mean}</b></td>{cells}</tr>")
    seeds = "".join(f"<th>seed {number}</th>" for number in range(1, len(found) + 1))
    return f"<table><tr><th></th><th>mean</th>{seeds}</tr>{''.join(rows)}</table>"


def _understood(heard: Heard) -> str:
    return FOREIGN if heard.intent in REJECTED else heard.intent


def confusion(every: Sequence[Heard]) -> str:
    """Return the confusion matrix as SVG; what is not understood counts as out of scope."""
    names = sorted({each.row.intent for each in every} | {_understood(each) for each in every})
    at = {name: number for number, name in enumerate(names)}
    pairs = Counter((each.row.intent, _understood(each)) for each in every)
    meant = Counter(each.row.intent for each in every)
    size = _LABEL + _CELL * len(names)
    cells = "".join(
        f'<rect x="{_LABEL + _CELL * at[got]}" y="{_LABEL + _CELL * at[want]}" width="{_CELL}"'
        f' height="{_CELL}" class="{"right" if got == want else "wrong"}"'
        f' opacity="{min(1, 0.15 + 0.85 * times / meant[want]):.2f}">'
        f"<title>{want} → {got}: {times} of {meant[want]}</title></rect>"
        for (want, got), times in sorted(pairs.items())
    )
    side = size - _LABEL
    frame = f'<rect class="grid" x="{_LABEL}" y="{_LABEL}" width="{side}" height="{side}"/>'
    return (
        f'<svg role="img" aria-label="Confusion matrix" width="{size}" height="{size}">'
        f"{''.join(_labels(names))}{cells}{frame}</svg>"
    )


def _labels(names: Sequence[str]) -> Iterator[str]:
    for number, name in enumerate(names):
        middle = _LABEL + _CELL * number + _CELL - 3
        yield f'<text x="{_LABEL - 6}" y="{middle}" text-anchor="end">{name}</text>'
        yield f'<text transform="translate({middle} {_LABEL - 6}) rotate(-90)">{name}</text>'


def _sureness(heard: Heard) -> float:
    """How sure a mistake is: words that were not understood lead to no answer, only a question."""
    return 0.0 if heard.intent in REJECTED else heard.confidence


def _worst(sample: Sample) -> str:
    """The sentences that most seeds get wrong, the surest mistakes first."""
    by_row: dict[int, list[Heard]] = {}
    for run in sample.runs:
        for number, heard in enumerate(run):
            by_row.setdefault(number, []).append(heard)
    wrong = [[each for each in seen if not each.right] for seen in by_row.values()]
    wrong = [seen for seen in wrong if seen]
    wrong.sort(key=lambda seen: (-len(seen), -max(map(_sureness, seen))))
    rows = "".join(
        f"<tr><td>{escape(seen[0].row.text)}</td><td>{seen[0].row.intent}</td>"
        f"<td>{', '.join(sorted({each.intent for each in seen}))}</td>"
        f"<td>{max(map(_sureness, seen)):.2f}</td><td>{len(seen)}</td></tr>"
        for seen in wrong[:WORST]
    )
    heads = "<th>sentence</th><th>meant</th><th>understood</th><th>confidence</th><th>seeds</th>"
    return f"<table><tr>{heads}</tr>{rows}</table>"
