"""Words that are honoured before anything else: whoever says one of them says nothing more.

The words at which carriers stop and start messages by themselves (Twilio's default opt-out
keywords; CTIA Messaging Principles, section 5.1.3). A sentence that only holds one is a sentence.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum


class Keyword(Enum):
    """What one of these words asks for."""

    STOP = "stop"
    START = "start"
    HELP = "help"
    MORE = "more"


_WORDS: Mapping[str, Keyword] = {
    **dict.fromkeys(
        ("stop", "stopall", "unsubscribe", "cancel", "end", "quit", "revoke", "optout"),
        Keyword.STOP,
    ),
    **dict.fromkeys(("start", "unstop"), Keyword.START),
    **dict.fromkeys(("help", "info"), Keyword.HELP),
    "more": Keyword.MORE,
}
OPT_OUT_WORDS = frozenset(word for word, means in _WORDS.items() if means is Keyword.STOP)
"""What no text of ours may ask for: the carrier would sign the number off."""


def keyword_of(text: str) -> Keyword | None:
    """Return what a whole message asks for; marks, blanks and capitals around it do not count."""
    bare = "".join(c for c in text.casefold() if c.isalnum() or c.isspace())
    return _WORDS.get("".join(bare.split()))
