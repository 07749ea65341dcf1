"""Rows that are changed only while they still are what they are thought to be."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy.orm import Session

from security.adapters.prepared import by_column, compare_and_set
from security.adapters.tables import TenantRow
from tests.security.world import World

NAME = "Northwind Bank"


def bank(store: Session) -> TenantRow:
    return store.get_one(TenantRow, "northwind-bank")


def test_a_row_that_is_as_thought_is_changed_once(world: World) -> None:
    def work(store: Session) -> tuple[bool, bool, str]:
        row = bank(store)
        moves = [compare_and_set(store, row, {"name": NAME}, {"name": "Alicia"}) for _ in range(2)]
        return moves[0], moves[1], row.name

    assert world.core.database.run_here(work, across="a test looks on") == (True, False, "Alicia")
    assert world.sql("SELECT name FROM tenants WHERE id = 'northwind-bank'") == [("Alicia",)]


def test_no_other_row_is_touched(world: World) -> None:
    before = world.sql("SELECT * FROM tenants WHERE id <> 'northwind-bank' ORDER BY id")
    world.core.database.run_here(
        lambda store: compare_and_set(store, bank(store), {}, {"name": "Alicia"}),
        across="a test looks on",
    )
    assert world.sql("SELECT * FROM tenants WHERE id <> 'northwind-bank' ORDER BY id") == before


def test_what_the_row_was_changed_to_before_counts(world: World) -> None:
    """Changes that the mapper still holds are written first."""

    def work(store: Session) -> bool:
        row = bank(store)
        row.name = "Alina"
        return compare_and_set(store, row, {"name": "Alina"}, {"name": "Alicia"})

    assert world.core.database.run_here(work, across="a test looks on")
    assert world.sql("SELECT name FROM tenants WHERE id = 'northwind-bank'") == [("Alicia",)]


def test_moments_go_through_their_type(world: World) -> None:
    now = world.clock.now

    def work(store: Session) -> TenantRow:
        row = bank(store)
        assert compare_and_set(store, row, {}, {"disabled_at": now})
        assert not compare_and_set(
            store, row, {"disabled_at": now + timedelta(microseconds=1)}, {"disabled_at": None}
        )
        assert compare_and_set(store, row, {"disabled_at": now}, {"disabled_at": None})
        return row

    assert world.core.database.run_here(work, across="a test looks on").disabled_at is None


def test_a_row_is_found_by_its_columns(world: World) -> None:
    def work(store: Session) -> tuple[str | None, object]:
        found = by_column(store, TenantRow, id="northwind-bank", name=NAME)
        return found and found.name, by_column(store, TenantRow, name="nobody")

    assert world.core.database.run_here(work, across="a test looks on") == (NAME, None)
