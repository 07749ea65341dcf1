"""What a write does to the records, inside a transaction that its caller began.

Every check that can refuse raises `ProblemError`, and the caller then undoes all of it.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, bindparam, insert, select, update

from apis.common.model import Owner
from apis.common.problems import ProblemError
from apis.common.relations import Relations, found
from apis.common.sealing.columns import rewrite
from apis.orders import rows
from apis.orders.model import CANCELLABLE, Address
from apis.orders.tables import ConsentRow, CustomerRow, EventRow, ItemRow, OrderRow
from apis.orders.write_model import (
    AllowSupport,
    Cancellation,
    CancelOrder,
    ChangedAddress,
    Consent,
    Return,
    ReturnItem,
    WithdrawSupport,
)

POST_DAYS = 14
"""How many days there are to post what goes back."""

_CANCEL = (
    update(OrderRow)
    .where(OrderRow.id == bindparam("order_id"), OrderRow.state.in_(CANCELLABLE))
    .values(state="cancelled")
)
_SEND_BACK = (
    update(ItemRow)
    .where(ItemRow.id == bindparam("item_id"), ItemRow.return_label.is_(None))
    .values(return_label=bindparam("label"))
)
_ITEM = select(ItemRow.__table__).where(
    ItemRow.order_id == bindparam("order_id"), ItemRow.id == bindparam("item_id")
)
_NOT_PACKED = select(OrderRow.__table__).where(
    OrderRow.tenant == bindparam("whose"),
    OrderRow.subject == bindparam("who"),
    OrderRow.state == "placed",
)
_WITHDRAW = (
    update(ConsentRow)
    .where(
        ConsentRow.tenant == bindparam("whose"),
        ConsentRow.subject == bindparam("who"),
        ConsentRow.withdrawn_at.is_(None),
    )
    .values(withdrawn_at=bindparam("at"))
)


@dataclass(frozen=True)
class Desk:
    """One request: whose records, at which moment, and who of support acts, if anybody does."""

    relations: Relations
    connection: Connection
    owner: Owner
    now: datetime
    agent: str | None = None

    def cancel(self, asked: CancelOrder) -> Cancellation:
        """Cancel an order while the shop still has it."""
        order = self._order(asked.number, "cancel_order")
        if order.state == "cancelled":
            raise ProblemError("details_changed")
        # In one statement: whoever ships it meanwhile wins, and then it is too late.
        if self.connection.execute(_CANCEL, {"order_id": order.id}).rowcount != 1:
            raise ProblemError("too_late")
        self._note(order.id, "cancelled")
        total = rows.money(order.total_minor)
        return Cancellation(number=order.number, total=total, currency=order.currency)

    def send_back(self, asked: ReturnItem) -> Return:
        """Take an item back until the last day for it."""
        order = self._order(asked.number, "return_item")
        named = {"order_id": order.id, "item_id": asked.item}
        item = self.connection.execute(_ITEM, named).one_or_none()
        if item is None:
            raise ProblemError("not_found")
        if item.name != asked.item_name:
            raise ProblemError("details_changed")
        if order.state != "delivered":
            raise ProblemError("not_delivered")
        if not rows.may_go_back(order, self.now.date()):
            raise ProblemError("too_late")
        label = f"RL-{secrets.randbelow(10**8):08d}"
        given = {"item_id": item.id, "label": label}
        if self.connection.execute(_SEND_BACK, given).rowcount != 1:
            raise ProblemError("details_changed")
        self._note(order.id, "return_requested")
        return Return(
            number=order.number,
            item_name=item.name,
            refund=rows.money(item.price_minor * item.quantity),
            currency=order.currency,
            label=label,
            post_until=self.now.date() + timedelta(days=POST_DAYS),
        )

    def change_address(self, asked: Address) -> ChangedAddress:
        """Send what is not packed yet, and all that comes, to another address."""
        customer, address = self._customer("change_address"), asked.model_dump()
        rewrite(self.connection, CustomerRow, customer, **address)
        redirected = self.connection.execute(_NOT_PACKED, self._whose()).all()
        for order in redirected:
            rewrite(self.connection, OrderRow, order, **address)
        return ChangedAddress(**address, orders_redirected=len(redirected))

    def allow_support(self, asked: AllowSupport) -> Consent:
        """Let support act for the customer for some minutes; what was allowed before ends."""
        self._customer("allow_support")
        self._withdraw()
        until = self.now + timedelta(minutes=asked.minutes)
        values = {
            "id": f"con_{secrets.token_urlsafe(16)}",
            "tenant": self.owner.tenant,
            "subject": self.owner.subject,
            "granted_at": rows.seconds(self.now),
            "expires_at": rows.seconds(until),
        }
        self.connection.execute(insert(ConsentRow), values)
        return Consent(until=rows.moment(rows.seconds(until)))

    def withdraw_support(self, _asked: WithdrawSupport) -> Consent:
        """Let nobody act for the customer any more."""
        self._customer("withdraw_support")
        self._withdraw()
        return Consent()

    def _order(self, number: str, action: str) -> Any:
        context: dict[str, Any] = {}
        if self.agent is not None:
            action, context = f"assist_{action}", self._consent()
        bound = {"tenant": self.owner.tenant, "subject": self.owner.subject, "number": number}
        row = self.connection.execute(rows.BY_NUMBER, bound).one_or_none()
        if row is None:
            raise ProblemError("not_found")
        self.relations.require(self.owner, action, found("Order", row), **context)
        return row

    def _consent(self) -> dict[str, Any]:
        """Return what the policies are told, as it is in this very transaction."""
        now = rows.seconds(self.now)
        bound = {"tenant": self.owner.tenant, "subject": self.owner.subject, "now": now}
        if self.connection.execute(rows.CONSENT, bound).one_or_none() is None:
            raise ProblemError("consent_required")
        return {"consented": True}

    def _customer(self, action: str) -> Any:
        bound = {"tenant": self.owner.tenant, "subject": self.owner.subject}
        row = self.connection.execute(rows.CUSTOMER, bound).one_or_none()
        if row is None:
            raise ProblemError("not_found")
        self.relations.require(self.owner, action, found("Customer", row))
        return row

    def _withdraw(self) -> None:
        at = {"at": rows.seconds(self.now)}
        self.connection.execute(_WITHDRAW, {**self._whose(), **at})

    def _note(self, order_id: str, what: str) -> None:
        at = rows.seconds(self.now)
        values = {"tenant": self.owner.tenant, "order_id": order_id, "at": at, "what": what}
        values |= {"place": None, "agent": self.agent}
        self.connection.execute(insert(EventRow), values)

    def _whose(self) -> dict[str, str]:
        return {"whose": self.owner.tenant, "who": self.owner.subject}
