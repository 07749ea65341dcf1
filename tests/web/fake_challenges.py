"""Challenges of the fake gateway: every way of answering one, its delivery, its limits."""

from __future__ import annotations

import base64
import secrets
from typing import Any

import orjson

CODE = "492816"
RECOVERY_CODE = "abcd-efgh-jkmn"
NUMBER = "42"
"""What the device of a push is to be given."""
HINTS = {"sms": "•••• 12", "email": "a•••@e•••.org"}
DETAILS = [
    {"label": "To", "value": "Anna Berg, •••• 1234"},
    {"label": "Amount", "value": "50.00 EUR"},
    {"label": "From", "value": "Current account, •••• 4021"},
]
BINDING = "Pay 50.00 EUR to Anna Berg"
CONFIRMATION = {"kind": "confirmation", "title": BINDING, "rows": DETAILS, "state": "waiting"}
RECEIPT = {"kind": "receipt", "title": "Paid 50.00 EUR to Anna Berg", "rows": DETAILS}
ASKED = {"rpId": "localhost", "userVerification": "required", "timeout": 60_000}
"""What is asked of a browser beside the challenge."""
Json = dict[str, Any]


class FakeChallenges:
    """How challenges behave; a test sets it."""

    def __init__(self) -> None:
        self.methods = ["totp"]
        self.delivery = "sent"
        """What a look at a challenge says of a code that was being sent."""
        self.resend_in = 30
        self.confirmed = False
        """Whether the device of a push has confirmed."""
        self.panel: list[Json] = []
        """What a confirmation asks for beside the code."""

    def open(self, purpose: str, binding: str) -> Json:
        """Return a new challenge."""
        challenge: Json = {
            "id": secrets.token_urlsafe(8),
            "purpose": purpose,
            "methods": list(self.methods),
            "binding": binding,
            "expires_in": 300,
            "attempts_left": 5,
        }
        if purpose == "confirm":
            challenge["details"] = DETAILS
            challenge |= {"panel": self.panel} if self.panel else {}
        self.choose(challenge, self.methods[0])
        return challenge

    def choose(self, challenge: Json, method: str) -> None:
        """Answer by `method`; a code is sent where codes are."""
        for name in ("destination_hint", "delivery", "resend_in", "passkey", "number", "answered"):
            challenge.pop(name, None)
        challenge["method"] = method
        if method == "passkey":
            challenge["passkey"] = {"challenge": "Y2hhbGxlbmdl", **ASKED}
        if method == "push":
            challenge.update(number=NUMBER, delivery="sending", resend_in=self.resend_in)
        if method in HINTS:
            told = {"delivery": "sending", "resend_in": self.resend_in}
            challenge.update(destination_hint=HINTS[method], **told)

    def look(self, challenge: Json) -> None:
        """Time has passed: what was being sent has arrived, or not."""
        if "delivery" in challenge:
            challenge["delivery"] = self.delivery
        if challenge["method"] == "push" and self.confirmed:
            challenge["answered"] = True

    def right(self, challenge: Json, body: Json) -> bool:
        """Tell whether a code is the one; of a passkey, that it is one for this challenge."""
        if challenge["method"] == "passkey":
            said = base64.urlsafe_b64decode(body["credential"]["response"]["clientDataJSON"] + "==")
            told: Json = orjson.loads(said)
            return bool(told["challenge"] == challenge["passkey"]["challenge"])
        if challenge["method"] == "push":
            return self.confirmed and "code" not in body
        code = body.get("code")
        return code == (RECOVERY_CODE if challenge["method"] == "recovery" else CODE)
