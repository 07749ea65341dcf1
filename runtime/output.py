"""Nothing but the log's own lines leaves a process: not what is printed, warned of, or thrown.

`print`, tracebacks of threads, of tasks and of what nobody caught, and warnings all end on
standard output or error, which the launcher keeps in the same file as the log.
"""

from __future__ import annotations

import io
import logging
import os
import sys
import threading
import warnings
from types import TracebackType
from typing import Any, TextIO

import structlog

LOGGER = "runtime.output"


class Unsaid(io.TextIOBase):
    """A text stream that drops what is written to it. It still has the descriptor's number."""

    encoding = "utf-8"

    def __init__(self, instead_of: TextIO) -> None:
        super().__init__()
        self._instead_of = instead_of

    def write(self, text: str) -> int:
        """Drop the text."""
        return len(text)

    def writable(self) -> bool:
        """Tell that one may write."""
        return True

    def fileno(self) -> int:
        """Return the descriptor: libraries ask it whether it is a terminal."""
        return self._instead_of.fileno()

    def isatty(self) -> bool:
        """Tell that nobody watches."""
        return False


class LogOutput(logging.Handler):
    """Writes each line at once to a descriptor. A line that cannot be written is counted.

    The standard library would print the message and its arguments where writing fails.
    """

    def __init__(self, descriptor: int) -> None:
        super().__init__()
        self._descriptor = descriptor
        self.lost = 0
        """How many lines could not be written."""

    def be_alone(self) -> None:
        """Let nothing else reach the log: libraries in C write to standard error by its number."""
        self._descriptor = os.dup(self._descriptor)
        nowhere = os.open(os.devnull, os.O_WRONLY)
        for standard in (1, 2):
            os.dup2(nowhere, standard)
        os.close(nowhere)

    def emit(self, record: logging.LogRecord) -> None:
        """Write one line whole, or count it as lost."""
        try:
            line = f"{self.format(record)}\n".encode("utf-8", "backslashreplace")
            while line:
                line = line[os.write(self._descriptor, line) :]
        except Exception:
            self.lost += 1


def say_nothing_else(hooks: Any = sys) -> None:
    """Let what is thrown and not caught, and what is warned of, be events; drop what is printed."""
    log: structlog.stdlib.BoundLogger = structlog.get_logger(LOGGER)

    def uncaught(
        kind: type[BaseException], error: BaseException, trace: TracebackType | None
    ) -> None:
        if not issubclass(kind, KeyboardInterrupt):
            log.critical("uncaught", exc_info=(kind, error, trace))

    def in_thread(given: threading.ExceptHookArgs) -> None:
        if given.exc_value is not None and not isinstance(given.exc_value, SystemExit):
            log.critical("uncaught_in_thread", exc_info=given.exc_value)

    def unraisable(given: Any) -> None:
        log.error("unraisable", exc_info=given.exc_value)

    def warned(
        message: Warning | str,
        category: type[Warning],
        filename: str,
        lineno: int,
        file: TextIO | None = None,
        line: str | None = None,
    ) -> None:
        where = f"{os.path.splitext(os.path.basename(filename))[0]}:{lineno}"
        log.warning("library_warning", kind=category.__name__, where=where)

    hooks.excepthook, hooks.unraisablehook = uncaught, unraisable
    threading.excepthook = in_thread
    warnings.showwarning = warned
    hooks.stdout, hooks.stderr = Unsaid(sys.stdout), Unsaid(sys.stderr)
    # Handlers that were made before hold the streams themselves, often by these names.
    hooks.__stdout__, hooks.__stderr__ = hooks.stdout, hooks.stderr
