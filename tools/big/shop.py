"""The shop's big set: customers, their orders over five years, what was in them, their way."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from random import Random

from sqlalchemy import Connection

from apis.common.model import Owner
from apis.orders.tables import CustomerRow, EventRow, ItemRow, OrderRow
from tools.big.goods import GOODS
from tools.big.people import Person
from tools.big.rows import chance, day, fill, new_id

YEARS = 5
_A_NUMBER = 90_000
_PREFIXES = "BCDEFGHJKLMNPQRSTUVWXYZ"
"""With a B before: those of the demo's people begin with AC."""
_WAREHOUSES = ("Warehouse Ostkai", "Warehouse Suedpark", "Warehouse Mill Road")
_CENTRES = ("Sorting centre Mitte", "Sorting centre Nord", "Sorting centre Airport")


def fill_shop(
    connection: Connection,
    people: Sequence[tuple[Person, Owner]],
    seed: int,
    today: date,
    count: int,
) -> dict[str, int]:
    """Write everything; return how much of what there is."""
    random = Random(f"{seed}/shop")
    fill(connection, CustomerRow, _CUSTOMER, _customers(random, people, today))
    # The more recent, the more: a shop that grows.
    days = sorted(_ago(random, YEARS * 365) for _ in range(count))
    orders: list[tuple[object, ...]] = []
    items: list[tuple[object, ...]] = []
    events: list[tuple[object, ...]] = []
    for number, ago in enumerate(reversed(days)):
        person, owner = random.choice(people)
        order = new_id(random, "ord")
        bought = list(_items(random, order))
        way = list(_way(random, today - timedelta(days=ago), today, person.city))
        state, delivered = _state(way)
        total = sum(quantity * cents for *_, quantity, cents in bought)
        due = way[0][0] + timedelta(days=random.randint(3, 7))
        orders.append(
            (
                order,
                owner.tenant,
                owner.subject,
                _number(number),
                day(way[0][0]),
                state,
                total,
                "EUR",
                day(max(due, today)) if state in ("placed", "packed", "shipped") else None,
                day(delivered),
                *_address(person),
            )
        )
        items += ((item[0], owner.tenant, *item[1:]) for item in bought)
        tenant = owner.tenant
        events += ((tenant, order, _moment(on, at), what, place) for on, at, what, place in way)
    fill(connection, OrderRow, _ORDER, orders)
    fill(connection, ItemRow, _ITEM, items)
    fill(connection, EventRow, ("tenant", "order_id", "at", "what", "place"), events)
    return {"customers": len(people), "orders": len(orders), "items": len(items)}


_CUSTOMER = (
    "tenant",
    "subject",
    "name",
    "since",
    "state",
    "street",
    "postcode",
    "city",
    "country",
)
_ORDER = (
    "id",
    "tenant",
    "subject",
    "number",
    "placed_on",
    "state",
    "total_minor",
    "currency",
    "expected_on",
    "delivered_on",
    "street",
    "postcode",
    "city",
    "country",
)
_ITEM = ("id", "tenant", "order_id", "position", "name", "quantity", "price_minor")


def _address(person: Person) -> tuple[str, str, str, str]:
    return person.street, person.postcode, person.city, person.country


def _customers(
    random: Random, people: Sequence[tuple[Person, Owner]], today: date
) -> Iterator[tuple[object, ...]]:
    for person, owner in people:
        since = today - timedelta(days=YEARS * 365 + random.randint(1, 700))
        state = "on_hold" if chance(random, 0.01) else "active"
        yield (owner.tenant, owner.subject, person.name[:64], day(since), state, *_address(person))


def _ago(random: Random, most: int) -> int:
    return int(most * random.random() ** 1.6)


def _number(place: int) -> str:
    """Return the number of the so-manieth order: letters, then five digits."""
    letter, number = divmod(place, _A_NUMBER)
    return f"B{_PREFIXES[letter]}-{10_000 + number}"


def _items(random: Random, order: str) -> Iterator[tuple[str, str, int, str, int, int]]:
    chosen = random.sample(GOODS, random.choice((1, 1, 1, 2, 2, 3, 4)))
    for position, (name, cents) in enumerate(chosen):
        quantity = random.choice((1, 1, 1, 1, 2, 3)) if cents < 3_000 else 1
        yield new_id(random, "itm"), order, position, name, quantity, cents


def _way(
    random: Random, placed: date, today: date, city: str
) -> Iterator[tuple[date, time, str, str | None]]:
    """Yield what happened to an order until today, oldest first."""
    yield placed, _clock(random, 6, 22), "placed", None
    if chance(random, 0.04):
        if placed < today:
            yield placed + timedelta(days=1), _clock(random, 6, 7), "cancelled", None
        return
    packed = placed + timedelta(days=random.choice((1, 1, 1, 2)))
    given = packed + timedelta(days=random.choice((0, 0, 0, 1)))
    passed = given + timedelta(days=random.randint(1, 2))
    arrived = passed + timedelta(days=random.choice((1, 1, 1, 2, 3)))
    warehouse = random.choice(_WAREHOUSES)
    steps = [
        (packed, _clock(random, 7, 11), "packed", warehouse),
        (given, _clock(random, 14, 18), "handed_over", warehouse),
        (passed, _clock(random, 2, 6), "in_transit", random.choice(_CENTRES)),
        (arrived, _clock(random, 9, 17), "delivered", city),
    ]
    yield from (step for step in steps if step[0] < today)


def _clock(random: Random, first: int, last: int) -> time:
    return time(random.randint(first, last), random.randrange(60))


def _state(way: Sequence[tuple[date, time, str, str | None]]) -> tuple[str, date | None]:
    on, _, what, _ = way[-1]
    if what == "delivered":
        return what, on
    return {"handed_over": "shipped", "in_transit": "shipped"}.get(what, what), None


def _moment(on: date, at: time) -> int:
    return int(datetime.combine(on, at, UTC).timestamp())
