"""No statement runs without a tenant, and none reaches a row of another (ASVS 8.4.1)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import (
    DDL,
    Connection,
    delete,
    exists,
    func,
    insert,
    literal_column,
    select,
    text,
    update,
)
from sqlalchemy.orm import Session, aliased
from sqlalchemy.sql import Executable

from security.adapters import audit_log
from security.adapters.account_tables import RecoveryCodeRow
from security.adapters.audit_tables import AuditRow
from security.adapters.tables import (
    AuthenticatorRow,
    Base,
    ChallengeRow,
    ConversationRow,
    PersonRow,
    SessionRow,
    TenantRow,
)
from security.adapters.tenancy import across_tenants, bind_tenant, change_tenant
from security.adapters.tenant_filter import WHY_NOT, tenant_column
from security.errors import Refused
from tests.security.visitor import Visitor
from tests.security.world import World

pytestmark = pytest.mark.both_databases

BANK, SHOP = "northwind-bank", "acme-shop"
EPOCH = datetime(1970, 1, 1, 0, 0, 0, 1, UTC)
_people, _factors = PersonRow.__table__.c, AuthenticatorRow.__table__.c
_other = aliased(PersonRow)

READS: dict[str, Executable] = {
    "mapped": select(PersonRow.tenant_id),
    "a whole row": select(PersonRow.__table__.c.tenant_id),
    "an alias": select(_other.tenant_id),
    "a join": select(_people.tenant_id).join(
        AuthenticatorRow.__table__, _factors.person_id == _people.id
    ),
    "the joined side": select(_people.tenant_id)
    .select_from(AuthenticatorRow.__table__)
    .join(PersonRow.__table__, _people.id == _factors.person_id),
    "an outer join": select(_people.tenant_id)
    .select_from(TenantRow.__table__)
    .outerjoin(PersonRow.__table__, _people.tenant_id != TenantRow.__table__.c.id)
    .where(_people.tenant_id.is_not(None)),
    "a subquery": select(select(PersonRow.tenant_id).subquery().c.tenant_id),
    "a common table": select(select(PersonRow.tenant_id).cte().c.tenant_id),
    "a union": select(PersonRow.tenant_id).union(select(_other.tenant_id)),
    "a scalar": select(select(func.max(PersonRow.tenant_id)).scalar_subquery()),
    "organisations": select(TenantRow.id),
}


def within(world: World, tenant: str | None, work: Callable[[Connection], Any]) -> Any:
    """Run `work` in a transaction of this tenant."""

    def bound(store: Session) -> Any:
        bind_tenant(store, tenant)
        return work(store.connection())

    return world.core.database.run_here(bound)


def everybody(world: World, work: Callable[[Connection], Any]) -> Any:
    return world.core.database.run_here(
        lambda store: work(store.connection()), across="a test looks on"
    )


@pytest.mark.parametrize("query", READS.values(), ids=READS)
def test_attack_a_query_of_any_shape_sees_one_tenant(world: World, query: Executable) -> None:
    """ASVS 8.4.1."""
    seen = within(world, BANK, lambda c: set(c.execute(query).scalars()))
    assert seen == ({BANK} if query is not READS["an outer join"] else set())
    assert SHOP in str(everybody(world, lambda c: set(c.execute(READS["mapped"]).scalars())))


@pytest.mark.parametrize("query", READS.values(), ids=READS)
def test_a_query_without_a_tenant_is_refused(world: World, query: Executable) -> None:
    """ASVS 8.4.1: whoever forgets it finds out at once."""
    with pytest.raises(Refused, match=r"^security_unavailable$"):
        world.core.database.run_here(lambda store: store.execute(query).all())


@pytest.mark.parametrize(
    "statement",
    [
        update(PersonRow).values(roles=[]),
        delete(AuthenticatorRow),
        insert(ConversationRow).values(id="c", key_sealed=b"", created_at=None, tenant_id=BANK),
    ],
    ids=["update", "delete", "insert"],
)
def test_a_change_without_a_tenant_is_refused(world: World, statement: Executable) -> None:
    with pytest.raises(Refused, match=r"^security_unavailable$"):
        world.core.database.run_here(lambda store: store.execute(statement))


def test_whoever_has_no_tenant_sees_nobodys_rows_alone(world: World) -> None:
    assert within(world, None, lambda c: c.execute(select(PersonRow.id)).all()) == []
    assert within(world, None, lambda c: c.execute(select(TenantRow.id)).all()) == []


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


def test_a_transaction_stays_its_tenants(world: World) -> None:
    def work(store: Session) -> None:
        bind_tenant(store, None)
        bind_tenant(store, BANK)
        bind_tenant(store, BANK)
        bind_tenant(store, None)  # Nothing is lost by it, and nothing won.
        bind_tenant(store, SHOP)

    with pytest.raises(Refused, match=r"^security_unavailable$"):
        world.core.database.run_here(work)


def test_no_tenant_is_called_everybody(world: World) -> None:
    with pytest.raises(Refused, match=r"^security_unavailable$"):
        within(world, "*", lambda c: c.execute(READS["mapped"]).all())


@pytest.mark.parametrize("way", [across_tenants, lambda at, why: change_tenant(at, BANK, why)])
def test_looking_past_it_needs_a_reason(world: World, way: Callable[..., Any]) -> None:
    def work(store: Session) -> None:
        found = way(store, "")
        if found is not None:
            with found:
                pass

    with pytest.raises(Refused, match=r"^security_unavailable$"):
        world.core.database.run_here(work)


def test_looking_past_it_ends_with_its_block(world: World) -> None:
    def work(store: Session) -> tuple[set[str], set[str]]:
        bind_tenant(store, BANK)
        query = select(PersonRow.tenant_id)
        with across_tenants(store, "a test looks on"):
            all_of_them = set(store.scalars(query))
        return all_of_them, set(store.scalars(query))

    all_of_them, mine = world.core.database.run_here(work)
    assert mine == {BANK} < all_of_them


def test_a_connection_that_is_used_again_is_nobodys(world: World) -> None:
    within(world, BANK, lambda c: c.execute(READS["mapped"]).all())
    for _ in range(3):
        with pytest.raises(Refused):
            world.core.database.run_here(lambda store: store.execute(READS["mapped"]).all())


def test_what_has_no_tenant_needs_none(world: World) -> None:
    assert world.core.database.run_here(lambda store: audit_log.head(store.connection())) is None


def test_every_table_has_a_tenant_or_says_why_not() -> None:
    """ASVS 8.4.1: the list of those without."""
    without = {name for name, table in Base.metadata.tables.items() if not tenant_column(table)}
    assert all(Base.metadata.tables[name].info[WHY_NOT] for name in without)
    assert without == {
        "audit",
        "audit_checkpoints",
        "audit_lanes",
        "client_tokens",
        "leases",
        "outlets",
        "retired_session_ids",
        "sms_received",
        "spent_assertions",
        "sso_logouts",
        "sso_sessions",
        "watch",
    }


async def test_a_session_before_sign_in_and_after(world: World) -> None:
    """The same session has no tenant first, and its person's then."""
    visitor = Visitor(world)
    await visitor.arrive()
    assert len(within(world, None, lambda c: c.execute(select(SessionRow.id)).all())) == 1
    await visitor.sign_in("alice")
    assert within(world, None, lambda c: c.execute(select(SessionRow.id)).all()) == []
    assert within(world, SHOP, lambda c: c.execute(select(SessionRow.id)).all()) == []
    assert len(within(world, BANK, lambda c: c.execute(select(SessionRow.id)).all())) == 1
    assert within(world, SHOP, lambda c: c.execute(select(ChallengeRow.id)).all()) == []


BY_HAND: dict[str, Callable[[Connection], Any]] = {
    "a text": lambda c: c.execute(text("SELECT id FROM people")).all(),
    "in capitals and quotes": lambda c: c.execute(text('SELECT id FROM main."PEOPLE"')).all(),
    "past the compiler": lambda c: c.exec_driver_sql("SELECT id FROM people").all(),
    "a change": lambda c: c.exec_driver_sql("UPDATE people SET disabled_at = 1").rowcount,
    "as if a table were made": lambda c: c.execute(DDL("UPDATE people SET disabled_at = 1")),
    "a column": lambda c: c.execute(select(literal_column("(SELECT max(id) FROM people)"))).all(),
    "a condition": lambda c: c.execute(
        select(AuditRow.sequence).where(text("EXISTS (SELECT 1 FROM people)"))
    ).all(),
    "a source": lambda c: c.execute(select(literal_column("id")).select_from(text("people"))).all(),
}


@pytest.mark.sqlite_alone
@pytest.mark.parametrize("bound", [True, False], ids=["of a tenant", "of nobody"])
@pytest.mark.parametrize("way", BY_HAND.values(), ids=BY_HAND)
def test_attack_sql_by_hand_names_no_table_of_tenants(
    world: World, way: Callable[[Connection], Any], bound: bool
) -> None:
    """ASVS 1.2.4, 8.4.1: on PostgreSQL the server looks after it (test_row_security)."""

    def work(store: Session) -> Any:
        if bound:
            bind_tenant(store, BANK)
        return way(store.connection())

    with pytest.raises(Refused, match=r"^security_unavailable$"):
        world.core.database.run_here(work)
    assert world.sql("SELECT count(*) FROM people WHERE disabled_at = 1") == [(0,)]
    everybody(world, way)  # Whoever says why may.


def test_sql_by_hand_about_nobody_runs(world: World) -> None:
    rows = world.core.database.run_here(lambda s: s.execute(text("SELECT 1")).all())
    assert rows == [(1,)]
