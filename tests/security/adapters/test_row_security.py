"""PostgreSQL holds a transaction to its tenant even where our own filter does not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from security.adapters.tables import Base
from security.adapters.tenancy import across_tenants, bind_tenant
from security.adapters.tenant_filter import tenant_column
from security.errors import Refused
from tests.security.world import World
from tests.support.postgres import OWNER, RUNNING, Server

pytestmark = pytest.mark.postgres_alone

BANK, SHOP = "northwind-bank", "acme-shop"
_PEOPLE = "SELECT tenant_id FROM people"


def raw(world: World, *statements: str, tenant: str | None = BANK) -> Any:
    """Run SQL by hand, past our own filter, in a transaction of a tenant."""

    def work(store: Session) -> Any:
        bind_tenant(store, tenant)
        return [store.execute(text(each)).all() for each in statements][-1]

    return world.core.database.run_here(work)


@pytest.fixture
def outside(world: World, postgres: Server) -> Any:
    """A connection of the running role's own, as somebody has it who has its password."""
    with postgres.connect(world.database_name, RUNNING) as connection:
        yield connection


def test_attack_a_statement_without_our_filter(world: World) -> None:
    """ASVS 8.4.1: the second of the two walls, by itself."""
    assert set(raw(world, _PEOPLE)) == {(BANK,)}
    assert raw(world, "SELECT id FROM people WHERE tenant_id = 'acme-shop'") == []
    assert raw(world, _PEOPLE, tenant=None) == []


@pytest.mark.parametrize("table", sorted(Base.metadata.tables))
def test_every_table_of_tenants_is_behind_it(world: World, postgres: Server, table: str) -> None:
    query = "SELECT relrowsecurity, relforcerowsecurity FROM pg_class WHERE relname = %s"
    [found] = postgres.run(query, (table,), world.database_name)
    has_tenant = tenant_column(Base.metadata.tables[table]) is not None
    assert found == (has_tenant, has_tenant)


def test_attack_a_connection_that_nobody_bound(outside: psycopg.Connection) -> None:
    assert outside.execute("SELECT id FROM people").fetchall() == []
    assert outside.execute("SELECT id FROM tenants").fetchall() == []
    assert outside.execute("UPDATE people SET disabled_at = 1").rowcount == 0


SETTINGS = {
    "a name": "acme-shop",
    "everybody": "*",
    "a signature of nothing": "0" * 64 + "acme-shop",
    "a signature and everybody": "0" * 64 + "*",
    "too short": "0",
}


@pytest.mark.parametrize("said", SETTINGS.values(), ids=SETTINGS)
def test_attack_smuggled_sql_sets_another_tenant(world: World, said: str) -> None:
    """ASVS 1.2.4, 8.4.1: the setting can be written by whoever runs SQL; its signature cannot."""
    smuggled = f"SELECT set_config('gatehouse.tenant', '{said}', true)"
    with pytest.raises(Refused, match=r"^security_unavailable$"):
        raw(world, smuggled, _PEOPLE)


def test_attack_a_signature_of_one_tenant_for_another(world: World) -> None:
    signature = "left(current_setting('gatehouse.tenant'), 64)"
    taken = f"SELECT set_config('gatehouse.tenant', {signature} || 'acme-shop', true)"
    with pytest.raises(Refused):
        raw(world, _PEOPLE, taken, _PEOPLE)


def test_attack_a_signature_kept_for_the_next_transaction(world: World) -> None:
    """It is made for one transaction: that of everybody, found once, is worth nothing later."""

    def look(store: Session) -> str:
        with across_tenants(store, "a test looks on"):
            query = text("SELECT current_setting('gatehouse.tenant')")
            return str(store.execute(query).scalar_one())

    kept = world.core.database.run_here(look)
    assert kept.endswith("*")
    with pytest.raises(Refused):
        raw(world, f"SELECT set_config('gatehouse.tenant', '{kept}', true)", _PEOPLE)


@pytest.mark.parametrize(
    "unsaid", ["RESET gatehouse.tenant", "SET LOCAL gatehouse.tenant = ''", "RESET ALL"]
)
def test_attack_unsetting_it_shows_nothing(world: World, unsaid: str) -> None:
    def work(store: Session) -> Any:
        bind_tenant(store, BANK)
        store.execute(text(_PEOPLE))
        store.execute(text(unsaid))
        return store.execute(text(_PEOPLE)).all()

    assert world.core.database.run_here(work) == []


FORBIDDEN = {
    "the key": "SELECT key FROM row_security",
    "switching it off": "ALTER TABLE people DISABLE ROW LEVEL SECURITY",
    "another policy": "CREATE POLICY mine ON people USING (true)",
    "dropping the policy": "DROP POLICY tenant ON people",
    "another function": "CREATE OR REPLACE FUNCTION public.gatehouse_tenant() RETURNS text "
    "LANGUAGE sql AS 'SELECT ''*''::text'",
    "the owner's role": f"SET ROLE {OWNER}",
    "bypassing": f"ALTER ROLE {RUNNING} BYPASSRLS",
    "the trail changed": "UPDATE audit SET record = ''",
    "the trail shortened": "DELETE FROM audit",
    "the trail emptied": "TRUNCATE audit",
    "tables dropped": "DROP TABLE people",
    "the schema's version": "UPDATE alembic_version SET version_num = 'x'",
}


@pytest.mark.parametrize("statement", FORBIDDEN.values(), ids=FORBIDDEN)
def test_attack_what_the_running_role_may_not(outside: psycopg.Connection, statement: str) -> None:
    """ASVS 13.2.2: least privilege."""
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        outside.execute(statement)  # type: ignore[call-overload]


def test_the_owner_is_held_to_it_as_well(world: World, postgres: Server) -> None:
    with postgres.connect(world.database_name, OWNER) as owner:
        assert owner.execute("SELECT id FROM people").fetchall() == []


def _moved(store: Session) -> None:
    bind_tenant(store, BANK)
    store.execute(text("UPDATE people SET tenant_id = 'acme-shop'"))


def _planted(store: Session) -> None:
    bind_tenant(store, BANK)
    store.execute(text("INSERT INTO conversations VALUES ('c', '', 1, 'acme-shop', NULL)"))


@pytest.mark.parametrize("write", [_moved, _planted], ids=["moved", "planted"])
def test_attack_a_row_for_another_tenant_by_hand(
    world: World, write: Callable[[Session], None]
) -> None:
    with pytest.raises(Refused, match=r"^security_unavailable$"):
        world.core.database.run_here(write)


def test_a_connection_given_back_keeps_no_tenant(world: World) -> None:
    """All of the pool's, one after the other."""
    for _ in range(3):
        assert set(raw(world, _PEOPLE)) == {(BANK,)}
        rows = world.core.database.run_here(lambda store: store.execute(text(_PEOPLE)).all())
        assert rows == []


def test_a_savepoint_that_is_given_up_keeps_the_tenant(world: World) -> None:
    """The server takes the setting back with it."""

    def work(store: Session) -> list[Any]:
        nested = store.begin_nested()
        bind_tenant(store, BANK)
        store.execute(text(_PEOPLE))
        nested.rollback()
        return list(store.execute(text(_PEOPLE)).scalars())

    assert set(world.core.database.run_here(work)) == {BANK}
