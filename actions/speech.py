"""What an action says: a response of the domain, with values for its words and with a card."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Protocol

Card = Mapping[str, Any]


class Dispatcher(Protocol):
    """What is used of the SDK's `CollectingDispatcher`."""

    def utter_message(self, **message: Any) -> None:
        """Add one message to the action's answer."""
        ...


@dataclass
class Say:
    """Collects messages, and sends them only when all of them are well formed.

    One message carries both the response and the card: Rasa 3.6 draws up the response, then
    lays the action's own fields over it, so text and `custom` reach the channel as one
    message, and further fields (such as `refused`) stay beside them.
    """

    _messages: list[dict[str, Any]] = field(default_factory=list)

    def __call__(self, response: str, card: Card | None = None, **values: str) -> None:
        """Say `response`, a key of the domain, with `values` for the names in its text."""
        custom = {"json_message": {"card": dict(card)}} if card else {}
        self._messages.append({"response": response, **custom, **values})

    def send(self, dispatcher: Dispatcher) -> None:
        """Hand everything to the dispatcher, in the order in which it was said."""
        for message in self._messages:
            dispatcher.utter_message(**message)


def grouped(amount: str) -> str:
    """Return an amount for reading, ``2480.15`` as ``2,480.15``; raises for anything else."""
    value = Decimal(amount)
    if not value.is_finite():
        raise ValueError("an amount is a finite number")
    return f"{value:,.2f}"


def picked(source: Mapping[str, Any], *names: str) -> dict[str, Any]:
    """Return exactly `names` of `source`; raises `KeyError` where one is missing."""
    return {name: source[name] for name in names}
