"""Structured logs: one JSON object a line on standard error, the launcher stores them.

Events are constants, never built from what a person typed, and that is not left to good manners:
`runtime.log_gate` lets through what its list names and nothing else, at every level.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping

import structlog
from structlog.typing import Processor

from runtime.log_gate import LogGate, is_ours
from runtime.log_records import cleaning, reduced
from runtime.output import LogOutput, say_nothing_else

LOG_LEVEL = "GATEHOUSE_LOG_LEVEL"
LEVELS = ("debug", "info", "warning", "error")


class UnknownLevel(ValueError):
    """`GATEHOUSE_LOG_LEVEL` names none of `LEVELS`."""

    def __init__(self) -> None:
        super().__init__(f"{LOG_LEVEL} is one of {', '.join(LEVELS)}")


def level_of(environ: Mapping[str, str] = os.environ) -> int:
    """Return how much is to be logged, `info` unless told. Raises `UnknownLevel`."""
    name = (environ.get(LOG_LEVEL) or "info").strip().lower()
    if name not in LEVELS:
        raise UnknownLevel
    level: int = getattr(logging, name.upper())
    return level


def configure_logs(process: str, level: int | None = None) -> None:
    """Make the log the only thing that this process writes, as JSON lines on standard error.

    `level`: that of `GATEHOUSE_LOG_LEVEL` unless given. It is for our own events; libraries are
    heard from `warning` on, and without a word of what they say. Raises `UnknownLevel`.
    """
    wanted = level_of() if level is None else level
    output = LogOutput(2)
    output.setFormatter(_formatter(LogGate(process)))
    output.addFilter(_worth_it)
    _configure_structlog(wanted)
    logging.raiseExceptions = False  # It would print what could not be written.
    logging.setLogRecordFactory(cleaning(logging.LogRecord))
    root = logging.getLogger()
    root.handlers[:] = [output]
    root.setLevel(wanted)
    for noisy in ("uvicorn.access", "aiohttp.access", "sanic.access"):
        logging.getLogger(noisy).disabled = True
    say_nothing_else()


def now_serving() -> None:
    """Let no line hold free words from now on: strangers are about to be heard."""
    for handler in logging.getLogger().handlers:
        if isinstance(handler, LogOutput) and isinstance(handler.formatter, _Formatter):
            handler.formatter.gate.serves = True
            handler.be_alone()


class _Formatter(structlog.stdlib.ProcessorFormatter):
    gate: LogGate


def _worth_it(record: logging.LogRecord) -> bool:
    return record.levelno >= logging.WARNING or is_ours(record.name)


_SHARED: tuple[Processor, ...] = (
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
)


def _configure_structlog(level: int) -> None:
    structlog.configure(
        processors=[*_SHARED, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.make_filtering_bound_logger(level),
        cache_logger_on_first_use=True,
    )


def _formatter(gate: LogGate) -> logging.Formatter:
    made = _Formatter(
        foreign_pre_chain=list(_SHARED),
        processors=[
            reduced,
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            gate,
            structlog.processors.JSONRenderer(),
        ],
    )
    made.gate = gate
    return made
