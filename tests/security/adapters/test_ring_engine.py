"""The key ring on PostgreSQL: a schema that is its role's alone, by settings that keep it apart."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import LiteralString, cast

import psycopg
import pytest
from pydantic import ValidationError

from security.adapters.ring_engine import SCHEMA
from security.settings import SecuritySettings
from security.vault.owners import Owner, Scope
from tests.security.adapters.rings import ROLE, Ring
from tests.support.postgres import OWNER, RUNNING, Server

pytestmark = pytest.mark.postgres_alone
ALICE = Owner(Scope.PERSON_ERASABLE, "bank", "alice")


@pytest.fixture
def ring(tmp_path: Path, postgres: Server) -> Iterator[Ring]:
    made = Ring(tmp_path, postgres)
    yield made
    made.close()


@pytest.mark.parametrize("role", [OWNER, RUNNING])
@pytest.mark.parametrize(
    "statement", ["SELECT wrapped FROM {}.data_keys", "DROP SCHEMA {} CASCADE"]
)
def test_attack_the_roles_of_the_data_get_no_key(
    ring: Ring, postgres: Server, role: str, statement: str
) -> None:
    """ASVS 13.3.2: whoever has taken over the data's database has no ring with it."""
    ring.open().data_keys.make([ALICE])
    wanted = cast(LiteralString, statement.format(SCHEMA))
    with postgres.connect(ring.name, role) as connection, pytest.raises(psycopg.Error) as refused:
        connection.execute(wanted)
    assert isinstance(refused.value, psycopg.errors.InsufficientPrivilege)


def test_attack_a_schema_that_another_role_has_made_is_not_used(
    tmp_path: Path, postgres: Server
) -> None:
    """Whose the schema is may read what is in it: no key is brought there."""
    ring = Ring(tmp_path, postgres)
    postgres.run(f"ALTER SCHEMA {SCHEMA} OWNER TO {RUNNING}", database=ring.name)
    with pytest.raises(ValueError, match="belongs to another role"):
        ring.open()
    ring.close()


def test_a_ring_whose_server_is_away_says_so_and_nothing_else(
    tmp_path: Path, postgres: Server
) -> None:
    ring = Ring(tmp_path, postgres)
    ring.close()
    with pytest.raises(ValueError, match=r"cannot be opened: OperationalError$"):
        ring.open()


@pytest.mark.parametrize("role", [OWNER, RUNNING])
def test_the_ring_needs_a_role_of_its_own(tmp_path: Path, role: str) -> None:
    with pytest.raises(ValidationError, match="a role of its own"):
        SecuritySettings(
            home=tmp_path,
            run_dir=tmp_path,
            security_database_url=f"postgresql://{RUNNING}@db.example/data",
            security_database_owner=OWNER,
            ring_url=f"postgresql://{role}@db.example/ring",
        )


def test_an_address_with_a_password_is_refused_and_not_repeated(tmp_path: Path) -> None:
    """ASVS 13.3.1."""
    url = f"postgresql://{ROLE}:planted@db.example/ring"
    with pytest.raises(ValidationError) as refused:
        SecuritySettings(home=tmp_path, run_dir=tmp_path, ring_url=url)
    assert "planted" not in str(refused.value.errors(include_input=False))


def test_attack_no_key_is_made_for_somebody_while_they_are_erased(
    ring: Ring, postgres: Server
) -> None:
    """GDPR 17: whoever adds keys has looked already, and has not committed yet."""
    keys = ring.open().data_keys
    keys.make([ALICE])
    row = "scope, purpose, tenant_id, owner_hash, master_id, wrapped, seals, created_at"
    with postgres.connect(ring.name, ROLE) as adding, ThreadPoolExecutor(1) as thread:
        adding.execute(cast(LiteralString, f"SET search_path = {SCHEMA}"))
        adding.execute("BEGIN")
        adding.execute("SELECT master_id FROM ring_state FOR UPDATE")
        erasing = thread.submit(keys.destroy_person_keys, "alice")
        waits = "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
        while not postgres.run(waits) and not erasing.done():
            pass
        copy = f"INSERT INTO data_keys (id, {row}) SELECT 'another', {row} FROM data_keys"
        adding.execute(cast(LiteralString, f"{copy} WHERE owner_hash IS NOT NULL"))
        adding.execute("COMMIT")
        assert erasing.result().erasable == 2
    assert ring.sql("SELECT id FROM data_keys WHERE owner_hash IS NOT NULL") == []
