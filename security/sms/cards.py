"""What a card says in a text message: a few short lines, or nothing.

Cards come from the dialogue engine, so they are input: a card of another shape than its kind has
is left out. What the web page alone may show (results of tests, medicines, what is to be approved,
documents) has no lines here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

MOST_LINES = 10
_Row = Mapping[str, Any]


def lines_of(card: Mapping[str, Any] | None) -> list[str]:
    """Return the lines of a card; those beyond the tenth become a count."""
    draw = _KINDS.get(str(card.get("kind"))) if card else None
    if draw is None or card is None:
        return []
    try:
        lines = draw(card)
    except (KeyError, TypeError, IndexError):
        return []
    more = len(lines) - MOST_LINES
    return [*lines[:MOST_LINES], f"and {more} more"] if more > 0 else lines


def _facts(card: _Row) -> list[str]:
    return [f"{_word(row['label'])}: {_word(row['value'])}" for row in _rows(card)]


def _list(card: _Row) -> list[str]:
    return [f"{_word(row['title'])} ({_word(row['state'])})" for row in _rows(card)]


def _bills(card: _Row) -> list[str]:
    return [
        f"{_word(row['biller'])}: {_word(row['amount'])} {_word(row['currency'])}, "
        f"due {_word(row['due_on'])}"
        for row in _rows(card)
    ]


def _orders(card: _Row) -> list[str]:
    return [
        f"{_word(row['number'])}: {_word(row['text'])} ({_word(row['state'])})"
        for row in _rows(card)
    ]


def _appointments(card: _Row) -> list[str]:
    return [
        f"{_word(row['date'])} {_word(row['time'])}, {_word(row['with'])}" for row in _rows(card)
    ]


def _balances(card: _Row) -> list[str]:
    return [
        f"{_word(row['name'])}: {_word(row['balance'])} {_word(row['currency'])}"
        for row in card["accounts"]
    ]


def _transactions(card: _Row) -> list[str]:
    return [
        f"{_word(row['date'])} {_word(row['text'])} {_word(row['amount'])} {_word(row['currency'])}"
        for row in _rows(card)
    ]


def _rows(card: _Row) -> Sequence[_Row]:
    rows = card["rows"]
    if not isinstance(rows, list):
        raise TypeError("a card has rows")
    return rows


def _word(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError("a card carries words")
    return " ".join(value.split())


_KINDS: Mapping[str, Callable[[_Row], list[str]]] = {
    "facts": _facts,
    "receipt": _facts,
    "list": _list,
    "bills": _bills,
    "orders": _orders,
    "appointments": _appointments,
    "balances": _balances,
    "transactions": _transactions,
}
