"""User names that a hurried reader takes for one another: pure rules.

A user name is plain ASCII already (`security.faces.admin_requests`), so letters of other scripts
cannot pretend to be Latin ones. What is left are signs that look alike in many typefaces.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterable

PATTERN = r"^[a-z0-9][a-z0-9._-]{0,63}$"
"""What a user name is."""

_ALIKE = (("rn", "m"), ("vv", "w"), ("cl", "d"))
_SINGLE = str.maketrans({"0": "o", "1": "l", "i": "l", "5": "s", "2": "z", "8": "b", "9": "g"})
_FILLERS = re.compile(r"[._-]")


def skeleton(username: str) -> str:
    """Return what all names have in common that look like this one."""
    plain = _FILLERS.sub("", username).translate(_SINGLE)
    for pair, looks_like in _ALIKE:
        plain = plain.replace(pair, looks_like)
    return plain


def mistakable(username: str, others: Iterable[str]) -> str | None:
    """Return one of `others` that this name could be taken for, None where there is none."""
    wanted = skeleton(username)
    return next((one for one in others if skeleton(one) == wanted), None)


def reference_of(username: str) -> str:
    """Return what a person is called in a path: their user name in base64url."""
    return base64.urlsafe_b64encode(username.encode()).rstrip(b"=").decode()


def username_of(reference: str) -> str | None:
    """Return whose reference this is; None for what none can be."""
    try:
        raw = base64.urlsafe_b64decode(reference + "=" * (-len(reference) % 4))
        username = raw.decode("ascii")
    except (binascii.Error, UnicodeDecodeError, ValueError):
        return None
    return username if reference_of(username) == reference else None
