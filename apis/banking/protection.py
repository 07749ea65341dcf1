"""What protects a person's money, inside a transaction that the writer began.

Nothing here lets money out, and doing it twice does no more than doing it once: so it needs no
approval. `unfreeze` takes the protection away again, and does.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Connection, bindparam, insert, select, update

from apis.banking.model import masked
from apis.banking.money import decimal_text
from apis.banking.protection_model import (
    Dispute,
    DisputeOrder,
    FraudCase,
    FraudOrder,
    Freeze,
    FreezeOrder,
    LostCard,
    LostCardOrder,
    UnfreezeOrder,
)
from apis.banking.tables import AccountRow, CardRow, CaseRow, TransactionRow
from apis.common.model import Owner
from apis.common.problems import ProblemError
from apis.common.relations import Relations, found
from apis.common.sealing.asking import rows_of
from apis.common.sealing.columns import opened, rewrite

POST = timedelta(days=5)
"""How long a new card is on its way."""
_LETTERS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"


def _mine(rows: type[AccountRow | CardRow | CaseRow]) -> Any:
    bound = (rows.tenant == bindparam("tenant"), rows.subject == bindparam("subject"))
    return select(rows.__table__).where(*bound)


_ACCOUNT = _mine(AccountRow).where(AccountRow.id == bindparam("id"))
_CARD = _mine(CardRow).where(CardRow.id == bindparam("id"))
_CASE = _mine(CaseRow).where(CaseRow.number == bindparam("id"))
_OPEN_CASE = _mine(CaseRow).where(
    CaseRow.card_id == bindparam("id"), opened(CaseRow.kind) == "fraud"
)
_REPLACEMENT = _mine(CardRow).where(
    CardRow.account_id == bindparam("id"),
    opened(CardRow.state) == "ordered",
    opened(CardRow.kind) == bindparam("kind"),
)
_TRANSACTION = (
    select(TransactionRow.__table__, AccountRow.currency, AccountRow.subject)
    .join(AccountRow, AccountRow.id == TransactionRow.account_id)
    .where(
        AccountRow.tenant == bindparam("tenant"),
        AccountRow.subject == bindparam("subject"),
        TransactionRow.id == bindparam("id"),
    )
)


@dataclass(frozen=True)
class _Mine:
    """What one request of `owner` may touch: found by its own id, then decided."""

    relations: Relations
    connection: Connection
    owner: Owner
    action: str

    def one(self, entity: str, query: Any, row_id: str, **more: str) -> Any:
        """Return a row of the owner. Raises `ProblemError` `not_found`."""
        row = self.perhaps(entity, query, row_id, **more)
        if row is None:
            raise ProblemError("not_found")
        return row

    def perhaps(self, entity: str, query: Any, row_id: str, **more: str) -> Any:
        """Return the first such row of the owner; None where there is none."""
        bound = {"tenant": self.owner.tenant, "subject": self.owner.subject, "id": row_id, **more}
        row = next(iter(rows_of(self.connection, query, bound)), None)
        if row is not None:
            self.relations.require(self.owner, self.action, found(entity, row))
        return row


def freeze(
    relations: Relations, connection: Connection, owner: Owner, order: FreezeOrder, today: date
) -> Freeze:
    """Freeze an account; one that is frozen stays as it is, and because of whom it is."""
    row = _account(_Mine(relations, connection, owner, "freeze_account"), order)
    if row.state == "frozen":
        return Freeze(account_number=order.account_number, state="frozen", since=row.frozen_on)
    frozen: dict[str, Any] = {"state": "frozen", "frozen_because": "owner", "frozen_on": today}
    rewrite(connection, AccountRow, row, **frozen)
    return Freeze(account_number=order.account_number, state="frozen", since=today)


def unfreeze(
    relations: Relations, connection: Connection, owner: Owner, order: UnfreezeOrder, today: date
) -> Freeze:
    """Let an account pay again that its owner froze. What the bank froze, only the bank undoes."""
    row = _account(_Mine(relations, connection, owner, "unfreeze_account"), order)
    if row.state == "frozen" and row.frozen_because != "owner":
        raise ProblemError("frozen_by_bank")
    rewrite(connection, AccountRow, row, state="open", frozen_because=None, frozen_on=None)
    return Freeze(account_number=order.account_number, state="open", since=today)


def report_lost_card(
    relations: Relations, connection: Connection, owner: Owner, order: LostCardOrder, today: date
) -> LostCard:
    """Block a card for good and order another one; one that is blocked has its successor."""
    mine = _Mine(relations, connection, owner, "report_lost_card")
    card = _card(mine, order)
    successor = None
    if card.state == "lost":
        successor = mine.perhaps("Card", _REPLACEMENT, card.account_id, kind=card.kind)
    else:
        rewrite(connection, CardRow, card, state="lost", reason="owner", since=today)
    ordered_on: date = successor.since if successor else today
    return LostCard(
        kind=card.kind,
        last_four=card.last_four,
        replacement=successor.last_four if successor else _new_card(connection, card, today),
        arrives_on=ordered_on + POST,
    )


def report_fraud(
    relations: Relations, connection: Connection, owner: Owner, order: FraudOrder, today: date
) -> FraudCase:
    """Freeze a card and open a case; a card that has one open keeps it."""
    mine = _Mine(relations, connection, owner, "report_fraud")
    card = _card(mine, order)
    if card.state != "lost":
        rewrite(connection, CardRow, card, state="frozen", reason="fraud", since=today)
    case = mine.perhaps("Case", _OPEN_CASE, card.id)
    number = case.number if case else _open_case(connection, owner, today, card.id)
    return FraudCase(
        case=number,
        kind=card.kind,
        last_four=card.last_four,
        opened_on=case.opened_on if case else today,
    )


def dispute(
    relations: Relations, connection: Connection, owner: Owner, order: DisputeOrder, today: date
) -> Dispute:
    """Put a transaction to a case; a case that is about another one gets a second beside it."""
    mine = _Mine(relations, connection, owner, "dispute_transaction")
    case = mine.one("Case", _CASE, order.case)
    row = mine.one("Account", _TRANSACTION, order.transaction)
    if (row.text, decimal_text(row.amount_minor), row.currency) != (
        order.text,
        order.amount,
        order.currency,
    ):
        raise ProblemError("details_changed")
    if case.transaction_id is None:
        about = update(CaseRow).where(CaseRow.id == case.id)
        connection.execute(about.values(transaction_id=row.id))
    elif case.transaction_id != row.id:
        _open_case(connection, owner, today, case.card_id, row.id)
    return Dispute(
        case=order.case,
        text=order.text,
        amount=order.amount,
        currency=order.currency,
        booked_on=row.booked_on,
    )


def _account(mine: _Mine, order: FreezeOrder) -> Any:
    row = mine.one("Account", _ACCOUNT, order.account)
    if masked(row.number) != order.account_number:
        raise ProblemError("details_changed")
    return row


def _card(mine: _Mine, order: LostCardOrder | FraudOrder) -> Any:
    row = mine.one("Card", _CARD, order.card)
    if row.last_four != order.last_four:
        raise ProblemError("details_changed")
    return row


def _new_card(connection: Connection, lost: Any, today: date) -> str:
    """Order a card of the same kind, with the limit and the debts of the one that is lost.

    Returns its last four digits.
    """
    last_four = _other_than(lost.last_four)
    card = {
        "id": f"crd_{secrets.token_urlsafe(16)}",
        "tenant": lost.tenant,
        "subject": lost.subject,
        "account_id": lost.account_id,
        "kind": lost.kind,
        "last_four": last_four,
        "state": "ordered",
        "reason": "on_its_way",
        "since": today,
        "limit_minor": lost.limit_minor,
        "used_minor": lost.used_minor,
    }
    connection.execute(insert(CardRow), card)
    return last_four


def _other_than(last_four: str) -> str:
    """Return four new digits, so that the two cards are told apart."""
    return f"{(int(last_four) + 1 + secrets.randbelow(9_999)) % 10_000:04d}"


def _open_case(
    connection: Connection,
    owner: Owner,
    today: date,
    card_id: str | None,
    transaction_id: str | None = None,
) -> str:
    number = "NB-" + "".join(secrets.choice(_LETTERS) for _ in range(6))
    values = {
        "id": f"cas_{secrets.token_urlsafe(16)}",
        "tenant": owner.tenant,
        "subject": owner.subject,
        "number": number,
        "kind": "fraud",
        "opened_on": today,
        "card_id": card_id,
        "transaction_id": transaction_id,
    }
    connection.execute(insert(CaseRow), values)
    return number
