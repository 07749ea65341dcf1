"""No word of a person reaches a log, whatever a library finds worth telling.

Rasa and its libraries write what people type into messages, tracebacks and warnings. So their
warnings and errors keep their place and level and lose their text, and what they chat about
below that is dropped; only our own events, which are constants, stay as they are.
"""

from __future__ import annotations

import logging
import os

from runtime.logs import configure_logs

OURS = ("dialogue", "runtime")


class OwnWordsOnly(logging.Filter):
    """Replaces the text of everyone else's warnings by where they came from; drops the rest."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Keep our records as they are, and of the others that something went wrong."""
        if record.name.split(".")[0] not in OURS:
            if record.levelno < logging.WARNING:
                return False
            record.msg = f"library message at {record.module}:{record.lineno}"
            record.args = None
            record.exc_info = None
            record.exc_text = None
            record.stack_info = None
        return True


def keep_level(level: int) -> None:
    """Put the level back that a library changed while it was imported."""
    logging.getLogger().setLevel(level)


def configure_quiet_logs(level: int) -> None:
    """Write JSON lines of our own words at `level`, and switch everything chatty off."""
    os.environ["RASA_TELEMETRY_ENABLED"] = "false"
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    # Sentences are small: more threads of linear algebra only get into each other's way.
    os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = "1"
    # Libraries put their own filters back; so warnings go where nobody reads them.
    logging.captureWarnings(True)
    logging.getLogger("py.warnings").disabled = True
    configure_logs("rasa", level)
    for handler in logging.getLogger().handlers:
        handler.addFilter(OwnWordsOnly())
