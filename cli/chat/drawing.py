"""What the bot says, drawn for a terminal: words, cards as tables, numbered choices.

Words come from people and from APIs, and a terminal obeys control characters: none is printed.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

_KEPT_CONTROLS = "\n"
_HIDDEN_COLUMNS = frozenset({"id", "kind", "href"})


def harmless(text: str) -> str:
    """Return words without what steers a terminal or turns the reading direction around."""
    return "".join(
        c for c in text if c in _KEPT_CONTROLS or unicodedata.category(c) not in {"Cc", "Cf", "Cs"}
    )


def draw(console: Console, messages: Iterable[Mapping[str, Any]], first: int = 1) -> list[str]:
    """Draw messages; return the ids of their choices, in the order of their numbers."""
    offered: list[str] = []
    for message in messages:
        who = "You" if message.get("sender") == "person" else "Assistant"
        style = "dim" if who == "You" else ""
        if message.get("text"):
            console.print(Text(f"{who}: ", "bold") + Text(harmless(message["text"]), style))
        if message.get("card"):
            console.print(card_of(message["card"]))
        for choice in message.get("choices", []):
            offered.append(choice["id"])
            number = first + len(offered) - 1
            console.print(Text(f"  {number}) {harmless(choice['title'])}", "cyan"))
    return offered


def card_of(card: Mapping[str, Any]) -> RenderableType:
    """Return a card as a table: what is in its rows, whatever its kind."""
    rows = _rows(card)
    columns = _columns(rows)
    title = harmless(str(card.get("title", "")))
    if not columns:
        return Text(title or "There is more of this on the page.", "dim")
    labelled = columns == ["label", "value"]
    table = Table(show_header=not labelled)
    for column in columns:
        numeric = column in ("amount", "balance", "available")
        table.add_column(_header(column), justify="right" if numeric else "left")
    for row in rows:
        table.add_row(*(Text(_cell(row.get(column))) for column in columns))
    return Group(Text(title, "bold"), table) if title else table


def challenge_of(challenge: Mapping[str, Any]) -> RenderableType:
    """Return what is asked of the person before a code is typed."""
    details = challenge.get("details", [])
    binding = Text(harmless(challenge["binding"]), "bold")
    if not details:
        return binding
    table = Table(show_header=False)
    table.add_column()
    table.add_column()
    for row in details:
        table.add_row(Text(harmless(row["label"])), Text(harmless(row["value"])))
    return Group(binding, table)


def _rows(card: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    for name in ("rows", "accounts", "steps"):
        rows = card.get(name)
        if isinstance(rows, list):
            return [row for row in rows if isinstance(row, Mapping)]
    return []


def _columns(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    columns: dict[str, None] = {}
    for row in rows:
        for name, value in row.items():
            if name not in _HIDDEN_COLUMNS and isinstance(value, (str, int, float)):
                columns[name] = None
    return list(columns)


def _header(column: str) -> str:
    return column.replace("_", " ").capitalize()


def _cell(value: Any) -> str:
    return "" if value is None or isinstance(value, (dict, list)) else harmless(str(value))
