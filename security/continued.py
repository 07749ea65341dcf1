"""What the page is told of a link that came by text."""

from __future__ import annotations

from security.frozen import Frozen


class Continued(Frozen):
    """What was asked for by text, in words. `expires_in`: seconds; `changes`: it is no read."""

    asked: str
    changes: bool
    expires_in: int
