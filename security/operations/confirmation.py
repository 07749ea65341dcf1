"""What a person is shown before they approve an operation: made of its exact arguments."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from string import Formatter
from typing import Any

from security.model import Detail

LONGEST_VALUE = 140
BY = "by"
"""In the words for others: whoever did it."""


@dataclass(frozen=True)
class Amount:
    """Which arguments say how much: a decimal text and a currency code."""

    value: str
    currency: str


@dataclass(frozen=True)
class Limit:
    """Up to how much SMS codes may approve, together in a day; `value` is an exact decimal."""

    value: Decimal
    currency: str


NO_LIMIT = Limit(Decimal(0), "")
"""Nothing is small."""


def limit_of(value: str, currency: str) -> Limit:
    """Return a limit from its decimal text; one that cannot be read allows nothing."""
    try:
        return Limit(Decimal(value), currency)
    except InvalidOperation:
        return Limit(Decimal(0), currency)


@dataclass(frozen=True)
class Inform:
    """Who else hears of it once it is done, by another channel, in templates over the arguments.

    `whom` is the field of the answer that names the person whom it is about, as the API knows
    them; it goes no further. `others` is for everybody of the tenant with one of `roles`. `{by}`
    is the name of whoever did it.
    """

    whom: str
    words: str
    roles: frozenset[str]
    others: str

    def to_whom(self, arguments: Mapping[str, Any], by: str) -> str:
        """Return what the person hears whom it is about."""
        return in_words(self.words, {**arguments, BY: by})

    def to_others(self, arguments: Mapping[str, Any], by: str) -> str:
        """Return what those hear who hold one of the roles."""
        return in_words(self.others, {**arguments, BY: by})


@dataclass(frozen=True, kw_only=True)
class Telling:
    """Templates over the arguments' names: `Pay {amount} {currency} to {payee_name}`.

    `done` says the same once it has happened; `told` is told to the person by another channel,
    and what `inform` says to others.
    """

    title: str
    done: str
    told: bool = False
    inform: Inform | None = None

    def templates(self) -> Iterator[str]:
        """Yield everything that arguments are put into."""
        yield from (self.title, self.done)
        if self.inform is not None:
            yield from (self.inform.words, self.inform.others)

    def names(self) -> Iterator[str]:
        """Yield every argument that a template names. Raises `ValueError` for a broken one."""
        for template in self.templates():
            yield from (name for name in names_in(template) if name != BY)

    def binding(self, arguments: Mapping[str, Any]) -> str:
        """Return what is asked for, in words."""
        return in_words(self.title, arguments)

    def outcome(self, arguments: Mapping[str, Any]) -> str:
        """Return what has happened, in words."""
        return in_words(self.done, arguments)


@dataclass(frozen=True, kw_only=True)
class Confirmation(Telling):
    """What a person is shown to approve; `details` say it exactly, a label and a template each."""

    details: Mapping[str, str]
    amount: Amount | None = None

    def templates(self) -> Iterator[str]:
        """Yield everything that arguments are put into."""
        yield from super().templates()
        yield from self.details.values()

    def names(self) -> Iterator[str]:
        """Yield every argument that is named."""
        yield from super().names()
        if self.amount is not None:
            yield from (self.amount.value, self.amount.currency)

    def rows(self, arguments: Mapping[str, Any]) -> tuple[Detail, ...]:
        """Return what is approved, exactly; a row whose arguments are all absent is left out."""
        return tuple(
            Detail(label=label, value=in_words(template, arguments))
            for label, template in self.details.items()
            if any(arguments.get(name) for name in names_in(template))
        )

    def is_small(self, arguments: Mapping[str, Any], limit: Limit) -> bool:
        """Tell whether the amount is one, in the limit's currency, and not above the limit."""
        asked = self.worth(arguments, limit.currency)
        return asked is not None and asked <= limit.value

    def worth(self, arguments: Mapping[str, Any], currency: str) -> Decimal | None:
        """Return the amount, more than zero; None where there is none in this currency."""
        if self.amount is None or arguments.get(self.amount.currency) != currency:
            return None
        try:
            asked = Decimal(str(arguments.get(self.amount.value)))
        except InvalidOperation:
            return None
        return asked if asked.is_finite() and asked > 0 else None


def names_in(template: str) -> Iterator[str]:
    """Yield every argument that a template names. Raises `ValueError` for a broken one."""
    yield from (name for _, name, _, _ in Formatter().parse(template) if name is not None)


def in_words(template: str, arguments: Mapping[str, Any]) -> str:
    """Fill a template; values are shown as plain text on one line, so none can pose as another."""
    return "".join(
        literal + (_plain(arguments.get(name)) if name else "")
        for literal, name, _, _ in Formatter().parse(template)
    )


def one_line(text: str) -> str:
    """Return a text on one line, without signs that nobody sees."""
    shown = (c if c == " " or unicodedata.category(c)[0] not in "CZ" else " " for c in text)
    return " ".join("".join(shown).split())


def _plain(value: Any) -> str:
    return one_line("" if value is None else str(value))[:LONGEST_VALUE]
