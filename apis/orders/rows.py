"""The queries of the shop, each bound to a tenant and a subject, and what their rows say."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import Row, Select, bindparam, func, select, tuple_

from apis.orders.model import OPEN, Event, Item, Order, OrderSummary
from apis.orders.tables import ConsentRow, CustomerRow, EventRow, ItemRow, OrderRow

RETURN_DAYS = 30
"""How many days after its delivery an item may go back; the last of them counts."""


def owned(query: Select[Any], rows: Any) -> Select[Any]:
    """Return the query for one owner's rows alone."""
    return query.where(rows.tenant == bindparam("tenant"), rows.subject == bindparam("subject"))


_key = (OrderRow.placed_on, OrderRow.number)
# What a list shows, and no more: an order's address is not opened for it.
_SHOWN: tuple[Any, ...] = (
    OrderRow.id,
    OrderRow.tenant,
    OrderRow.subject,
    OrderRow.number,
    OrderRow.placed_on,
    OrderRow.state,
    OrderRow.total_minor,
    OrderRow.currency,
    OrderRow.expected_on,
    OrderRow.delivered_on,
)
NEWEST = (
    owned(select(*_SHOWN), OrderRow)
    .order_by(*(column.desc() for column in _key))
    .limit(bindparam("limit"))
)
# By the key of the last row, never by counting: the hundredth page costs what the first does.
NEXT = NEWEST.where(
    tuple_(*_key) < tuple_(*(bindparam(f"last_{one.key}", type_=one.type) for one in _key))
)
BY_NUMBER = owned(select(OrderRow.__table__), OrderRow).where(
    OrderRow.number == bindparam("number")
)
ITEMS_OF_PAGE = (
    owned(select(ItemRow.__table__), OrderRow)
    .join(OrderRow, OrderRow.id == ItemRow.order_id)
    .where(ItemRow.order_id.in_(bindparam("shown", expanding=True)))
    .order_by(ItemRow.position)
)
ITEMS = (
    owned(select(ItemRow.__table__), OrderRow)
    .join(OrderRow, OrderRow.id == ItemRow.order_id)
    .where(OrderRow.number == bindparam("number"))
    .order_by(ItemRow.position)
)
EVENTS = (
    owned(select(EventRow.__table__), OrderRow)
    .join(OrderRow, OrderRow.id == EventRow.order_id)
    .where(OrderRow.number == bindparam("number"))
    .order_by(EventRow.at, EventRow.id)
    .limit(100)
)
CUSTOMER = owned(select(CustomerRow.__table__), CustomerRow)
HOW_MANY_OPEN = owned(select(func.count(OrderRow.id).label("count")), OrderRow).where(
    OrderRow.state.in_(OPEN)
)
CONSENT = (
    owned(select(ConsentRow.__table__), ConsentRow)
    .where(ConsentRow.withdrawn_at.is_(None), ConsentRow.expires_at > bindparam("now"))
    .order_by(ConsentRow.expires_at.desc())
    .limit(1)
)


def seconds(moment: datetime) -> int:
    """Return a moment as the database has it."""
    return int(moment.timestamp())


def moment(at: int) -> datetime:
    """Return what the database has as a moment."""
    return datetime.fromtimestamp(at, UTC)


def money(minor: int) -> str:
    """Return an amount of cents as text."""
    return f"{minor // 100}.{minor % 100:02d}"


def return_until(row: Any) -> date | None:
    """Return the last day on which the items of an order may go back."""
    return row.delivered_on + timedelta(days=RETURN_DAYS) if row.delivered_on else None


def by_order(items: Iterable[Row[Any]]) -> Mapping[str, list[Row[Any]]]:
    """Return items by the id of their order."""
    found: dict[str, list[Row[Any]]] = {}
    for item in items:
        found.setdefault(item.order_id, []).append(item)
    return found


def may_go_back(row: Any, today: date) -> bool:
    """Tell whether items of an order may go back today: it has arrived, and not too long ago."""
    until = return_until(row)
    return row.state == "delivered" and until is not None and today <= until


def summary(row: Any, items: Sequence[Row[Any]], today: date) -> OrderSummary:
    """Return an order of a list."""
    return OrderSummary(**_summary(row, items, today))


def order(row: Any, items: Sequence[Row[Any]], events: Sequence[Row[Any]], today: date) -> Order:
    """Return an order with its way."""
    return Order(**_summary(row, items, today), events=[_event(event) for event in events])


def _summary(row: Any, items: Sequence[Row[Any]], today: date) -> dict[str, Any]:
    coming, back = row.state in OPEN, may_go_back(row, today)
    dates = {
        "expected_on": row.expected_on if coming else None,
        "delivered_on": row.delivered_on,
        "return_until": return_until(row),
    }
    return {
        "number": row.number,
        "placed_on": row.placed_on,
        "state": row.state,
        "total": money(row.total_minor),
        "currency": row.currency,
        "items": [_item(item, back) for item in items],
        **{name: value for name, value in dates.items() if value is not None},
    }


def _item(row: Any, may_go_back: bool) -> Item:
    return Item(
        id=row.id,
        name=row.name,
        quantity=row.quantity,
        price=money(row.price_minor),
        returned=row.return_label is not None,
        returnable=may_go_back and row.return_label is None,
    )


def _event(row: Any) -> Event:
    place = {"place": row.place} if row.place else {}
    return Event(at=moment(row.at), what=row.what, **place)
