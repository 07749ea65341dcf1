"""Whether the trail can be relied on: where it cannot, no operation is allowed (ASVS 16.5.3)."""

from __future__ import annotations

from security.errors import Refused


class TrailGate:
    """Closed while checkpoints cannot be made or kept.

    What protects does not pass here: signing out, revocation, locking, taking back a request.
    """

    def __init__(self) -> None:
        self.closed = False

    def check(self) -> None:
        """Raise `Refused("security_unavailable")` while this is closed."""
        if self.closed:
            raise Refused("security_unavailable")
