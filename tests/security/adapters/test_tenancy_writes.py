"""No statement changes or writes a row of another tenant (ASVS 8.4.1)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import (
    Connection,
    MetaData,
    Table,
    bindparam,
    column,
    delete,
    exists,
    func,
    insert,
    select,
    table,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session, aliased

from security.adapters.account_tables import RecoveryCodeRow
from security.adapters.tables import AuthenticatorRow, PersonRow, SessionRow
from security.adapters.tenancy import bind_tenant
from security.errors import Refused
from tests.security.adapters.test_tenancy import BANK, EPOCH, SHOP, within
from tests.security.world import World

pytestmark = pytest.mark.both_databases

_people = PersonRow.__table__.c
_other = aliased(PersonRow)


def test_attack_changing_rows_of_another_tenant(world: World) -> None:
    """ASVS 8.4.1: by id, as one who has guessed it."""
    [(carl,)] = world.sql("SELECT id FROM people WHERE username_hash = hashed(tenant_id, 'carl')")
    changes = [
        update(PersonRow).where(PersonRow.id == carl).values(disabled_at=EPOCH),
        update(PersonRow.__table__).where(_people.id == carl).values(disabled_at=EPOCH),
        delete(AuthenticatorRow).where(AuthenticatorRow.person_id == carl),
        update(PersonRow).where(exists().where(_other.id == carl)).values(disabled_at=EPOCH),
    ]
    done = within(world, BANK, lambda c: [c.execute(change).rowcount for change in changes])
    assert done == [0, 0, 0, 0]
    assert world.sql("SELECT count(*) FROM people WHERE id = ? AND disabled_at = 1", carl) == [(0,)]


def test_attack_a_mapped_row_by_its_id(world: World) -> None:
    [(carl,)] = world.sql("SELECT id FROM people WHERE username_hash = hashed(tenant_id, 'carl')")

    def work(store: Session) -> PersonRow | None:
        bind_tenant(store, BANK)
        return store.get(PersonRow, carl)

    assert world.core.database.run_here(work) is None


def _moved(connection: Connection) -> Any:
    return connection.execute(update(SessionRow).values(tenant_id=SHOP))


def _code(world: World, username: str, **values: Any) -> dict[str, Any]:
    """Return a row of a table that seals nothing: only its tenant can be wrong with it."""
    who = "SELECT id, tenant_id FROM people WHERE username_hash = hashed(tenant_id, ?)"
    [(person_id, tenant)] = world.sql(who, username)
    given = {"id": "c", "tenant_id": tenant, "person_id": person_id, "code_hash": "h"}
    return {**given, **values}


def test_attack_moving_a_row_to_another_tenant(world: World) -> None:
    """ASVS 8.4.1."""
    with pytest.raises(Refused, match=r"^security_unavailable$"):
        within(world, BANK, _moved)


def test_attack_writing_a_row_for_another_tenant(world: World) -> None:
    """ASVS 8.4.1: the same row that its own tenant may write."""
    row = _code(world, "carl")
    with pytest.raises(Refused, match=r"^security_unavailable$"):
        within(world, BANK, lambda c: c.execute(insert(RecoveryCodeRow), row))
    assert world.sql("SELECT id FROM recovery_codes") == []
    within(world, SHOP, lambda c: c.execute(insert(RecoveryCodeRow), row))
    assert world.sql("SELECT id FROM recovery_codes") == [("c",)]


def test_attack_writing_a_row_from_what_another_tenant_has(world: World) -> None:
    """ASVS 8.4.1: a value that is read where the row is written is held to the tenant as well."""
    theirs = select(func.max(PersonRow.tenant_id)).where(PersonRow.tenant_id == SHOP)
    read = func.coalesce(theirs.scalar_subquery(), "nothing")
    statement = insert(RecoveryCodeRow).values(**_code(world, "alice", code_hash=read))
    within(world, BANK, lambda c: c.execute(statement))
    assert world.sql("SELECT code_hash FROM recovery_codes") == [("nothing",)]


_codes = RecoveryCodeRow.__table__


def _many(theirs: dict[str, Any]) -> Any:
    return insert(_codes).values([theirs, theirs | {"id": "d", "code_hash": "i"}])


def _named(theirs: dict[str, Any]) -> Any:
    given = theirs | {"tenant_id": bindparam("whose", theirs["tenant_id"])}
    return insert(_codes).values(given)


def _computed(theirs: dict[str, Any]) -> Any:
    return insert(_codes).values(theirs | {"tenant_id": func.lower(theirs["tenant_id"].upper())})


@pytest.mark.parametrize("way", [_many, _named, _computed])
def test_attack_a_row_of_another_tenant_written_in_another_way(
    world: World, way: Callable[[dict[str, Any]], Any]
) -> None:
    """ASVS 8.4.1: several rows at once, a parameter by another name, a tenant that is computed."""
    statement = way(_code(world, "carl"))
    with pytest.raises(Refused):
        within(world, BANK, lambda connection: connection.execute(statement))
    assert world.sql("SELECT count(*) FROM recovery_codes WHERE code_hash = 'h'") == [(0,)]


@pytest.mark.parametrize("dialect", [sqlite, postgresql])
def test_attack_a_row_that_is_there_already_is_taken_over(world: World, dialect: Any) -> None:
    """ASVS 8.4.1: an upsert changes the row of whoever has that id."""
    mine = _code(world, "alice", code_hash="mine")
    upsert = dialect.insert(_codes).values(mine)
    upsert = upsert.on_conflict_do_update(index_elements=["id"], set_={"code_hash": "mine"})
    with pytest.raises(Refused):
        within(world, BANK, lambda connection: connection.execute(upsert))


def test_attack_a_table_by_its_name_alone(world: World) -> None:
    """ASVS 8.4.1: nothing says that it is tenants'; a hint is words of SQL as well."""
    ids = select(column("id"))
    for query in (
        ids.select_from(table("people")),
        ids.select_from(Table("people", MetaData())),
        select(_people.id).with_statement_hint("UNION SELECT id FROM people WHERE tenant_id <> ''"),
    ):
        try:
            found = within(world, BANK, lambda c, query=query: c.execute(query).scalars().all())
        except Refused:
            continue
        held = within(world, BANK, lambda c: c.execute(select(_people.id)).scalars().all())
        assert set(found) <= set(held)  # The server holds it.
