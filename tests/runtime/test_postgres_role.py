"""What a role of PostgreSQL could do that it must not: each is found, also through another role."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count

import psycopg
import pytest
from sqlalchemy import make_url

from runtime.postgres import Login
from runtime.postgres_role import OLDEST, look
from tests.support.postgres import OWNER, RUNNING, Server

pytestmark = pytest.mark.postgres_alone
_NUMBERS = count(1)
TABLES = (
    "CREATE TABLE people (tenant text)",
    "ALTER TABLE people ENABLE ROW LEVEL SECURITY",
    "CREATE TABLE row_security (key bytea)",
    f"ALTER TABLE people OWNER TO {OWNER}",
    f"ALTER TABLE row_security OWNER TO {OWNER}",
)


@pytest.fixture
def database(postgres: Server) -> Iterator[str]:
    name = postgres.create()
    for statement in TABLES:
        postgres.run(statement, database=name)
    yield name
    postgres.drop(name)


@pytest.fixture
def role(postgres: Server, database: str) -> Iterator[str]:
    """A role of this test's own, which is taken away again."""
    name = f"somebody_{next(_NUMBERS)}"
    postgres.run(f"CREATE ROLE {name} LOGIN")
    yield name
    postgres.run(f"DROP OWNED BY {name}", database=database)
    postgres.run(f"DROP ROLE {name}")


def dangers(server: Server, database: str, role: str) -> tuple[str, ...]:
    return look(make_url(server.url(database, role)), Login()).dangers


def test_the_role_that_security_runs_as_can_do_nothing_else(
    postgres: Server, database: str
) -> None:
    told = look(make_url(postgres.url(database, RUNNING)), Login())
    assert told.version >= OLDEST
    assert told.dangers == ()


GIVEN = {
    "superuser": ("ALTER ROLE {} SUPERUSER", "superuser"),
    "bypass": ("ALTER ROLE {} BYPASSRLS", "bypass"),
    "replication": ("ALTER ROLE {} REPLICATION", "copy"),
    "files": ("GRANT pg_read_server_files TO {}", "files"),
    "programs": ("GRANT pg_execute_server_program TO {}", "files"),
    "owner": (f"GRANT {OWNER} TO {{}}", "owns tables"),
    "key": ("GRANT SELECT ON row_security TO {}", "key of row security"),
    "all data": ("GRANT pg_read_all_data TO {}", "key of row security"),
}


@pytest.mark.parametrize("what", GIVEN)
def test_attack_a_role_that_could_pass_by_the_rules_is_found(
    postgres: Server, database: str, role: str, what: str
) -> None:
    """ASVS 8.4.1, 13.2.2."""
    statement, said = GIVEN[what]
    postgres.run(statement.format(role), database=database)
    assert any(said in danger for danger in dangers(postgres, database, role))


def test_attack_a_role_that_may_become_one_that_bypasses_is_found(
    postgres: Server, database: str, role: str
) -> None:
    """ASVS 13.2.2: not inherited, but one SET ROLE away."""
    other = f"{role}_bypasses"
    postgres.run(f"CREATE ROLE {other} BYPASSRLS NOINHERIT")
    postgres.run(f"GRANT {other} TO {role}")
    found = dangers(postgres, database, role)
    postgres.run(f"DROP ROLE {other}")
    assert found == ("may bypass row security",)


def test_a_server_that_is_away_is_an_error(postgres: Server) -> None:
    with pytest.raises(psycopg.OperationalError):
        look(make_url(postgres.url("nowhere")), Login())
