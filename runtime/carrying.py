"""The trace that a piece of work belongs to, on its way to the next process (W3C Trace Context).

Held in a context variable, so that whatever is asked on behalf of a request carries it. Where
traces are off there is none, and asking costs a look.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

TRACEPARENT = "traceparent"
_CURRENT: ContextVar[str | None] = ContextVar("traceparent", default=None)


def carried() -> dict[str, str]:
    """Return the header that a call within this work carries; none where nothing is traced."""
    current = _CURRENT.get()
    return {} if current is None else {TRACEPARENT: current}


@contextmanager
def carrying(traceparent: str) -> Iterator[None]:
    """Let everything that is asked while the block runs belong to this span."""
    token = _CURRENT.set(traceparent)
    try:
        yield
    finally:
        _CURRENT.reset(token)
