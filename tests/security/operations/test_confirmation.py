"""What a person is shown before they approve, word by word, and which amounts are small."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from security.model import Detail
from security.operations.confirmation import (
    NO_LIMIT,
    Amount,
    Confirmation,
    Inform,
    Limit,
    Telling,
    in_words,
    limit_of,
    names_in,
    one_line,
)

INFORM = Inform("whom", "{by} paid {amount}", frozenset({"teller"}), "{by} paid {payee}")
PAY = Confirmation(
    title="Pay {amount} {currency} to {payee}",
    done="Paid {amount} {currency}",
    details={"Amount": "{amount} {currency}", "To": "{payee}", "For": "“{note}”", "Always": "-"},
    amount=Amount("amount", "currency"),
    inform=INFORM,
)
ASKED = {"amount": "12.50", "currency": "EUR", "payee": "Bob"}


def test_what_is_asked_and_what_was_done_is_said_with_its_arguments() -> None:
    assert PAY.binding(ASKED) == "Pay 12.50 EUR to Bob"
    assert PAY.outcome(ASKED) == "Paid 12.50 EUR"
    assert INFORM.to_whom(ASKED, "Tess") == "Tess paid 12.50"
    assert INFORM.to_others(ASKED, "Tess") == "Tess paid Bob"


def test_attack_an_argument_that_is_called_as_whoever_did_it() -> None:
    asked = {**ASKED, "by": "Mallory"}
    assert INFORM.to_whom(asked, "Tess") == "Tess paid 12.50"
    assert INFORM.to_others(asked, "Tess") == "Tess paid Bob"


def test_every_argument_that_words_are_made_of_is_known() -> None:
    """What a manifest is held to at start."""
    told = [*("amount", "currency", "payee"), *("amount", "currency"), "amount", "payee"]
    assert list(PAY.names()) == [
        *told,
        *("amount", "currency"),
        *("payee", "note"),
        *("amount", "currency"),
    ]
    outcome = Telling(title="Freeze {card}", done="Frozen")
    assert list(outcome.names()) == ["card"]
    assert list(outcome.templates()) == ["Freeze {card}", "Frozen"]
    bare = Confirmation(title="Go", done="Gone", details={"Which": "{one}"})
    assert list(bare.names()) == ["one"]


def test_a_row_is_shown_where_any_of_its_arguments_is_there() -> None:
    assert PAY.rows(ASKED) == (
        Detail(label="Amount", value="12.50 EUR"),
        Detail(label="To", value="Bob"),
    )
    assert PAY.rows({"amount": "1", "note": "rent"}) == (
        Detail(label="Amount", value="1 "),
        Detail(label="For", value="“rent”"),
    )
    assert PAY.rows({"payee": "", "note": None}) == ()


EUROS = Limit(Decimal("12.50"), "EUR")


@pytest.mark.parametrize(
    ("amount", "currency", "small"),
    [
        *(("12.49", "EUR", True), ("12.50", "EUR", True), ("12.51", "EUR", False)),
        *((12, "EUR", True), ("0.01", "EUR", True), ("0", "EUR", False), ("-1", "EUR", False)),
        *(("1", "USD", False), ("1", None, False), ("1", "", False), ("1", "eur", False)),
        *(("NaN", "EUR", False), ("-Infinity", "EUR", False), ("Infinity", "EUR", False)),
        *(("one", "EUR", False), ("", "EUR", False), (None, "EUR", False), ([], "EUR", False)),
    ],
)
def test_an_amount_is_small_up_to_the_limit_in_its_currency(
    amount: Any, currency: str | None, small: bool
) -> None:
    """Boundary: what cannot be read, or is nothing, is not small."""
    asked = {"amount": amount, "currency": currency}
    assert PAY.is_small(asked, EUROS) is small
    assert (PAY.worth(asked, "EUR") is None) is (not small and amount != "12.51")


def test_without_a_limit_or_an_amount_nothing_is_small() -> None:
    assert not PAY.is_small({**ASKED, "currency": ""}, NO_LIMIT)
    bare = Confirmation(title="Go", done="Gone", details={})
    assert not bare.is_small(ASKED, EUROS)
    assert bare.worth(ASKED, "EUR") is None
    assert PAY.worth(ASKED, "EUR") == Decimal("12.50")


def test_a_limit_that_cannot_be_read_allows_nothing() -> None:
    assert limit_of("12.50", "EUR") == EUROS
    assert limit_of("much", "EUR") == Limit(Decimal(0), "EUR")
    assert not PAY.is_small({**ASKED, "amount": "0.01"}, limit_of("", "EUR"))


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("Bob\nAmount: 1.00", "Bob Amount: 1.00"),
        ("a\t\r\n  b", "a b"),
        ("a\u2028b\u2029c", "a b c"),
        ("a\u00a0b\u3000c", "a b c"),
        ("\u202ebob\u200d\ufeff", "bob"),
        ("a\0b", "a b"),
        ("\ue000x\ud800", "x"),
        ("  Zoë  ☎ 中 ", "Zoë ☎ 中"),
        ("", ""),
    ],
)
def test_attack_a_value_that_poses_as_another_line_or_hides_a_part(value: str, shown: str) -> None:
    """ASVS 1.3.3: one line, and no sign in it that nobody sees."""
    assert one_line(value) == shown
    assert in_words("<{it}>", {"it": value}) == f"<{shown}>"


@pytest.mark.parametrize(
    ("value", "shown"),
    [("x" * 140, "x" * 140), ("x" * 141, "x" * 140), (0, "0"), (False, "False"), (None, "")],
)
def test_what_is_shown_of_a_value_has_an_end(value: Any, shown: str) -> None:
    assert in_words("{it}", {"it": value}) == shown


def test_what_is_not_an_argument_stays_as_it_is_and_none_is_reached_into() -> None:
    assert in_words("{{it}} {it} {} {other}.", {"it": "{it}"}) == "{it} {it}  ."
    assert in_words("{it.__class__}|{it[0]}|{it!r:>9}", {"it": "ab"}) == "||ab"
    assert list(names_in("{a} {} {{b}} {c.d}")) == ["a", "", "c.d"]
    with pytest.raises(ValueError, match="expected '}' before end of string"):
        list(names_in("{a"))
