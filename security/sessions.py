"""When a session lives, when its id changes, and what it shows: pure rules at a moment.

Limits are kept on the server (ASVS 7.3.1, 7.3.2): idle per tenant, absolute from creation.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from security.model import Assurance

ANONYMOUS_IDLE_SECONDS = 3_600
"""How long a session without a person may lie idle."""

GRACE = timedelta(seconds=10)
"""How long an id is still accepted that a timed rotation has replaced: requests overlap."""

LONGEST = timedelta(hours=12)
"""The most that any session lives; the settings allow no more (ASVS 7.3.2)."""

_ID_BYTES = 32
_EMBEDDED = "embed."
"""What the id of a session inside another site begins with: no other id has a full stop."""
_JITTER = timedelta(seconds=1)
"""How far a clock may be set back without a moment counting as the future."""


@dataclass(frozen=True)
class Limits:
    """How long a session may lie idle, and how long it may live at all, in seconds."""

    idle_seconds: int
    absolute_seconds: int


@dataclass(frozen=True)
class SessionState:
    """What the rules need to know of a session."""

    created_at: datetime
    last_seen_at: datetime
    ended_at: datetime | None
    limits: Limits


SHORT = Limits(idle_seconds=75, absolute_seconds=300)
"""Those of a session that is there to show how one ends: a minute, not a quarter of an hour."""


def idle_after_sign_in(absolute_seconds: int, tenant_idle_seconds: int) -> int:
    """Return the idle limit of a person: the tenant's, and never more than a short session's."""
    if absolute_seconds == SHORT.absolute_seconds:
        return min(SHORT.idle_seconds, tenant_idle_seconds)
    return tenant_idle_seconds


def new_session_id(channel: str = "web") -> str:
    """Return 256 random bits in base64url (ASVS 7.2.3).

    The kind of a session is part of its id, and so of what is stored of it: nobody can present
    one as the other, in whatever cookie.
    """
    kind = _EMBEDDED if channel == "embed" else ""
    return kind + secrets.token_urlsafe(_ID_BYTES)


def hash_of(secret: str) -> str:
    """Return what is stored in place of an id that is worth something: its SHA-256, in hex."""
    return hashlib.sha256(secret.encode()).hexdigest()


def idle_seconds_left(session: SessionState, now: datetime) -> float:
    """Return the seconds until the idle limit; zero or less means that it has passed."""
    return session.limits.idle_seconds - (now - session.last_seen_at).total_seconds()


def absolute_seconds_left(session: SessionState, now: datetime) -> float:
    """Return the seconds until the absolute limit, which nothing extends."""
    return session.limits.absolute_seconds - (now - session.created_at).total_seconds()


def is_live(session: SessionState, now: datetime) -> bool:
    """Tell whether the session may be used at `now`; at the limit itself it may not."""
    return (
        session.ended_at is None
        and now >= session.created_at - _JITTER
        and idle_seconds_left(session, now) > 0
        and absolute_seconds_left(session, now) > 0
    )


def rotation_is_due(new_since: datetime, every_seconds: int, now: datetime) -> bool:
    """Tell whether an id that is new since `new_since` is to be replaced; at the limit it is."""
    return (now - new_since).total_seconds() >= every_seconds


def is_in_grace(retired_at: datetime, grace: timedelta, now: datetime) -> bool:
    """Tell whether a replaced id is still accepted; exactly `grace` after it is not."""
    return -_JITTER <= now - retired_at < grace


_ORDER: tuple[Assurance, ...] = ("none", "aal1", "aal2", "aal3")


def reaches(held: str, needed: str) -> bool:
    """Tell whether an assurance level is at least as strong as another. Unknown ones are not."""
    levels = {level: rank for rank, level in enumerate(_ORDER)}
    return held in levels and needed in levels and levels[held] >= levels[needed]


def is_fresh(proved_at: datetime | None, within: timedelta | None, now: datetime) -> bool:
    """Tell whether the last proof is recent enough; `within` None asks for no recency.

    A proof exactly `within` old is no longer fresh, and one from the future never is.
    """
    if within is None:
        return True
    if proved_at is None:
        return False
    return timedelta(0) <= now - proved_at < within
