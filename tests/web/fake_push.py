"""What waits for a device of the fake gateway, and what the device answers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.web.fake_challenges import NUMBER

Json = dict[str, Any]
PAYMENT: Json = {
    "id": "push-1",
    "binding": "Pay 12.00 EUR to Anna Berg",
    "details": [["Amount", "12.00 EUR"], ["To", "Anna Berg"]],
    "challenge": "challenge-of-the-push",
    "tenant": "Northwind Bank",
    "expires_in": 240,
    "attempts_left": 3,
}


@dataclass
class FakePush:
    """One device that is known, with what waits for it."""

    refuse: Callable[..., Exception]
    waiting: list[Json] = field(default_factory=list)
    known: bool = True
    answers: list[Json] = field(default_factory=list)

    def call(self, path: str, body: Json) -> Any:
        """Answer one call below `/api/push/`."""
        if not self.known:
            raise self.refuse(401, "device_refused", "This browser is not your device any more.")
        if path == "waiting":
            return self.waiting
        self.answers.append(body)
        [push] = self.waiting
        if body["decision"] == "approve" and body["number"] != NUMBER:
            push["attempts_left"] -= 1
            left = push["attempts_left"]
            raise self.refuse(422, "wrong_number", "That is not the number.", attempts_left=left)
        self.waiting = []
        return {"status": "approved" if body["decision"] == "approve" else "refused"}
