"""Which public keys are published while the signing key changes: pure rules at a moment.

A key is known to every API before it signs, and honoured until whatever it signed is dead.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from security.tokens.keys import PublicKey
from security.tokens.verifier import MAX_LIFE

SKEW = timedelta(seconds=5)
"""How far the clocks of two hosts may be apart."""
HONOURED = MAX_LIFE + SKEW
"""How long a key that no longer signs is honoured."""
KNOWN_AFTER = timedelta(seconds=3)
"""How long a published key waits before it signs: APIs look for keys every second."""


def with_next(published: Iterable[PublicKey], new: PublicKey, now: datetime) -> list[PublicKey]:
    """Return what is published before `new` signs: it stands beside those that are honoured."""
    return [new, *(key for key in published if key.is_honoured(now) and key.kid != new.kid)]


def with_signing(
    published: Sequence[PublicKey], signing: PublicKey, now: datetime, honoured: timedelta
) -> list[PublicKey]:
    """Return what is published once `signing` signs: every other key has an end.

    The end of a key that has one already does not move away. Also what a start publishes: a key
    that was left without an end by a crash gets one.
    """
    last = now + honoured
    ending = (
        replace(key, until=last if key.until is None else min(key.until, last))
        for key in published
        if key.kid != signing.kid
    )
    return [replace(signing, until=None), *(key for key in ending if key.is_honoured(now))]
