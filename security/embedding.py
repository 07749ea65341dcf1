"""What a chat inside another site may be: a channel of its own, at that site's word and no more.

The page around the frame is somebody else's, and could lay anything over it. So no proof is ever
taken there: no password, no code, no approval. Whatever needs one opens the full page.
"""

from __future__ import annotations

from security.model import Assurance
from security.operations.classes import Demand
from security.sessions import reaches

CHANNEL = "embed"
FULL_PAGE = "full_page_required"
"""The refusal of what is not done inside another site; `security.errors` has its words."""
MOST: Assurance = "aal1"
"""What a host site's word is worth, and so the most that a session of this channel holds."""


def may_hold(channel: str, assurance: str) -> bool:
    """Tell whether a session of this channel may be given this level."""
    return channel != CHANNEL or reaches(MOST, assurance)


def is_enough_for(demand: Demand) -> bool:
    """Tell whether what a class demands can be reached inside another site at all."""
    return reaches(MOST, demand.assurance) and not demand.confirmation
