"""Who keeps a code that is sent: we do (`local`), or a service does that also sends it (`verify`).

Our own codes are checked within the transaction that asks. A service's are asked about over the
network, so a guess is reserved before and settled after, and no transaction waits for it.
"""

from __future__ import annotations

from enum import Enum
from typing import Protocol

CHECK_SECONDS = 5.0
"""How long somebody waits for a service's answer."""

KEPT_FOR = frozenset({"sign_in", "step_up"})
"""For which purposes a service may keep the code. Its words say nothing of what is approved, so
a payment or a change of somebody's factors has a code, and a message, of our own."""

CODE_DIGITS = 6


class Verdict(Enum):
    """What a service says of a code; `UNKNOWN`: it said nothing that could be relied on."""

    RIGHT = "right"
    WRONG = "wrong"
    UNKNOWN = "unknown"


class Verifier(Protocol):
    """A service that makes codes, sends them by SMS and keeps them."""

    async def start(self, to: str, name: str, earlier: str | None) -> str:
        """Send a code to a number and return the id of this verification, new each time.

        `name` is who asks for it, as the person knows them; `earlier` is the last verification of
        this number, whose code is worth nothing from here on. Raises `CannotSend`.
        """

    async def check(self, verification: str, code: str) -> Verdict:
        """Ask whether a code is that of a verification. Never raises for what the service does."""

    async def reach(self) -> None:
        """Ask whether the service would work with us, and send nothing. Raises `CannotSend`."""

    async def close(self) -> None:
        """Let go of connections."""
