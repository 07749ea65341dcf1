"""Names of currencies, as people say them, and their ISO 4217 codes."""

from __future__ import annotations

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
}

CENTS = frozenset({"cent", "cents", "pence", "penny", "pennies", "rappen", "centimes"})


def currency_of(word: str) -> str | None:
    """Return the code that `word` names, None for bucks. Raises `KeyError` for any other word."""
    return word if word in CODES else WORDS[word.lower()]
