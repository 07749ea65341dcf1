"""Which operations are a person's yes to something, and which take it back: pure rules.

There is no other consent: nothing is measured, sold or shown to anybody for advertising, so there
is nothing to consent to (`ANALYTICS`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

SUPPORT, WORDS = "support_acts_for_you", "words_go_to_the_desk"
ANALYTICS = "none: nobody measures what you do here"
"""What an export says of analytics."""


@dataclass(frozen=True)
class Consent:
    """What one yes is to; `version` counts the wordings that people were asked in."""

    what: str
    version: int
    minutes: str | None = None
    """The argument that says for how long, where it ends by itself."""
    if_argument: str | None = None
    """The argument without which nothing was consented to."""

    def is_given_by(self, arguments: Mapping[str, Any]) -> bool:
        """Tell whether these arguments are a yes."""
        return self.if_argument is None or bool(arguments.get(self.if_argument))

    def ends_at(self, arguments: Mapping[str, Any], now: datetime) -> datetime | None:
        """Return when it ends by itself, None where it lasts until it is withdrawn."""
        given = arguments.get(self.minutes) if self.minutes else None
        return now + timedelta(minutes=given) if isinstance(given, int) else None


GIVEN_BY: Mapping[str, Consent] = {
    "orders.allow_support": Consent(SUPPORT, version=1, minutes="minutes"),
    "it.request_person": Consent(WORDS, version=1, if_argument="words"),
}
WITHDRAWN_BY: Mapping[str, str] = {"orders.withdraw_support": SUPPORT}
