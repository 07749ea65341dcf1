"""Thousands of generated statements of one tenant: no row of another's (ASVS 8.4.1)."""

from __future__ import annotations

import os
import random
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import Connection, Table, delete, exists, func, or_, select, update
from sqlalchemy.orm import Session

from security.adapters.every_table import SCHEMA
from security.adapters.tenancy import bind_tenant
from security.adapters.tenant_filter import tenant_column
from tests.security.visitor import Visitor
from tests.security.world import World

CALLS = {"sqlite": 10_000, "postgres": 2_000}
SEED = int(os.environ.get("CROSSING_SEED", "1"))
AT_ONCE = 500
BANK = "northwind-bank"
TABLES = [table for table in SCHEMA.sorted_tables if tenant_column(table) is not None]

Dump = dict[str, list[tuple[Any, ...]]]


def whose(table: Any) -> Any:
    """Return the column that says whose a row is, of a table or of another name of it."""
    return table.c[tenant_column(getattr(table, "element", table)) or ""]


def _plain(chance: random.Random, table: Table, _victims: list[str]) -> Any:
    return select(whose(chance.choice([table, table.alias()])))


def _by_key(chance: random.Random, table: Table, victims: list[str]) -> Any:
    [key] = table.primary_key.columns
    return select(whose(table)).where(or_(key == chance.choice(victims), key.is_not(None)))


def _by_tenant(_chance: random.Random, table: Table, _victims: list[str]) -> Any:
    return select(whose(table)).where(whose(table) != BANK)


def _joined(chance: random.Random, table: Table, _victims: list[str]) -> Any:
    other = chance.choice(TABLES).alias()
    joined = table.join(other, whose(table) != whose(other), isouter=chance.random() < 0.5)
    return select(whose(chance.choice([table, other]))).select_from(joined)


def _nested(chance: random.Random, table: Table, _victims: list[str]) -> Any:
    inner = select(whose(table).label("whose"))
    nested = chance.choice([inner.subquery(), inner.cte(), inner.union(inner).subquery()])
    return select(nested.c.whose)


def _counted(chance: random.Random, table: Table, _victims: list[str]) -> Any:
    other = chance.choice(TABLES).alias()
    found = exists().where(whose(other) != BANK)
    return select(func.max(whose(table))).where(or_(found, whose(table) != BANK))


READS: list[Callable[[random.Random, Table, list[str]], Any]] = [
    _plain,
    _by_key,
    _by_tenant,
    _joined,
    _nested,
    _counted,
]


def _change(chance: random.Random, table: Table, victims: list[str]) -> Any:
    """Return a statement that changes or deletes what it can reach of others."""
    [key] = table.primary_key.columns
    theirs = chance.choice([whose(table) != BANK, key == chance.choice(victims)])
    if key is whose(table) or chance.random() < 0.5:
        return delete(table).where(theirs, whose(table) != BANK)
    return update(table).where(theirs, whose(table) != BANK).values({key.name: "taken"})


def dump(world: World) -> Dump:
    """Return every row of every other tenant, as it is stored."""
    found: Dump = {}
    for table in TABLES:
        name = whose(table).name
        query = f"SELECT * FROM {table.name} WHERE {name} NOT IN ('', '{BANK}') ORDER BY 1"
        found[table.name] = world.sql(query)
    return found


async def _fill(world: World) -> None:
    """Let people of two organisations sign in, and talk."""
    for name in ("alice", "carl", "pat"):
        visitor = Visitor(world)
        await visitor.arrive()
        await visitor.sign_in(name)
        await visitor.hear(await visitor.say("hello"))
        world.clock.advance(seconds=31)


@pytest.mark.both_databases
async def test_attack_no_generated_statement_reaches_a_row_of_another_tenant(
    world: World, which_database: str
) -> None:
    """ASVS 8.4.1: ten thousand; each shape has been tried at each table many times."""
    await _fill(world)
    before = dump(world)
    assert {name for name, rows in before.items() if rows} >= {"people", "sessions", "turns"}
    victims = [str(row[0]) for rows in before.values() for row in rows]
    chance, left = random.Random(SEED), CALLS[which_database]
    tables = [table for table in TABLES if len(table.primary_key.columns) == 1]

    def attack(connection: Connection) -> None:
        for _ in range(AT_ONCE):
            table = chance.choice(tables)
            if chance.random() < 0.25:
                done = connection.execute(_change(chance, table, victims))
                assert done.rowcount == 0, (SEED, table.name)
            else:
                query = chance.choice(READS)(chance, table, victims)
                seen = set(connection.execute(query).scalars())
                assert seen <= {BANK, "", None}, (SEED, str(query))

    def bound(store: Session) -> None:
        bind_tenant(store, BANK)
        attack(store.connection())

    while left > 0:
        world.core.database.run_here(bound)
        left -= AT_ONCE
    assert dump(world) == before
