"""A write that nobody approves: what a test needs to have one, and to ask for it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from security.errors import Refused
from security.model import BotMessage, OpenTurn
from security.operations.classes import CLASSES
from security.operations.confirmation import Telling
from security.operations.manifest import Operation
from tests.security.visitor import Visitor
from tests.security.world import Origin

BOOK = "banking.add_payee"
NOON: dict[str, Any] = {"name": "Dr Dana at noon", "number": "XN14NWBK000100274021"}
BOOKED: dict[str, Any] = {"name": "Dr Dana at noon", "number": "•••• 4021"}


def personal_write(origin: Origin, kind: str = "personal") -> dict[str, Operation]:
    """Return a write of the project as if its class asked for no approval."""
    operation = replace(
        origin.operations[BOOK],
        kind=kind,
        demand=CLASSES[kind],
        confirmation=None,
        telling=Telling(title="Book {name}", done="Booked {name}"),
    )
    return {BOOK: operation}


async def book(visitor: Visitor, turn: OpenTurn, **changed: Any) -> Any:
    """Let an action ask for it, with this turn's ticket."""
    return await visitor.world.actions.invoke(
        turn.ticket, BOOK, {**NOON, **changed}, "action_book_appointment"
    )


async def booked(visitor: Visitor, **changed: Any) -> Any:
    """Ask for it in a turn of its own, which ends with the answer."""
    turn = await visitor.say("book the doctor")
    result = await book(visitor, turn, **changed)
    await visitor.hear(turn, BotMessage(text="Booked."))
    return result


async def booking_refused(visitor: Visitor, code: str) -> None:
    """Ask for it in a turn of its own, and be refused."""
    turn = await visitor.say("book the doctor")
    with pytest.raises(Refused, match=f"^{code}$"):
        await book(visitor, turn)
    await visitor.hear(turn, BotMessage(text="Sorry.", refused=code))


def writes(visitor: Visitor) -> list[tuple[str, str]]:
    """Return id and state of all writes, oldest first."""
    query = "SELECT id, state FROM pending_operations WHERE kind = 'write' ORDER BY created_at"
    return [(row, state) for row, state in visitor.world.sql(query)]


def keys(visitor: Visitor) -> list[str | None]:
    """Return the keys under which writes reached the API, in order."""
    return [call.key for call in visitor.world.api.calls if call.operation == BOOK]
