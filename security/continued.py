"""What the page is told of a link that leads there."""

from __future__ import annotations

from typing import Literal

from security.frozen import Frozen


class Continued(Frozen):
    """What was asked for, in words, and where: by text message, or in a chat on another site.

    `expires_in`: seconds; `changes`: it is no read. `words` are the person's own, where they go
    along: a read may be the first step of what they ask for, so a person sees them first.
    """

    asked: str
    asked_by: Literal["text", "site"]
    changes: bool
    words: str | None = None
    expires_in: int
