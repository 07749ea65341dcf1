"""A server by TCP: TLS 1.3, its certificate checked by authority and name, and a password."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError
from trustme import CA

from apis.it.setup import PREPARATION
from cli.database_checks import look
from cli.settings import Settings
from runtime.postgres import Login
from runtime.postgres_engine import server_engine
from security.setup import OnServer, prepare_database, prepare_keys
from tests.support.api_server import empty_database
from tests.support.browser import in_ci
from tests.support.postgres import OWNER, RUNNING, Server, certified, find_postgres, running

PASSWORD = {OWNER: "an owner's long password", RUNNING: "another long password"}


@dataclass(frozen=True)
class Reached:
    """A server by TCP, and the files that lead to it."""

    server: Server
    folder: Path

    @property
    def login(self) -> Login:
        return Login(self.passwords(RUNNING), self.folder / "ca.pem")

    def passwords(self, role: str) -> Path:
        return self.folder / f"{role}.pgpass"

    def url(self, database: str = "postgres", role: str = RUNNING, host: str = "localhost") -> str:
        return f"postgresql://{role}@{host}:{self.server.port}/{database}"


@pytest.fixture(scope="module")
def there(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reached]:
    if find_postgres() is None and not in_ci():
        pytest.skip("needs PostgreSQL: see `make test`")
    folder, authority = tmp_path_factory.mktemp("tls"), CA()
    authority.cert_pem.write_to_path(folder / "ca.pem")
    port = _free_port()
    with certified(authority, port) as server:
        for role, password in PASSWORD.items():
            quoted = password.replace("'", "''")
            server.run(f"ALTER ROLE {role} PASSWORD '{quoted}'")
            file = folder / f"{role}.pgpass"
            file.write_text(f"localhost:{port}:*:{role}:{password}\n")
            file.chmod(0o600)
        yield Reached(server, folder)


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    return port


def ask(engine: Engine) -> object:
    try:
        with engine.connect() as connection:
            query = "SELECT version FROM pg_stat_ssl WHERE pid = pg_backend_pid()"
            return connection.exec_driver_sql(query).scalar_one()
    finally:
        engine.dispose()


def test_a_server_that_shows_who_it_is_answers_by_tls_alone(there: Reached) -> None:
    """ASVS 12.3.5: TLS 1.3."""
    assert ask(server_engine(there.url(), there.login)) == "TLSv1.3"


def test_attack_a_server_of_another_authority_gets_no_password(
    there: Reached, tmp_path: Path
) -> None:
    """ASVS 12.3.2, 12.3.4: `sslmode=verify-full`, against the authority that the settings name."""
    CA().cert_pem.write_to_path(tmp_path / "other.pem")
    login = Login(there.login.passfile, tmp_path / "other.pem")
    with pytest.raises(OperationalError, match="certificate verify failed"):
        ask(server_engine(there.url(), login))


def test_attack_a_server_with_anothers_name_gets_no_password(there: Reached) -> None:
    """ASVS 12.3.2: a certificate of the right authority for another name is not enough."""
    with pytest.raises(OperationalError, match="does not match host name"):
        ask(server_engine(there.url(host="127.0.0.1"), there.login))


def test_attack_a_server_without_tls_gets_no_password(there: Reached) -> None:
    """ASVS 12.3.1: nothing falls back to plain words where an authority is named."""
    port = _free_port()
    plain = {"listen_addresses": "127.0.0.1", "port": str(port)}
    url = f"postgresql://{RUNNING}@localhost:{port}/postgres"
    refused = pytest.raises(OperationalError, match="does not support SSL")
    with running(plain, "host all all 127.0.0.1/32 trust\n"), refused:
        ask(server_engine(url, there.login))


def test_without_the_password_nobody_is_let_in(there: Reached) -> None:
    with pytest.raises(OperationalError, match="no password supplied"):
        ask(server_engine(there.url(), Login(None, there.login.ca_file)))


def test_security_and_an_api_are_set_up_over_tls(
    there: Reached, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As the owner, with its own password; the doctor then answers as the running role."""
    security, it = empty_database(there.server), empty_database(there.server)
    owner = Login(there.passwords(OWNER), there.login.ca_file)
    home = tmp_path / "home"
    keys = prepare_keys(home)
    prepare_database(home, keys, OnServer(there.url(security, OWNER), RUNNING, owner)).close()
    for name, value in {
        "SECURITY_DATABASE_URL": there.url(security),
        "SECURITY_DATABASE_PASS_FILE": there.passwords(RUNNING),
        "SECURITY_DATABASE_CA_FILE": owner.ca_file,
        "SECURITY_DATABASE_OWNER": OWNER,
        "IT_DATABASE_URL": there.url(it),
        "IT_DATABASE_PASS_FILE": there.passwords(RUNNING),
        "IT_DATABASE_CA_FILE": owner.ca_file,
        "IT_DATABASE_OWNER": OWNER,
        "IT_DATABASE_OWNER_PASS_FILE": owner.passfile,
    }.items():
        monkeypatch.setenv(f"GATEHOUSE_{name}", str(value))
    assert PREPARATION.prepare(home, None, "", datetime.now(UTC)) == "it: schema is current"
    said = look(Settings(_env_file=None, home=home, mode="production"))
    assert "security_database on PostgreSQL" in said
    assert "it_database on PostgreSQL" in said
    assert "but its role" not in said
