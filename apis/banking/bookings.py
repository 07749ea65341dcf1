"""What a payment does to the books, inside a transaction that its caller began.

Every check that can refuse raises `ProblemError`, and the caller then undoes all of it.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, bindparam, insert, select, update

from apis.banking.entries import Entry, clearing_account, post
from apis.banking.model import masked
from apis.banking.money import decimal_text, minor_units
from apis.banking.names import looks
from apis.banking.payment_model import (
    BillOrder,
    BillPayment,
    Payee,
    PayeeOrder,
    Transfer,
    TransferOrder,
)
from apis.banking.tables import AccountRow, BillRow, PayeeRow
from apis.common.model import Owner
from apis.common.problems import ProblemError
from apis.common.relations import Relations, found
from apis.common.sealing.columns import looked_up

MOST_MINOR = 10_000_00
"""The most that one payment may move."""

MOST_PAYEES = 100
"""How many payees one owner may save: as many as one answer lists."""

_TEXT_LENGTH = 140


def _mine(rows: type[AccountRow | PayeeRow | BillRow], *more: ColumnElement[bool]) -> Select[Any]:
    mine = (rows.tenant == bindparam("tenant"), rows.subject == bindparam("subject"))
    return select(rows.__table__).where(*mine, *more)


_BY_ID = {
    "Account": _mine(AccountRow, AccountRow.id == bindparam("id")),
    "Payee": _mine(PayeeRow, PayeeRow.id == bindparam("id")),
    "Bill": _mine(BillRow, BillRow.id == bindparam("id")),
}
_SAVED = _mine(PayeeRow, PayeeRow.payee_key == bindparam("payee_key"))
_PAYEES = _mine(PayeeRow)
_AT_THIS_BANK = select(AccountRow.__table__).where(
    AccountRow.tenant == bindparam("tenant"), AccountRow.number_key == bindparam("number_key")
)
_PAID = (
    update(BillRow)
    .where(BillRow.id == bindparam("bill_id"), BillRow.movement_id.is_(None))
    .values(movement_id=bindparam("paid_by"))
)


@dataclass(frozen=True)
class _Objects:
    """What one request of `owner` may touch: found by their own id, then decided."""

    relations: Relations
    connection: Connection
    owner: Owner
    action: str

    def one(self, kind: str, row_id: str) -> Any:
        """Return a row of the owner. Raises `ProblemError` `not_found`."""
        bound = {"tenant": self.owner.tenant, "subject": self.owner.subject, "id": row_id}
        row = self.connection.execute(_BY_ID[kind], bound).one_or_none()
        if row is None:
            raise ProblemError("not_found")
        self.relations.require(self.owner, self.action, found(kind, row))
        return row

    def account_behind(self, number: str, source: Any) -> str:
        """Return the account behind a number: one of the owner's tenant, or clearing."""
        key = looked_up(self.connection, AccountRow.number_key, self.owner.tenant, number)
        bound = {"tenant": self.owner.tenant, "number_key": key}
        row = self.connection.execute(_AT_THIS_BANK, bound).one_or_none()
        if row is None:
            return clearing_account(self.connection, source.currency)
        self.relations.require(self.owner, "pay_into", found("Account", row))
        if row.id == source.id or row.currency != source.currency:
            raise ProblemError("invalid_request")
        return str(row.id)


def transfer(
    relations: Relations, connection: Connection, owner: Owner, order: TransferOrder, today: date
) -> Transfer:
    """Book a transfer to a saved payee: to their account where this bank keeps it."""
    objects = _Objects(relations, connection, owner, "make_transfer")
    account, payee = objects.one("Account", order.account), objects.one("Payee", order.payee)
    here = (masked(account.number), payee.name, masked(payee.number))
    _same(here, (order.account_number, order.payee_name, order.payee_number))
    amount = _payable(account, order.amount, order.currency)
    target = objects.account_behind(payee.number, account)
    about = f": {order.text}" if order.text else ""
    movement, balance = post(
        connection,
        owner,
        "transfer",
        today,
        Entry(account.id, -amount, _cut(f"Transfer to {payee.name}{about}")),
        Entry(target, amount, _cut(f"Transfer from {masked(account.number)}{about}")),
    )
    return Transfer(
        id=movement,
        account_number=order.account_number,
        payee_name=order.payee_name,
        payee_number=order.payee_number,
        amount=order.amount,
        currency=order.currency,
        booked_on=today,
        balance=decimal_text(balance),
        # An absent text stays absent; see `TransferOrder`.
        **({"text": order.text} if order.text else {}),
    )


def pay_bill(
    relations: Relations, connection: Connection, owner: Owner, order: BillOrder, today: date
) -> BillPayment:
    """Book the payment of an open bill; one that was paid meanwhile has changed."""
    objects = _Objects(relations, connection, owner, "pay_bill")
    account, bill = objects.one("Account", order.account), objects.one("Bill", order.bill)
    here = (bill.biller, bill.reference, decimal_text(bill.amount_minor), bill.currency)
    _same((masked(account.number), *here, bill.movement_id), _shown(order))
    amount = _payable(account, order.amount, order.currency)
    text = _cut(f"{bill.biller}, {bill.reference}")
    target = clearing_account(connection, account.currency)
    entries = (Entry(account.id, -amount, text), Entry(target, amount, text))
    movement, balance = post(connection, owner, "bill", today, *entries)
    connection.execute(_PAID, {"bill_id": bill.id, "paid_by": movement})
    return BillPayment(
        id=movement,
        account_number=order.account_number,
        biller=order.biller,
        reference=order.reference,
        amount=order.amount,
        currency=order.currency,
        booked_on=today,
        balance=decimal_text(balance),
    )


def add_payee(
    relations: Relations, connection: Connection, owner: Owner, order: PayeeOrder, _today: date
) -> Payee:
    """Save a payee; the same name and number again are the payee that is there.

    Refuses one that could be taken for another who is saved.
    """
    mine = {"tenant": owner.tenant, "subject": owner.subject}
    key = looked_up(connection, PayeeRow.payee_key, owner.tenant, order.number, order.name)
    saved = connection.execute(_SAVED, {**mine, "payee_key": key}).one_or_none()
    if saved is not None:
        relations.require(owner, "add_payee", found("Payee", saved))
        return Payee(id=saved.id, name=saved.name, number=masked(saved.number))
    others = connection.execute(_PAYEES, mine).all()
    if any(_is_mistakable(order, other) for other in others):
        raise ProblemError("payee_mistakable")
    if len(others) >= MOST_PAYEES:
        raise ProblemError("limit_exceeded")
    values = {"id": f"pay_{secrets.token_urlsafe(16)}", **mine, **order.model_dump()}
    connection.execute(insert(PayeeRow), values)
    return Payee(id=values["id"], name=order.name, number=masked(order.number))


def _is_mistakable(order: PayeeOrder, saved: Any) -> bool:
    """Tell whether a list and an approval would show the two alike: name, and end of number."""
    alike = masked(order.number) == masked(saved.number) and order.number != saved.number
    return alike and looks(order.name) == looks(saved.name)


def _same(here: tuple[Any, ...], shown: tuple[Any, ...]) -> None:
    if here != shown:
        raise ProblemError("details_changed")


def _shown(order: BillOrder) -> tuple[Any, ...]:
    shown = (order.account_number, order.biller, order.reference, order.amount, order.currency)
    return (*shown, None)  # Paid by nothing yet.


def _payable(account: Any, amount: str, currency: str) -> int:
    if account.state != "open":
        raise ProblemError("account_frozen")
    if account.currency != currency:
        raise ProblemError("invalid_request")
    minor = minor_units(amount)
    if minor > MOST_MINOR:
        raise ProblemError("limit_exceeded")
    return minor


def _cut(text: str) -> str:
    return text if len(text) <= _TEXT_LENGTH else f"{text[: _TEXT_LENGTH - 1]}…"
