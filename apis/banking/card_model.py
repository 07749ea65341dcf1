"""What the bank says of cards: their kinds, their states, and why a payment was declined."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

CardId = Annotated[str, Field(pattern=r"^crd_[A-Za-z0-9_-]{22}$")]
LastFour = Annotated[str, Field(pattern=r"^[0-9]{4}$")]
CardKind = Literal["debit", "credit"]
CardState = Literal["active", "ordered", "frozen", "lost"]
"""An ordered card is on its way by post; a lost one is blocked for good."""
CardReason = Literal["owner", "fraud", "wrong_pin", "bank", "on_its_way"]
DeclineReason = Literal[
    "insufficient_funds",
    "limit_exceeded",
    "wrong_pin",
    "card_frozen",
    "card_lost",
    "account_frozen",
    "suspected_fraud",
]
