"""What an action says: a response of the domain, with values for its words and with a card."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from types import MappingProxyType
from typing import Any, NamedTuple, Protocol

Card = Mapping[str, Any]
MAX_TITLE = 200
"""The longest title of a choice, in characters."""


class Dispatcher(Protocol):
    """What is used of the SDK's `CollectingDispatcher`."""

    def utter_message(self, **message: Any) -> None:
        """Add one message to the action's answer."""
        ...


class Choice(NamedTuple):
    """A choice to press: its words, the intent that it states, and that intent's entities."""

    title: str
    intent: str
    entities: Mapping[str, str] = MappingProxyType({})

    def button(self) -> dict[str, str]:
        """Return it as Rasa's button; it reaches the person's browser as an opaque id."""
        meaning = json.dumps(dict(self.entities)) if self.entities else ""
        return {"title": self.title[:MAX_TITLE], "payload": f"/{self.intent}{meaning}"}


@dataclass
class Say:
    """Collects messages, and sends them only when all of them are well formed.

    One message carries both the response and the card: Rasa 3.6 draws up the response, then
    lays the action's own fields over it, so text and `custom` reach the channel as one
    message, and further fields (such as `refused`) stay beside them.
    """

    _messages: list[dict[str, Any]] = field(default_factory=list)

    def __call__(
        self,
        response: str,
        card: Card | None = None,
        choices: Sequence[Choice] = (),
        /,
        **values: str,
    ) -> None:
        """Say `response`, a key of the domain, with `values` for the names in its text."""
        if "text" in values:
            raise ValueError("a value called text would stand in the place of the sentence")
        message: dict[str, Any] = {"response": response, **values}
        if card:
            message["json_message"] = {"card": dict(card)}
        if choices:
            message["buttons"] = [choice.button() for choice in choices]
        self._messages.append(message)

    def then(self, other: Say) -> Say:
        """Return these messages, and those of `other` after them."""
        return Say([*self._messages, *other._messages])

    def send(self, dispatcher: Dispatcher) -> None:
        """Hand everything to the dispatcher, in the order in which it was said."""
        for message in self._messages:
            dispatcher.utter_message(**message)


def saying(response: str, **values: str) -> Say:
    """Return one message."""
    say = Say()
    say(response, **values)
    return say


def grouped(amount: str) -> str:
    """Return an amount for reading, ``2480.15`` as ``2,480.15``; raises for anything else."""
    value = Decimal(amount)
    if not value.is_finite():
        raise ValueError("an amount is a finite number")
    return f"{value:,.2f}"


def days_of(amount: str) -> str:
    """Return days for reading: ``1 day``, ``2.5 days``."""
    return f"{amount} day{'' if amount == '1' else 's'}"


def picked(source: Mapping[str, Any], *names: str) -> dict[str, Any]:
    """Return exactly `names` of `source`; raises `KeyError` where one is missing."""
    return {name: source[name] for name in names}
