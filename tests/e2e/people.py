"""The people of the demo, with codes that are right and have not been used."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

import pyotp
import yaml

from cli.people import PERSONAS

_STEP = 30
_MARGIN_SECONDS = 8
"""What a sign-in may take at most, so that a code of the step before is still good."""


@dataclass
class Person:
    """One person of the demo."""

    tenant: str
    username: str
    password: str
    totp_secret: str
    phone: str
    email: str
    last_step: int = 0

    def code(self) -> str:
        """Return a good code of a time step that was not used before (RFC 6238).

        The step before the present one counts too, so two sign-ins need no waiting.
        """
        now = time.time()
        wanted = self._next_step(now)
        time.sleep(max(0, wanted * _STEP - now))
        self.last_step = wanted
        return pyotp.TOTP(self.totp_secret).at(wanted * _STEP)

    def waits(self) -> bool:
        """Tell whether the next code is still to come."""
        now = time.time()
        return self._next_step(now) * _STEP > now

    def _next_step(self, now: float) -> int:
        step = int(now) // _STEP
        before_is_good = now % _STEP < _STEP - _MARGIN_SECONDS
        return max(self.last_step + 1, step - 1 if before_is_good else step)

    def wrong_code(self) -> str:
        """Return six digits that are no code near this time."""
        step = int(time.time()) // _STEP
        good = {pyotp.TOTP(self.totp_secret).at((step + n) * _STEP) for n in range(-3, 4)}
        return next(
            code for code in ("000000", *map(str, range(111111, 1000000))) if code not in good
        )


def people() -> dict[str, Person]:
    """Return everybody by user name."""
    listed = yaml.safe_load(PERSONAS.read_text())["people"]
    wanted = ("tenant", "username", "password", "totp_secret", "phone", "email")
    return {each["username"]: Person(**{key: each[key] for key in wanted}) for each in listed}


def accounts(username: str) -> list[dict[str, Any]]:
    """Return a customer's accounts as demo/personas.yml has them."""
    listed = yaml.safe_load(PERSONAS.read_text())["banking"]["accounts"]
    return [account for account in listed if account["owner"]["username"] == username]
