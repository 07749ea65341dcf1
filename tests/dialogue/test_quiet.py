"""No word of a person reaches a log, whoever writes it (ASVS 16.2.5)."""

from __future__ import annotations

import logging
import sys

import pytest

from dialogue.quiet import OwnWordsOnly

PLANTED = "my code is 135790"


def record(name: str) -> logging.LogRecord:
    try:
        raise ValueError(PLANTED)
    except ValueError:
        return logging.LogRecord(
            name, logging.ERROR, "/lib/x.py", 7, "said %s", (PLANTED,), sys.exc_info()
        )


@pytest.mark.parametrize("name", ["rasa.core.processor", "sanic.error", "root", "dialogues", ""])
def test_a_library_says_where_and_not_what(name: str) -> None:
    """ASVS 16.2.5: neither message, arguments nor traceback."""
    written = record(name)
    assert OwnWordsOnly().filter(written)
    assert logging.Formatter().format(written) == "library message at x:7"


def test_a_library_does_not_chat() -> None:
    written = record("rasa.core.processor")
    written.levelno = logging.INFO
    assert not OwnWordsOnly().filter(written)


@pytest.mark.parametrize("name", ["dialogue.channel", "runtime.logs"])
def test_our_own_events_are_written_as_they_are(name: str) -> None:
    written = record(name)
    OwnWordsOnly().filter(written)
    assert written.getMessage() == f"said {PLANTED}"
