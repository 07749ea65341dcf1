"""The demo's cards, and what they were declined for, written beside their accounts."""

from __future__ import annotations

import secrets
from datetime import date, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import Connection, bindparam, insert, select

from apis.banking.money import minor_units
from apis.banking.tables import AccountRow, CardRow, DeclineRow
from apis.common.sealing.columns import looked_up

if TYPE_CHECKING:
    from apis.banking.seed import SeedCard

_ACCOUNT = select(AccountRow.id, AccountRow.tenant, AccountRow.subject).where(
    AccountRow.tenant == bindparam("tenant"), AccountRow.number_key == bindparam("number_key")
)


def write_card(connection: Connection, card: SeedCard, tenant: str, today: date) -> None:
    """Write one card of the account's owner."""
    key = looked_up(connection, AccountRow.number_key, tenant, card.account)
    account = connection.execute(_ACCOUNT, {"tenant": tenant, "number_key": key}).one_or_none()
    if account is None:
        return  # A bank that was seeded with other accounts, before it knew of cards.
    values = {
        "id": f"crd_{secrets.token_urlsafe(16)}",
        "tenant": account.tenant,
        "subject": account.subject,
        "account_id": account.id,
        "kind": card.kind,
        "last_four": card.last_four,
        "state": card.state,
        "reason": card.reason,
        "since": None if card.state == "active" else today - timedelta(days=card.days_ago),
        "limit_minor": None if card.limit is None else minor_units(card.limit),
        "used_minor": minor_units(card.used),
    }
    connection.execute(insert(CardRow), values)
    for position, one in enumerate(card.declines):
        row = {
            "id": f"dec_{secrets.token_urlsafe(16)}",
            "tenant": account.tenant,
            "card_id": values["id"],
            "declined_on": today - timedelta(days=one.days_ago),
            "position": position,
            "merchant": one.merchant,
            "amount_minor": minor_units(one.amount),
            "currency": one.currency,
            "reason": one.reason,
        }
        connection.execute(insert(DeclineRow), row)
