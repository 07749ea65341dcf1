"""Rasa's process is as silent as every other: its libraries write what people type otherwise.

What may stand in a log at all is `runtime.log_gate`. Here is what Rasa needs beside it, before it
is imported: its telemetry off, its libraries single-threaded, and the level put back that they
change. Handlers that they bring are taken off again.
"""

from __future__ import annotations

import logging
import os
import warnings

from runtime.logs import UnknownLevel, configure_logs


def configure_quiet_logs() -> None:
    """Write JSON lines of our own words, and switch everything chatty off."""
    os.environ["RASA_TELEMETRY_ENABLED"] = "false"
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    # Sentences are small: more threads of linear algebra only get into each other's way.
    os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = "1"
    try:
        configure_logs("rasa")
    except UnknownLevel:
        configure_logs("rasa", logging.INFO)  # `read_settings` says what is wrong.
    # Each start would tell dozens of times that old libraries use older ones.
    warnings.showwarning = lambda *_, **__: None  # type: ignore[assignment]


def keep_level(level: int) -> None:
    """Undo what libraries did to the logs while they were imported: level, and own handlers."""
    logging.getLogger().setLevel(level)
    for name in list(logging.root.manager.loggerDict):
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.propagate = True
