"""What a terminal shows: cards as tables, and nothing that a terminal would obey."""

from __future__ import annotations

import io
import unicodedata
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from cli.chat.drawing import draw, harmless

CARDS: dict[str, tuple[dict[str, Any], list[str]]] = {
    "rows": (
        {"kind": "bills", "rows": [{"biller": "Aqua", "amount": "40.00", "due_on": "2026-12-01"}]},
        ["Biller", "Due on", "Aqua", "40.00"],
    ),
    "labelled": (
        {"kind": "facts", "title": "Leave", "rows": [{"label": "Left", "value": "2 days"}]},
        ["Leave", "Left", "2 days"],
    ),
    "accounts": (
        {"kind": "balances", "accounts": [{"name": "Current", "balance": "5.00"}]},
        ["Current", "5.00"],
    ),
    "steps": (
        {"kind": "timeline", "title": "Order", "steps": [{"label": "Sent", "at": "2026-12-01"}]},
        ["Order", "Sent"],
    ),
    "unknown": ({"kind": "new"}, ["more of this on the page"]),
    "of another shape": ({"kind": "facts", "rows": ["x", 1, None]}, ["more of this"]),
}


def screen(*messages: dict[str, Any]) -> str:
    """Draw messages on a terminal that understands escape sequences."""
    file = io.StringIO()
    draw(Console(file=file, width=100, force_terminal=True, color_system=None), messages)
    return file.getvalue()


@pytest.mark.parametrize(("card", "shown"), CARDS.values(), ids=CARDS)
def test_a_card_is_a_table(card: dict[str, Any], shown: list[str]) -> None:
    drawn = screen({"card": card})
    assert all(words in drawn for words in shown)


@pytest.mark.parametrize(
    "planted", ["\x1b[2J", "\x9b31m", "\x07", "\r", "\u202e", "\x00", "\u200b"]
)
def test_attack_words_that_steer_the_terminal(planted: str) -> None:
    """A payee's name may clear the screen or write a false receipt; ours cannot."""
    name = f"Anna{planted}Berg"
    card = {"kind": "facts", "title": name, "rows": [{"label": name, "value": name}]}
    choices = [{"id": "a", "title": name}]
    drawn = screen({"text": name, "card": card, "choices": choices})
    assert planted not in drawn
    assert drawn.count("Anna") == 5


def test_attack_words_in_the_markup_of_the_library() -> None:
    assert "[red]you paid[/red]" in screen({"text": "[red]you paid[/red]"})


@given(st.text())
def test_no_words_carry_a_control(text: str) -> None:
    steering = {"Cc", "Cf", "Cs"}
    assert all(c == "\n" or unicodedata.category(c) not in steering for c in harmless(text))
