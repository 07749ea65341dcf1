"""A request that takes several turns: what is known of it so far, kept in one slot.

The slot holds words and choices of the person, nothing that was proved and nothing that may be
done: security decides about the finished request, whatever stands in here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from rasa_sdk.events import SlotSet

from actions.base import Tracker
from actions.speech import Choice

SLOT = "open_request"
APPROVAL = "approval"
"""What is asked of a person whose confirmation the finished request waits for."""
MORE = "more"
"""What is asked where a list goes on: it waits for nothing, and nobody comes back to it."""
SHOW_MORE = Choice("Show more", "answer", {MORE: "yes"})

Details = Mapping[str, str]
"""What is known, by name; `<name>` holds words, `<name>_id` what was chosen of a list."""

_TOGETHER = (
    frozenset({"amount", "currency", "doubt"}),
    frozenset({"payee", "payee_id"}),
    frozenset({"account", "account_id"}),
    frozenset({"bill", "bill_id"}),
    frozenset({"card", "card_id"}),
    frozenset({"patient", "patient_id"}),
    frozenset({"order", "thing", "item_id", "older"}),
)


@dataclass(frozen=True)
class Request:
    """An open request: the action that it is for, what is known, and what was asked last."""

    action: str
    details: Details = field(default_factory=dict)
    asked: str | None = None
    """A detail or `APPROVAL`; while it is set, unclear words are taken for its answer."""
    tries: int = 0
    """How many answers in a row said nothing of it."""


@dataclass(frozen=True)
class Said:
    """What the person brought: words, or the entities of a choice (its title is no words)."""

    text: str = ""
    chosen: Details = field(default_factory=dict)
    asked: str | None = None


def open_request(tracker: Tracker) -> Request | None:
    """Return the open request of this conversation; None where there is none, or no sound one."""
    held = tracker.slots.get(SLOT)
    if not isinstance(held, dict) or not isinstance(held.get("action"), str):
        return None
    details, asked, tries = held.get("details"), held.get("asked"), held.get("tries", 0)
    if not isinstance(details, dict) or not all(
        isinstance(value, str) for value in details.values()
    ):
        return None
    if not isinstance(asked, str | None) or not isinstance(tries, int):
        return None
    return Request(held["action"], details, asked, tries)


def tells_of(asked: str, details: Details) -> bool:
    """Tell whether `details` say anything of what was asked."""
    return not _with(asked).isdisjoint(details)


def changed(before: Details, details: Details) -> Details:
    """Return `before` with `details`; what a new word replaces goes with all that belongs to it."""
    return {**without(before, *details), **details}


def without(details: Details, *names: str) -> Details:
    """Return `details` less `names` and all that belongs to them."""
    gone = frozenset[str]().union(*(_with(name) for name in names))
    return {name: value for name, value in details.items() if name not in gone}


def _with(name: str) -> frozenset[str]:
    return next((group for group in _TOGETHER if name in group), frozenset({name}))


def keep(request: Request) -> list[dict[str, Any]]:
    """Return the event that keeps `request` for the next turn."""
    return [SlotSet(SLOT, kept(request))]


def kept(request: Request) -> dict[str, Any]:
    """Return what the slot holds of `request`."""
    return {
        "action": request.action,
        "details": dict(request.details),
        "asked": request.asked,
        "tries": request.tries,
    }


def forget() -> list[dict[str, Any]]:
    """Return the event after which no request is open."""
    return [SlotSet(SLOT, None)]


def said_by(tracker: Tracker, asked: str | None = None) -> Said:
    """Return what the last message brings."""
    message = tracker.latest_message
    entities = message.get("entities")
    chosen = {
        item["entity"]: item["value"]
        for item in (entities if isinstance(entities, list) else [])
        if isinstance(item, dict)
        and isinstance(item.get("entity"), str)
        and isinstance(item.get("value"), str)
    }
    text = message.get("text")
    return Said("" if chosen or not isinstance(text, str) else text, chosen, asked)
