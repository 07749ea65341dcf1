"""Logs: what a process said last, and when a file is put aside."""

from __future__ import annotations

import json

import pytest

from cli.logs import ROTATE_BYTES, last_words, rotate


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("", "nothing"),
        ("plain words\n", "plain words"),
        ('{"event": "started"}\n{"event": "cannot_bind"}\n', "cannot_bind"),
        (
            json.dumps({"event": "failed", "exception": ["OSError", "KeyError"]}) + "\n",
            "failed – OSError",
        ),
        (
            json.dumps({"event": "cannot_start", "said": "no model"}) + "\n",
            "cannot_start – no model",
        ),
        ("[1, 2]\n", "[1, 2]"),
        ("x" * 10_000, "x" * 200),
    ],
)
def test_the_last_words_are_readable(tmp_path, written, words):
    log = tmp_path / "a.log"
    log.write_text(written)
    assert last_words(log) == words


def test_attack_a_log_says_nothing_to_the_terminal_that_shows_it(tmp_path):
    """ASVS 13.2.4: the process wrote it, and the launcher's terminal would obey it."""
    log = tmp_path / "a.log"
    log.write_text("\x1b]52;c;cm0gLXJm\x07\x9b2J done\u202e\n")
    assert last_words(log) == "�]52;c;cm0gLXJm��2J done�"


def test_a_log_that_is_not_there_said_nothing(tmp_path):
    assert last_words(tmp_path / "a.log") == "nothing"


@pytest.mark.parametrize(("over", "moved"), [(-1, False), (0, False), (1, True)])
def test_a_log_is_put_aside_past_ten_megabytes(tmp_path, over, moved):
    log = tmp_path / "a.log"
    with log.open("wb") as file:
        file.truncate(ROTATE_BYTES + over)
    rotate(log)
    assert log.exists() is not moved
    assert (tmp_path / "a.log.1").exists() is moved
