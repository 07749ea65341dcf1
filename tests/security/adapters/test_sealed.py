"""Sealed columns in their database, against somebody who can write to it."""

from __future__ import annotations

import pytest
from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session, aliased

from security.adapters.sealed import Unreadable, closed, readable
from security.adapters.tables import AuthenticatorRow, PersonRow
from security.adapters.tenancy import across_tenants
from security.errors import Refused
from security.vault.envelope import CannotOpen, KeyGone, key_id_of
from tests.security.world import World

FACTOR = "SELECT id FROM authenticators WHERE person_id = (SELECT id FROM people WHERE"


def factor(world: World, username: str = "alice") -> AuthenticatorRow:
    person = world.look(username)
    return world.core.database.run_here(
        lambda s: s.scalars(
            select(AuthenticatorRow).where(
                AuthenticatorRow.person_id == person.id, AuthenticatorRow.method == "totp"
            )
        ).one(),
        across="a test looks on",
    )


def secret(world: World, row_id: str) -> bytes:
    row = world.core.database.run_here(
        lambda s: s.get_one(AuthenticatorRow, row_id), across="a test looks on"
    )
    return readable(row.secret_sealed)


def test_a_mapped_row_is_plain_in_memory_and_sealed_at_rest(world: World) -> None:
    row = factor(world)
    assert row.secret_sealed.decode() == world.person("alice").totp_secret
    [(stored,)] = world.sql("SELECT secret_sealed FROM authenticators WHERE id = ?", row.id)
    assert row.secret_sealed not in stored
    assert len(key_id_of(stored)) == 8


SWAPS = {
    "another row's": "UPDATE authenticators SET secret_sealed = (SELECT secret_sealed FROM "
    "authenticators WHERE method = 'totp' AND id <> :row LIMIT 1) WHERE id = :row",
    "another column's": "UPDATE authenticators SET secret_sealed = (SELECT name_sealed FROM people "
    "WHERE id = person_id) WHERE id = :row",
    "another person's row": "UPDATE authenticators SET person_id = (SELECT id FROM people WHERE "
    "id <> person_id LIMIT 1) WHERE id = :row",
    "another tenant's row": "UPDATE authenticators SET tenant_id = 'acme-shop' WHERE id = :row",
    "a flipped bit": "UPDATE authenticators SET secret_sealed = substr(secret_sealed, 1, "
    "length(secret_sealed) - 1) || x'00' WHERE id = :row",
    "a cut one": "UPDATE authenticators SET secret_sealed = substr(secret_sealed, 1, 20) "
    "WHERE id = :row",
    "nothing": "UPDATE authenticators SET secret_sealed = x'' WHERE id = :row",
    "plain text": "UPDATE authenticators SET secret_sealed = 'JBSWY3DPEHPK3PXP' WHERE id = :row",
    "an older form": "UPDATE authenticators SET secret_sealed = x'01' || substr(secret_sealed, 2) "
    "WHERE id = :row",
}


@pytest.mark.parametrize("what", SWAPS)
def test_attack_what_was_put_into_a_sealed_column_opens_nowhere(world: World, what: str) -> None:
    """ASVS 11.3.3: a swapped row, column, person, tenant, a flipped bit."""
    row = factor(world)
    world.sql(SWAPS[what].replace(":row", f"'{row.id}'"))
    with pytest.raises(CannotOpen):
        secret(world, row.id)


@pytest.mark.parametrize("renamed", ["x|y", "|", "=a|b"])
def test_attack_a_row_whose_name_holds_the_separator(world: World, renamed: str) -> None:
    """ASVS 11.3.3: nobody writes a row's identity by writing its name."""
    row = factor(world)
    world.sql("UPDATE authenticators SET id = ? WHERE id = ?", renamed, row.id)
    with pytest.raises(CannotOpen):
        secret(world, renamed)


def test_a_value_that_does_not_open_can_be_used_for_nothing_and_deleted(world: World) -> None:
    """A row whose key was destroyed can still be found and deleted."""
    row = factor(world)
    world.core.data_keys.destroy_person_keys(row.person_id)

    def work(store: Session) -> None:
        person = store.get_one(PersonRow, row.person_id)
        name = person.name
        assert repr(name) == "Unreadable()"
        uses = (str, len, bool, bytes, hash, lambda v: v == "x", lambda v: f"{v}", lambda v: v.a)
        for use in (*uses, list, lambda v: v + "x", lambda v: v[0], lambda v: v < "x"):
            with pytest.raises(KeyGone):
                use(name)  # type: ignore[operator]
        person.disabled_at = world.clock.now
        store.flush()
        store.delete(store.get_one(AuthenticatorRow, row.id))

    world.core.database.run_here(work, across="a test looks on")
    assert world.sql("SELECT count(*) FROM authenticators WHERE id = ?", row.id) == [(0,)]


def test_plain_statements_open_their_columns_as_well(world: World) -> None:
    table, other = PersonRow.__table__, aliased(PersonRow)
    mine, bobs = table.c.id == world.look("alice").id, other.id == world.look("bob").id

    def work(store: Session) -> tuple[object, ...]:
        return (
            store.connection().execute(select(table).where(mine)).one().name_sealed,
            store.execute(select(PersonRow.name).where(mine)).scalar_one(),
            store.scalars(select(other).where(bobs)).one().name,
        )

    alice, bob = world.person("alice").name, world.person("bob").name
    assert world.core.database.run_here(work, across="a test looks on") == (alice, alice, bob)


def test_what_was_not_sealed_is_not_stored(world: World) -> None:
    """ASVS 14.2.4: a plain statement that forgets to seal is refused, not obeyed."""

    def stored(store: Session) -> None:
        store.execute(update(PersonRow).values(name="in plain"))

    def compared(store: Session) -> None:
        store.execute(select(PersonRow).where(PersonRow.name == "in plain"))

    for work in (stored, compared):
        with pytest.raises(Refused, match="security_unavailable"):
            world.core.database.run_here(work, across="a test looks on")
    names = world.sql("SELECT name_sealed FROM people")
    assert not any(b"in plain" in sealed for (sealed,) in names)


def test_a_plain_statement_stores_what_it_has_sealed(world: World) -> None:
    row, column = factor(world), AuthenticatorRow.__table__.c.secret_sealed
    new = {
        "id": "new",
        "tenant_id": row.tenant_id,
        "person_id": row.person_id,
        "method": "email",
    }
    sealed = closed(world.core.vault, column, b"alice@example.org", new)
    statement = insert(AuthenticatorRow).values(**new, secret_sealed=sealed)
    world.core.database.run_here(lambda store: store.execute(statement), across="a test looks on")
    assert secret(world, "new") == b"alice@example.org"


def test_what_is_somebody_elses_now_is_sealed_for_them(world: World) -> None:
    row, bob = factor(world), world.look("bob")

    def work(store: Session) -> None:
        store.get_one(AuthenticatorRow, row.id).person_id = bob.id

    [(before,)] = world.sql("SELECT secret_sealed FROM authenticators WHERE id = ?", row.id)
    world.core.database.run_here(work, across="a test looks on")
    [(after,)] = world.sql("SELECT secret_sealed FROM authenticators WHERE id = ?", row.id)
    assert key_id_of(before) != key_id_of(after)
    assert secret(world, row.id).decode() == world.person("alice").totp_secret


def test_a_change_of_something_else_seals_nothing_anew(world: World) -> None:
    row = factor(world)
    query = "SELECT secret_sealed FROM authenticators WHERE id = ?"
    before = world.sql(query, row.id)

    def work(store: Session) -> None:
        store.get_one(AuthenticatorRow, row.id).failures = 2

    world.core.database.run_here(work, across="a test looks on")
    assert world.sql(query, row.id) == before


def test_without_a_transaction_of_ours_nothing_opens(world: World) -> None:
    """Fail closed: sealed columns are read by whoever was given the vault, and by nobody else."""
    with (
        Session(world.core.database._engine) as store,
        across_tenants(store, "a test looks on"),
        pytest.raises(LookupError),
    ):
        store.scalars(select(PersonRow)).all()


def test_an_unreadable_value_is_never_taken_for_a_readable_one() -> None:
    with pytest.raises(CannotOpen):
        readable(Unreadable(CannotOpen("x")))
    assert readable(None) is None
    assert readable(b"") == b""


def test_a_name_is_found_by_its_hash_and_changes_with_it(world: World) -> None:
    before = world.sql("SELECT name_hash FROM people ORDER BY id")
    world.change("alice", name="  Alice   of the Bank ")
    changed = world.look("alice")
    wanted = world.core.keys.lookup("people.name", changed.tenant_id, "alice of the bank")
    assert changed.name_hash == wanted
    assert len(set(before) ^ set(world.sql("SELECT name_hash FROM people ORDER BY id"))) == 2
