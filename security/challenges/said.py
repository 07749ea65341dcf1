"""Codes and PINs that are typed into the chat by mistake: found by their look, and taken out."""

from __future__ import annotations

import re

HIDDEN = "••••••"

# Six digits, or a code typed twice, whatever stands between them.
_CODE = re.compile(r"(?<!\d)\d(?:[\W_]{0,3}\d){5,11}(?!\d)")
_RECOVERY_CODE = re.compile(
    r"(?i)(?<![a-z0-9])[a-z0-9]{4}(?:[-\u2010-\u2015][a-z0-9]{4}){2}(?![a-z0-9])"
)
# What a person writes when they want to pay another amount: 1,250.00 or 1.250,00.
_AMOUNT = re.compile(r"\d{1,3}(?:[.,]\d{3})*[.,]\d{2}")

_PIN_WORD = re.compile(r"(?i)(?<![a-z0-9])pin[ -]?(?:s|codes?|numbers?)?(?![a-z])")
_DIGITS = r"\d(?:[ \-]?\d){3,5}"
# Digits after these words name a card, an account, a sum or a day, and no PIN.
_NAMED = (
    r"(?:card|account|iban|ending|ends|order|number ending|last (?:four|4)(?: digits)?|digits"
    r"|since|until|year|january|february|march|april|may|june|july|august|september|october"
    r"|november|december)(?: (?:in|on|with|is|are|no|number))*"
)
_CURRENCY = r" ?(?:eur|euros?|usd|gbp|chf)\b| ?[€$£]"
_PIN = re.compile(
    rf"(?i)(?P<named>(?:\b{_NAMED}\W{{1,3}}|•{{2,}} ?))?"
    rf"(?<![\w.,/€$£-])(?P<digits>{_DIGITS})(?![\w/-]|[.,]\d|{_CURRENCY})"
)
_MAYBE = re.compile(r"[\d\-\u2010-\u2015]")
_ENTRY = re.compile(r"(?<!\d)\d(?:[ \-]?\d){3,11}(?!\d)")


def may_hold_secrets(text: str) -> bool:
    """Tell whether it is worth a closer look: most of what people say holds nothing of the kind."""
    return _MAYBE.search(text) is not None


def without_codes(text: str) -> str:
    """Return what was said without anything that looks like a code; an amount is none."""
    return _CODE.sub(_unless_amount, _RECOVERY_CODE.sub(HIDDEN, text))


def without_pins(text: str) -> str:
    """Return what was said without the digits of a PIN, where it speaks of one.

    The digits that name a card are no PIN: "change the PIN of my card ending in 4417".
    """
    if _PIN_WORD.search(text) is None:
        return text
    return _PIN.sub(_unless_named, text)


def without_entries(text: str) -> str:
    """Return what was said without any digits that could be meant for a field of the panel."""
    return _ENTRY.sub(_unless_amount, without_pins(text))


def _unless_amount(found: re.Match[str]) -> str:
    return found[0] if _AMOUNT.fullmatch(found[0]) else HIDDEN


def _unless_named(found: re.Match[str]) -> str:
    return found[0] if found["named"] else HIDDEN
