"""Names of currencies, as people say them, and their ISO 4217 codes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from actions.names import word_set

UNKNOWN = "XXX"
"""ISO 4217's own code for no currency: one was named that is not known here."""

SYMBOLS = {"€": "EUR", "$": "USD", "£": "GBP", "¥": "JPY", "₹": "INR", "₣": "CHF", "₺": "TRY"}

CODES = word_set(
    "EUR USD GBP CHF JPY CNY INR SEK NOK DKK PLN CZK HUF RON BGN TRY AUD CAD NZD HKD SGD MXN BRL "
    "ZAR AED ILS KRW THB UAH RUB ISK BTC ETH"
)

_IN_ANY_CASE = ("eur", "usd", "gbp", "chf")
_NAMES = {
    "EUR": "euro euros",
    "USD": "dollar dollars",
    "GBP": "pound pounds quid sterling",
    "CHF": "franc francs fr",
    "JPY": "yen",
    "CNY": "yuan",
    "INR": "rupee rupees",
    "SEK": "krona kronor",
    "NOK": "krone kroner",
    "PLN": "zloty zlotys",
    "CZK": "koruna korunas",
    "HUF": "forint forints",
    "TRY": "lira liras",
    "MXN": "peso pesos",
    "AED": "dirham dirhams",
    "RUB": "ruble rubles",
    "BTC": "bitcoin bitcoins",
}
WORDS: dict[str, str | None] = {
    **{name: code for code, names in _NAMES.items() for name in names.split()},
    **{code: code.upper() for code in _IN_ANY_CASE},
    # Whatever the account is kept in: the confirmation names it.
    "buck": None,
    "bucks": None,
    # Of several countries, or of none.
    **dict.fromkeys(("kr", "sats", "satoshi", "satoshis"), UNKNOWN),
}
_HOMES = {"us": "USD", "american": "USD", "british": "GBP", "uk": "GBP", "swiss": "CHF"}
_JOINING = word_set("in of my")
_NOT_BETWEEN = word_set(
    "to for from and or on at with as because a an the dozen dozens mil thou k m"
)

CENTS = frozenset({"cent", "cents", "pence", "penny", "pennies", "rappen", "centimes"})


class Apart(NamedTuple):
    """A currency that stands some words behind its amount."""

    code: str | None
    words: int


def named_apart(words: Sequence[str]) -> Apart | None:
    """Return the currency of ``Australian dollars`` or ``in dollars``; None where there is none.

    `words` are lower case. Dollars of a country that is not known here are no US dollars.
    """
    for at in range(1, min(len(words), 3)):
        between = frozenset(words[:at])
        if between & _NOT_BETWEEN:
            return None
        if words[at] not in WORDS or not words[at].endswith("s"):
            continue
        code = WORDS[words[at]]
        if code != "EUR" and not between <= _JOINING:
            home = _HOMES.get(words[at - 1], UNKNOWN)
            code = home if code in {home, None} else UNKNOWN
        return Apart(code, at + 1)
    return None


def currency_of(word: str) -> str | None:
    """Return the code that `word` names, None for bucks. Raises `KeyError` for any other word."""
    return word if word in CODES else WORDS[word.lower()]
