"""Keeps of a card's PIN what can check it, and nothing that tells it.

There are only ten thousand PINs of four digits: a hash of any cost can be tried through by whoever
has the database. So what is hashed (Argon2id, RFC 9106) is first keyed with a pepper that the
database does not hold (NIST SP 800-63B section 3.1.1.2), and bound to its card.
"""

from __future__ import annotations

import hmac
from datetime import date
from hashlib import sha256
from typing import Any

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import Connection, bindparam, insert, select

from apis.banking.pin_model import PinChange, PinOrder
from apis.banking.tables import CardRow, PinRow
from apis.common.model import Owner
from apis.common.problems import ProblemError
from apis.common.relations import Relations, found
from apis.common.sealing.columns import rewrite

_CARD = select(CardRow.__table__).where(
    CardRow.tenant == bindparam("tenant"),
    CardRow.subject == bindparam("subject"),
    CardRow.id == bindparam("id"),
)
_PIN = select(PinRow.__table__).where(PinRow.card_id == bindparam("id"))


class Pins:
    """Makes and checks verifiers, with the bank's pepper."""

    def __init__(self, pepper: bytes, hasher: PasswordHasher | None = None) -> None:
        self._pepper = pepper
        self._hasher = hasher or PasswordHasher()

    def __repr__(self) -> str:
        return "Pins(…)"

    def verifier(self, card: str, pin: str) -> str:
        """Return what to keep of the PIN of this card."""
        return self._hasher.hash(self._keyed(card, pin))

    def matches(self, verifier: str, card: str, pin: str) -> bool:
        """Tell whether this is the PIN of this card."""
        try:
            return self._hasher.verify(verifier, self._keyed(card, pin))
        except (VerificationError, InvalidHashError):
            return False

    def _keyed(self, card: str, pin: str) -> bytes:
        return hmac.new(self._pepper, f"{card}\x00{pin}".encode(), sha256).digest()


def change(
    pins: Pins,
    relations: Relations,
    connection: Connection,
    owner: Owner,
    order: PinOrder,
    today: date,
) -> PinChange:
    """Keep the new PIN of a card that can be used; raises `ProblemError`."""
    bound = {"tenant": owner.tenant, "subject": owner.subject, "id": order.card}
    card: Any = connection.execute(_CARD, bound).one_or_none()
    if card is None:
        raise ProblemError("not_found")
    relations.require(owner, "change_pin", found("Card", card))
    if (card.kind, card.last_four) != (order.kind, order.last_four):
        raise ProblemError("details_changed")
    if card.state == "lost":
        raise ProblemError("card_blocked")
    kept = {"verifier": pins.verifier(card.id, order.new_pin), "changed_on": today}
    before = connection.execute(_PIN, {"id": card.id}).one_or_none()
    if before is None:
        named = {"card_id": card.id, "tenant": card.tenant}
        connection.execute(insert(PinRow), {**named, **kept})
    else:
        rewrite(connection, PinRow, before, **kept)
    return PinChange(kind=card.kind, last_four=card.last_four, pin_changed_on=today)
