"""What the change of a card's PIN takes, and what it answers: never the PIN."""

from __future__ import annotations

import datetime
from typing import Annotated

from pydantic import Field

from apis.banking.card_model import CardId, CardKind, LastFour
from apis.common.model import Strict

Pin = Annotated[str, Field(pattern=r"^[0-9]{4,6}$", repr=False)]
Salt = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{43}$", repr=False)]


class PinOrder(Strict):
    """Give one of the caller's cards another PIN.

    `salt` are 256 random bits: the token commits to the PIN together with them, and tells neither.
    """

    card: CardId
    kind: CardKind
    last_four: LastFour
    new_pin: Pin
    salt: Salt


class PinChange(Strict):
    """A card whose PIN is another one now."""

    kind: CardKind
    last_four: LastFour
    pin_changed_on: datetime.date
