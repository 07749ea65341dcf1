"""Time-based one-time codes (RFC 6238): six digits, 30 s, each step good once (ASVS 6.5.1)."""

from __future__ import annotations

import hmac
import re
from datetime import datetime

import pyotp

STEP_SECONDS = 30
_SIX_DIGITS = re.compile(r"[0-9]{6}")


def normalise(code: str) -> str | None:
    """Return the six digits of a typed or pasted code, or None where it is not one."""
    digits = re.sub(r"[ \u00a0-]", "", code)
    return digits if _SIX_DIGITS.fullmatch(digits) else None


def code_at(secret: str, now: datetime) -> tuple[str, int]:
    """Return the code of this moment, and for how many seconds more it is that of the moment."""
    seconds = int(now.timestamp())
    code = pyotp.TOTP(secret, interval=STEP_SECONDS).generate_otp(seconds // STEP_SECONDS)
    return code, STEP_SECONDS - seconds % STEP_SECONDS


def matching_step(secret: str, code: str, last_step: int, now: datetime) -> int | None:
    """Return the time step whose code this is, or None.

    Accepts the present step and the one before (one step of delay, RFC 6238 section 5.2), and
    never a step at or before `last_step`, the last one that was used. `secret` is base32.
    """
    digits = normalise(code)
    if digits is None:
        return None
    totp = pyotp.TOTP(secret, interval=STEP_SECONDS)
    present = int(now.timestamp()) // STEP_SECONDS
    found = None
    for step in (present, present - 1):
        # Both steps are always computed and compared, so that time tells nothing.
        same = hmac.compare_digest(totp.generate_otp(step), digits)
        if same and step > last_step and found is None:
            found = step
    return found
