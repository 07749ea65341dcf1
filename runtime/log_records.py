"""Records without what people said: cleaned when they are made, whoever handles them later.

Libraries write what they were given into messages, arguments, tracebacks and warnings, and some
bring handlers of their own. So a record of the standard library's logging loses its text at birth,
and an exception is the names of its types and the lines of the program where it passed.
"""

from __future__ import annotations

import logging
import os
import sys
import traceback
from collections.abc import Callable, Mapping, MutableMapping
from typing import Any

from runtime.log_gate import LIBRARY, is_ours

FACTS = "gatehouse_facts"
"""The attribute of a cleaned record with what is left of it."""
_FRAMES, _CAUSES = 6, 4


def clean(record: logging.LogRecord) -> logging.LogRecord:
    """Take from `record` everything but who made it, where and how loudly.

    An event of ours, which is a dictionary that structlog made, stays: `LogGate` looks at it.
    """
    copied = record.name is None  # By `logging.makeLogRecord`, which brings the rest itself.
    if copied or (isinstance(record.msg, Mapping) and is_ours(record.name)):
        return record
    facts: dict[str, Any] = {"where": f"{record.module}:{record.lineno}"}
    if record.exc_info and record.exc_info[1] is not None:
        facts.update(without_values(record.exc_info[1]))
    record.msg, record.args = LIBRARY, None
    record.exc_info = record.exc_text = record.stack_info = None
    setattr(record, FACTS, facts)
    return record


def cleaning(make: Callable[..., logging.LogRecord]) -> Callable[..., logging.LogRecord]:
    """Return a factory of records like `make` that cleans what it makes."""

    def made(*arguments: Any, **named: Any) -> logging.LogRecord:
        return clean(make(*arguments, **named))

    return made


def without_values(error: BaseException) -> dict[str, list[str]]:
    """Return the types of `error` and of its causes, and the last lines that it passed."""
    kinds: list[str] = []
    cause: BaseException | None = error
    while cause is not None and len(kinds) < _CAUSES:
        kinds.append(type(cause).__name__)
        cause = cause.__cause__ or (None if cause.__suppress_context__ else cause.__context__)
    frames = traceback.extract_tb(error.__traceback__)[-_FRAMES:]
    where = [f"{os.path.basename(one.filename)}:{one.lineno} {one.name}" for one in frames]
    return {"exception": kinds, "where": where or ["unknown:0"]}


def reduced(
    _logger: Any, _method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """Put the types of an exception in the place of the exception: a structlog processor."""
    given = event.pop("exc_info", None)
    given = sys.exc_info() if given is True else given
    error = given[1] if isinstance(given, tuple) else given
    if isinstance(error, BaseException):
        event.update(without_values(error))
    record = event.get("_record")
    if isinstance(record, logging.LogRecord):
        event.update(getattr(record, FACTS, {}))
    return event
