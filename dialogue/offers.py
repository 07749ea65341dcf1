"""What the bot offers to the person of a turn, and how it calls what it may be asked for.

Security tells with each turn which operations the person may ask for (`OpenTurn.offered`). It is
a hint for words: nothing is decided here, and nothing of it is kept in the conversation.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import lru_cache
from itertools import zip_longest
from pathlib import Path
from typing import Any

import yaml

OFFERS_FILE = Path(__file__).with_name("offers.yml")
PERSON = "talk_to_human"
_FEW, _MORE = 4, 7
_KEPT = 256
"""For how many kinds of people it is remembered what they are offered."""
_OWN = "account"
"""One's own data: every organisation's, so it tells nothing of which one it is."""
_ONE_TENANT = 2
"""Operations of more APIs than this are those of no tenant: something of each is offered then."""
_NOTHING = "get you a person to talk to"


@dataclass(frozen=True)
class Offer:
    """Something to offer: the operation that it leads to, and its words."""

    operation: str
    intent: str
    title: str
    can: str
    group: str = "everybody"
    """`staff`: never for somebody unknown; `named`: never offered at all."""

    @property
    def api(self) -> str:
        """The API of the operation."""
        return self.operation.partition(".")[0]

    def button(self) -> dict[str, str]:
        """Return it as Rasa's button."""
        return {"title": self.title, "payload": f"/{self.intent}"}


class Offers:
    """The table of `offers.yml`."""

    def __init__(self, table: Sequence[Offer]) -> None:
        self._table = table
        self._kept = lru_cache(_KEPT)(self._worked_out)

    def to(self, operations: Iterable[str]) -> Sequence[Offer]:
        """Return all that may be offered to whom these operations are open, in order.

        Each intent comes once, as the first of its rows.
        """
        return self._kept(frozenset(operations))

    def _worked_out(self, mine: frozenset[str]) -> Sequence[Offer]:
        apis = {name.partition(".")[0] for name in mine} - {_OWN}
        several = len(apis) > _ONE_TENANT
        fitting = [one for one in self._table if one.operation in mine and one.group != "named"]
        if several:
            fitting = _of_each([one for one in fitting if one.group != "staff"])
        first: dict[str, Offer] = {}
        for one in fitting:
            first.setdefault(one.intent, one)
        return tuple(first.values())

    def title_of(self, intent: str, operations: Iterable[str]) -> str:
        """Return what `intent` is called for these people; every intent has some name."""
        rows = [one for one in self._table if one.intent == intent]
        mine = set(operations)
        rows.sort(key=lambda one: one.operation not in mine)
        return rows[0].title if rows else intent.replace("_", " ").capitalize()

    def may_lead_somewhere(self, intent: str, operations: Iterable[str]) -> bool:
        """Tell whether the person may ask for it; what is in no table is open to everybody."""
        rows = {one.operation for one in self._table if one.intent == intent}
        return not rows or not rows.isdisjoint(operations)


def read_offers(file: Path = OFFERS_FILE) -> Offers:
    """Return the table of a file. Raises `TypeError` or `KeyError` where it is none."""
    listed = yaml.safe_load(file.read_text("utf-8"))
    groups = ("staff", "everybody", "named")
    return Offers([Offer(**row, group=group) for group in groups for row in listed[group]])


def can_words(offers: Sequence[Offer]) -> str:
    """Return what goes on with "I can …"; where nothing is open, a person still is."""
    phrases = [one.can for one in offers] or [_NOTHING]
    *first, last = phrases
    return f"{', '.join(first)} and {last}" if first else last


def filling(offered: Sequence[Offer]) -> dict[str, str]:
    """Return the values of the names that any response may have in its words."""
    return {"can": can_words(offered[:_FEW]), "can_all": can_words(offered[:_MORE])}


def buttons_of(kind: Any, offered: Sequence[Offer]) -> list[dict[str, str]]:
    """Return the choices of a response that says `offers: few`, `all` or `person`."""
    person = [{"title": "Talk to a person", "payload": f"/{PERSON}"}]
    few = [one.button() for one in offered[:_FEW]]
    if kind == "few":
        return few or person
    if kind == "all":
        return [*(one.button() for one in offered[:_MORE]), *person]
    return [*person, *few] if kind == "person" else []


def _of_each(offers: Sequence[Offer]) -> list[Offer]:
    by_api: dict[str, list[Offer]] = {}
    for one in offers:
        by_api.setdefault(one.api, []).append(one)
    return [one for row in zip_longest(*by_api.values()) for one in row if one is not None]


@dataclass(frozen=True)
class TurnWords:
    """What the words of one turn are made of, besides the conversation."""

    operations: frozenset[str] = frozenset()
    buttons: tuple[Mapping[str, str], ...] = ()
    """Choices of a question that the dialogue itself asks."""
    left: Mapping[str, Any] | None = None
    """The request that was waiting for an answer when the person said something else."""


_current: ContextVar[TurnWords] = ContextVar("turn_words")


@contextmanager
def speaking(words: TurnWords) -> Iterator[None]:
    """Speak so for the turn inside this block; one task serves many turns of many people."""
    token = _current.set(words)
    try:
        yield
    finally:
        _current.reset(token)


def current_words() -> TurnWords:
    """Return what the turn in hand is made of; outside a turn nothing is offered."""
    return _current.get(TurnWords())
