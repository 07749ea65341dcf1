"""An operation that waits for a proof: its states, and the digest that binds the proof to it.

``waiting → approved → executing → done | failed | in_doubt``; `void` ends one that waits.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

import orjson


class State(StrEnum):
    """Where a pending operation is."""

    WAITING = "waiting"
    APPROVED = "approved"
    EXECUTING = "executing"
    DONE = "done"
    FAILED = "failed"
    IN_DOUBT = "in_doubt"
    VOID = "void"


MOVES: Mapping[State, frozenset[State]] = {
    State.WAITING: frozenset({State.APPROVED, State.VOID}),
    State.APPROVED: frozenset({State.EXECUTING, State.VOID}),
    State.EXECUTING: frozenset({State.DONE, State.FAILED, State.IN_DOUBT}),
    State.IN_DOUBT: frozenset({State.DONE, State.FAILED}),
    State.DONE: frozenset(),
    State.FAILED: frozenset(),
    State.VOID: frozenset(),
}


CONTINUED = "continued"
"""Why an operation waits that was asked for elsewhere, and why there it does so no longer."""

APPROVAL_LIFE = timedelta(minutes=1)
"""How long an approval waits to be used: the gateway comes back for it at once, or never."""


def may_move(current: State, to: State) -> bool:
    """Tell whether a pending operation in `current` may become `to`."""
    return to in MOVES[current]


def canonical(operation: str, arguments: Mapping[str, Any], purpose: str | None = None) -> bytes:
    """Return the bytes whose keyed digest stands for exactly this operation and arguments.

    A proof that was given for one purpose releases nothing for another.
    """
    said = [operation, dict(arguments), *([purpose] if purpose is not None else [])]
    return orjson.dumps(said, option=orjson.OPT_SORT_KEYS)


def is_open(state: str, expires_at: datetime, now: datetime) -> bool:
    """Tell whether a pending operation can still be proved or run at `now`."""
    return state in (State.WAITING, State.APPROVED) and now < expires_at
