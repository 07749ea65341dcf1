"""Whose the big set is: which tenant's people each API gets, in which role, and how much."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, select
from sqlalchemy.orm import DeclarativeBase

from apis.banking.tables import AccountRow
from apis.common.model import Owner
from apis.healthcare.tables import ClinicRow, PatientRow
from apis.healthcare.zone import zone_named
from apis.hr.tables import EmployeeRow
from apis.it.tables import MemberRow
from apis.orders.tables import CustomerRow
from tools.big.bank import fill_bank
from tools.big.clinic import Size, fill_clinic, staff_of
from tools.big.office import fill_hr, fill_it
from tools.big.people import Person
from tools.big.shop import fill_shop

PEOPLE = 2_000
"""How many people a tenant gets; everything else is in proportion."""
_TRANSACTIONS, _APPOINTMENTS, _OBSERVATIONS, _ORDERS, _TICKETS = 250, 25, 25, 50, 6
"""How many of each there are for each person."""

Owned = Sequence[tuple[Person, Owner]]
Fill = Callable[[Connection, Owned, int, date], dict[str, int]]


@dataclass(frozen=True)
class Part:
    """The part of one API: `table` tells whether somebody has something already."""

    api: str
    tenant: str
    table: type[DeclarativeBase]
    fill: Fill


def roles(people: Sequence[Person]) -> list[tuple[Person, str]]:
    """Return the people of a tenant with their roles."""
    tenant = people[0].tenant
    if tenant != "harbor-clinic":
        return [(person, "employee" if tenant == "globex" else "customer") for person in people]
    staff = staff_of(len(people))
    treating = [(person, "physician") for person in people[:staff]]
    desk = [(person, "receptionist") for person in people[staff : staff + 2]]
    return [*treating, *desk, *((person, "patient") for person in people[staff + 2 :])]


def _bank(connection: Connection, people: Owned, seed: int, today: date) -> dict[str, int]:
    return fill_bank(connection, people, seed, today, _TRANSACTIONS)


def _clinic(connection: Connection, people: Owned, seed: int, today: date) -> dict[str, int]:
    tenant = people[0][1].tenant
    zone = connection.execute(select(ClinicRow.zone).where(ClinicRow.tenant == tenant))
    size = Size(len(people) * _APPOINTMENTS, len(people) * _OBSERVATIONS)
    return fill_clinic(connection, people, seed, today, zone_named(zone.scalar_one()), size)


def _shop(connection: Connection, people: Owned, seed: int, today: date) -> dict[str, int]:
    return fill_shop(connection, people, seed, today, len(people) * _ORDERS)


def _it(connection: Connection, people: Owned, seed: int, today: date) -> dict[str, int]:
    return fill_it(connection, people, seed, today, _TICKETS)


PARTS = (
    Part("banking", "northwind-bank", AccountRow, _bank),
    Part("healthcare", "harbor-clinic", PatientRow, _clinic),
    Part("orders", "acme-shop", CustomerRow, _shop),
    Part("hr", "globex", EmployeeRow, fill_hr),
    Part("it", "globex", MemberRow, _it),
)
