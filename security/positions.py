"""Where a reader of a conversation is: the id of an event, and what `Last-Event-ID` brings back.

`MOMENT.TURN.NUMBER`: when the turn was closed (microseconds since 1970), its public name, and
which of its messages, from 0 on. A name is keyed and bound to its conversation, so that a
position of another one, or an invented one, is none here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

BEGINNING = "0"
"""The position before the first message of any conversation."""

_FORM = re.compile(r"([0-9]{1,17})\.([a-f0-9]{32})\.([0-9]{1,3})", re.ASCII)


@dataclass(frozen=True)
class Position:
    """One message. `moment` is in microseconds."""

    moment: int
    turn: str
    number: int

    def __str__(self) -> str:
        return f"{self.moment}.{self.turn}.{self.number}"


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
START = Position(0, "", 0)


def moment_of(at: datetime) -> int:
    """Return the whole microseconds since 1970."""
    return (at - _EPOCH) // timedelta(microseconds=1)


def time_of(moment: int) -> datetime:
    """Return the moment of so many microseconds since 1970."""
    return _EPOCH + timedelta(microseconds=moment)


def position_of(text: str) -> Position | None:
    """Read a position; None where it cannot be one."""
    if text == BEGINNING:
        return START
    form = _FORM.fullmatch(text)
    return Position(int(form[1]), form[2], int(form[3])) if form else None
