"""What a turn needs of the turns before it: the state they left, and the last few events.

Rasa rebuilds a conversation by replaying its events. Replaying all of them makes a turn dearer
than the one before it, so each stored row carries the state that preceded it: the row can then
stand first in a window, and nothing older is ever loaded.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import rasa.shared.utils.common
from rasa.shared.core.constants import ACTION_LISTEN_NAME, ACTION_SESSION_START_NAME
from rasa.shared.core.events import (
    ActionExecuted,
    ActionExecutionRejected,
    ActiveLoop,
    BotUttered,
    ConversationPaused,
    Event,
    LoopInterrupted,
    SessionStarted,
    SlotSet,
    UserUttered,
)
from rasa.shared.core.trackers import DialogueStateTracker, TrackerActiveLoop


class EventCodec:
    """Turns events into JSON objects and back; knows each event class by its name."""

    def __init__(self) -> None:
        classes = rasa.shared.utils.common.all_subclasses(Event)
        self._classes = {known.type_name: known for known in reversed(classes)}

    def decode(self, stored: Iterable[dict[str, Any]]) -> list[Event]:
        """Return the events. Raises `KeyError` for one that this Rasa does not know."""
        return [self._classes[item["event"]]._from_parameters(item) for item in stored]

    @staticmethod
    def encode(events: Iterable[Event]) -> list[dict[str, Any]]:
        """Return the events as JSON objects, without what no later turn may read."""
        return [_lean(event) for event in events]


def state_before(tracker: DialogueStateTracker) -> list[Event]:
    """Return events that, replayed on an empty tracker, give the state of `tracker`.

    Written at the boundary between two turns, where Rasa listens: slots, the active form with
    its flags, and a pause. What was said is not state.
    """
    if not tracker.events:
        return []
    events: list[Event] = [ActionExecuted(ACTION_SESSION_START_NAME), SessionStarted()]
    events += _slots(tracker)
    loop = tracker.active_loop
    if loop is not None and loop.name is not None:
        events.append(ActiveLoop(loop.name))
    if tracker.is_paused():
        events.append(ConversationPaused())
    events.append(ActionExecuted(ACTION_LISTEN_NAME))
    return events + _flags(loop)


def _slots(tracker: DialogueStateTracker) -> list[Event]:
    changed = (slot for slot in tracker.slots.values() if slot.value != slot.initial_value)
    return [SlotSet(slot.name, slot.value) for slot in changed]


def _flags(loop: TrackerActiveLoop | None) -> list[Event]:
    # Last, because an action clears them.
    events: list[Event] = []
    if loop is not None and loop.rejected:
        events.append(ActionExecutionRejected(loop.name))
    if loop is not None and loop.is_interrupted:
        events.append(LoopInterrupted(True))
    return events


def last_events(tracker: DialogueStateTracker, count: int) -> Sequence[Event]:
    """Return the last `count` events of `tracker`."""
    return list(tracker.events)[-count:]


def _lean(event: Event) -> dict[str, Any]:
    item: dict[str, Any] = event.as_dict()
    if isinstance(event, UserUttered):
        # A ticket is good for one turn: no later one may find it.
        item["metadata"] = {}
        item["parse_data"] = {**event.parse_data, "metadata": {}}
    elif isinstance(event, BotUttered):
        # The words stay, for "say that again", and the choices, for "the first one"; cards and
        # the figures in templates do not.
        buttons = event.data.get("buttons")
        item["data"] = {"buttons": buttons} if buttons else {}
        item["metadata"] = {}
    return item
