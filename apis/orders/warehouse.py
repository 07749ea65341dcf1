"""The shop's warehouse: `python -m apis.orders.warehouse --home DIR --tenant ID ship NUMBER`.

It works on the same database as the API, at the same time: what it has sent off can no longer be
cancelled, and what was cancelled is not sent off.
"""

from __future__ import annotations

import argparse
import sqlite3
import sys
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Engine, bindparam, insert, update
from sqlalchemy.exc import SQLAlchemyError

from apis.common import server
from apis.common.engines import engine_to_write
from apis.common.sealing.files import read_sealing
from apis.orders.model import CANCELLABLE
from apis.orders.rows import seconds
from apis.orders.tables import EventRow, OrderRow

_SHIP = (
    update(OrderRow)
    .where(
        OrderRow.tenant == bindparam("whose"),
        OrderRow.number == bindparam("which"),
        OrderRow.state.in_(CANCELLABLE),
    )
    .values(state="shipped")
    .returning(OrderRow.id)
)


def ship(engine: Engine, tenant: str, number: str, now: datetime) -> bool:
    """Hand an order over to the carrier; False where it is not here to be sent off."""
    with engine.begin() as connection:
        server.bind(connection, tenant)
        named = {"whose": tenant, "which": number}
        order_id = connection.execute(_SHIP, named).scalar_one_or_none()
        if order_id is None:
            return False
        values = {"tenant": tenant, "order_id": order_id, "at": seconds(now), "what": "handed_over"}
        connection.execute(insert(EventRow), values)
    return True


def main() -> int:
    """Ship one order; return 1 with one line on standard error where that cannot be."""
    parser = argparse.ArgumentParser(prog="python -m apis.orders.warehouse")
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--tenant", required=True)
    parser.add_argument("what", choices=["ship"])
    parser.add_argument("number")
    given = parser.parse_args()
    try:
        sealing = read_sealing(given.home, "orders")
    except (OSError, ValueError, sqlite3.Error) as error:
        sys.stderr.write(f"warehouse: {type(error).__name__}\n")
        return 1
    engine = engine_to_write(given.home, "orders", sealing)
    try:
        done = ship(engine, given.tenant, given.number, datetime.now(UTC))
    except SQLAlchemyError as error:
        sys.stderr.write(f"warehouse: {type(error).__name__}\n")
        return 1
    finally:
        engine.dispose()
    if not done:
        sys.stderr.write(f"warehouse: {given.number} is not here to be sent off\n")
    return 0 if done else 1


if __name__ == "__main__":
    sys.exit(main())
