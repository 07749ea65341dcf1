"""Words that come before anything else (CTIA; Twilio's default keywords)."""

from __future__ import annotations

import pytest

from security.sms.keywords import Keyword, keyword_of

SAID = {
    "STOP": Keyword.STOP,
    "stop": Keyword.STOP,
    " Stop. ": Keyword.STOP,
    "STOP ALL": Keyword.STOP,
    "stopall": Keyword.STOP,
    "Unsubscribe!": Keyword.STOP,
    "cancel": Keyword.STOP,
    "END": Keyword.STOP,
    "Quit": Keyword.STOP,
    "revoke": Keyword.STOP,
    "opt-out": Keyword.STOP,
    "START": Keyword.START,
    "unstop": Keyword.START,
    "help": Keyword.HELP,
    "INFO": Keyword.HELP,
    "More": Keyword.MORE,
}


@pytest.mark.parametrize(("text", "means"), SAID.items(), ids=SAID)
def test_a_word_is_known_however_it_is_written(text: str, means: Keyword) -> None:
    assert keyword_of(text) is means


@pytest.mark.parametrize(
    "text", ["stop my card", "cancel my order", "yes", "help me with leave", "", "…", "ｓｔｏｐ it"]
)
def test_a_sentence_is_a_sentence(text: str) -> None:
    assert keyword_of(text) is None
