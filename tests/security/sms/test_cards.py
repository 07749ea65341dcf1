"""What a card says in a text, and what it keeps to itself."""

from __future__ import annotations

from typing import Any

import pytest

from security.sms.cards import lines_of

DRAWN: dict[str, tuple[dict[str, Any], list[str]]] = {
    "facts": ({"rows": [{"label": "Left", "value": "2 days"}]}, ["Left: 2 days"]),
    "receipt": ({"rows": [{"label": "At", "value": "08:20"}]}, ["At: 08:20"]),
    "list": ({"rows": [{"title": "IT-0001: VPN", "state": "open"}]}, ["IT-0001: VPN (open)"]),
    "bills": (
        {
            "rows": [
                {"biller": "Aqua", "amount": "40.00", "currency": "EUR", "due_on": "2026-12-01"}
            ]
        },
        ["Aqua: 40.00 EUR, due 2026-12-01"],
    ),
    "orders": (
        {"rows": [{"number": "A-1", "text": "Socks", "state": "On its way"}]},
        ["A-1: Socks (On its way)"],
    ),
    "appointments": (
        {"rows": [{"date": "2026-12-01", "time": "08:20", "with": "Dr Dana Farrow"}]},
        ["2026-12-01 08:20, Dr Dana Farrow"],
    ),
    "balances": (
        {"accounts": [{"name": "Current", "balance": "5.00", "currency": "EUR"}]},
        ["Current: 5.00 EUR"],
    ),
    "transactions": (
        {"rows": [{"date": "2026-11-02", "text": "Rent", "amount": "-9.00", "currency": "EUR"}]},
        ["2026-11-02 Rent -9.00 EUR"],
    ),
}


@pytest.mark.parametrize(("kind", "drawn"), DRAWN.items(), ids=DRAWN)
def test_a_card_becomes_lines(kind: str, drawn: tuple[dict[str, Any], list[str]]) -> None:
    rest, lines = drawn
    assert lines_of({"kind": kind, **rest}) == lines


@pytest.mark.parametrize("kind", ["lab_results", "medications", "confirmation", "document"])
def test_what_the_page_alone_may_show_has_no_lines(kind: str) -> None:
    rows = [{"label": "PLANTED", "value": "PLANTED", "title": "PLANTED", "state": "PLANTED"}]
    assert lines_of({"kind": kind, "rows": rows}) == []


@pytest.mark.parametrize(
    "card",
    [
        None,
        {},
        {"kind": "facts"},
        {"kind": "facts", "rows": "rows"},
        {"kind": "facts", "rows": [{"label": 1, "value": "x"}]},
        {"kind": "facts", "rows": [1]},
        {"kind": ["facts"], "rows": []},
        {"kind": "bills", "rows": [{"biller": "A"}]},
    ],
)
def test_a_card_of_another_shape_is_left_out(card: Any) -> None:
    """The dialogue engine is not trusted."""
    assert lines_of(card) == []


@pytest.mark.parametrize(("count", "lines"), [(9, 9), (10, 10), (11, 11)])
def test_beyond_ten_lines_the_rest_is_counted(count: int, lines: int) -> None:
    rows = [{"label": str(at), "value": "x"} for at in range(count)]
    told = lines_of({"kind": "facts", "rows": rows})
    assert len(told) == lines
    assert (told[-1] == "and 1 more") is (count == 11)
