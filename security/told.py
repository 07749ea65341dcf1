"""What the gateway's streams are told: events, and which sessions to read anew."""

from __future__ import annotations

from typing import Literal

from security.frozen import Frozen


class Event(Frozen):
    """One thing that a page is told; `data` is JSON. `id` is a position in the conversation.

    `reset`: nobody knows what this page has missed, so it reads everything anew.
    """

    event: Literal["message", "session", "challenge", "reset"]
    data: str
    id: str | None = None


class Reading(Frozen):
    """What a page has not been told yet, and what to ask with next time.

    `over`: this id gets nothing any more, because its session has `ended`, or because the session
    goes on under another id (`moved`). `again_in`: after how many seconds something changes by
    itself at the latest. `more`: there is more to read at once.
    """

    events: list[Event]
    name: str
    position: str
    mark: str
    again_in: float
    more: bool = False
    over: Literal["ended", "moved"] | None = None


class Touches(Frozen):
    """The names of sessions that something has happened to since; None: of any that there is."""

    at: str
    names: list[str] | None = None
