"""Codes that are sent, and recovery codes: how they are made, typed and masked."""

from __future__ import annotations

import re
import secrets

from security.challenges.totp import normalise

DIGITS = 6
RECOVERY_CODES = 10
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
_GROUPS, _GROUP = 3, 4


def new_code() -> str:
    """Return six random digits (NIST SP 800-63B 5.1.3.2: at least 20 bits with few guesses)."""
    return f"{secrets.randbelow(10**DIGITS):0{DIGITS}d}"


def typed_code(text: str) -> str | None:
    """Return the six digits of a typed or pasted code, or None where it is not one."""
    return normalise(text)


def new_recovery_codes() -> list[str]:
    """Return ten codes of about 59 bits each, in groups: `abcd-efgh-jkmn`."""
    return [_recovery_code() for _ in range(RECOVERY_CODES)]


def typed_recovery_code(text: str) -> str | None:
    """Return a recovery code as it was made, or None where it is not one."""
    letters = re.sub(r"[\s\u00a0-]", "", text).lower()
    if len(letters) != _GROUPS * _GROUP or not set(letters) <= set(_LETTERS):
        return None
    return _grouped(letters)


def masked(destination: str) -> str:
    """Return a number or mail address that its owner recognises and nobody else learns."""
    name, at, domain = destination.partition("@")
    if at:
        return f"{name[:1]}•••@{domain[:1]}•••{domain[domain.rfind('.') :]}"
    return f"•••• {destination[-2:]}"


def _recovery_code() -> str:
    return _grouped("".join(secrets.choice(_LETTERS) for _ in range(_GROUPS * _GROUP)))


def _grouped(letters: str) -> str:
    return "-".join(letters[i : i + _GROUP] for i in range(0, len(letters), _GROUP))
