"""docs/postgresql.md's certificates, made by its commands as they stand, in a temporary folder."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from tests.security.world import PROJECT
from tests.support.browser import in_ci
from tests.support.postgres import RUNNING, Server, find_postgres, running, server_user

PAGE = (PROJECT / "docs" / "postgresql.md").read_text("utf-8")
HBA = re.search(r"^# pg_hba\.conf: +(hostssl .*)$", PAGE, re.MULTILINE)
PASSWORD = "a long password of a test"


@pytest.fixture(scope="module")
def made() -> Iterator[Path]:
    """The folder in which each openssl command of the page has been run, in the page's order."""
    if shutil.which("openssl") is None and not in_ci():
        pytest.skip("needs openssl")
    # Not below pytest's folders: the server, another user, has to reach its certificate.
    folder = Path(tempfile.mkdtemp(prefix="gh-docs-pg-"))
    try:
        for line in re.findall(r"^openssl .*$", PAGE, re.MULTILINE):
            done = subprocess.run(
                shlex.split(line), cwd=folder, check=False, capture_output=True, text=True
            )
            assert done.returncode == 0, f"{line}: {done.stderr}"
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module")
def server(made: Path) -> Iterator[Server]:
    """A server with that certificate, and the page's own line of who may connect how."""
    if find_postgres() is None and not in_ci():
        pytest.skip("needs PostgreSQL: see `make test`")
    assert HBA is not None
    key, user = made / "server.key", server_user()
    if user is not None:
        for path in (made, key, made / "server.pem"):
            os.chown(path, user.pw_uid, user.pw_gid)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    settings = {
        "listen_addresses": "127.0.0.1",
        "port": str(port),
        "ssl": "on",
        "ssl_cert_file": str(made / "server.pem"),
        "ssl_key_file": str(key),
    }
    with running(settings, f"{HBA[1]}\n") as started:
        started.run(f"ALTER ROLE {RUNNING} PASSWORD '{PASSWORD}'")
        yield started


def connect(server: Server, made: Path, host: str, mode: str = "verify-full") -> bool | None:
    """Connect by TCP as security does; return whether it is by TLS."""
    with psycopg.connect(
        host=host,
        hostaddr="127.0.0.1",
        port=server.port,
        dbname="postgres",
        user=RUNNING,
        password=PASSWORD,
        sslmode=mode,
        sslrootcert=str(made / "ca.pem"),
    ) as connection:
        return connection.pgconn.ssl_in_use


def test_the_page_has_commands() -> None:
    assert len(re.findall(r"^openssl ", PAGE, re.MULTILINE)) == 3


def test_the_keys_are_their_owners_alone(made: Path) -> None:
    for name in ("ca.key", "server.key"):
        assert (made / name).stat().st_mode & 0o077 == 0


def test_the_certificate_is_good_by_the_strict_rules(made: Path) -> None:
    """RFC 5280 4.2.1.3, which Python's TLS holds to: an authority says what its key is for."""
    command = "openssl verify -x509_strict -purpose sslserver -verify_hostname localhost"
    done = subprocess.run(
        [*command.split(), "-CAfile", "ca.pem", "server.pem"],
        cwd=made,
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr


def test_the_server_is_known_by_authority_and_name(server: Server, made: Path) -> None:
    assert connect(server, made, "localhost") is True


def test_attack_a_server_of_another_name(server: Server, made: Path) -> None:
    """ASVS 12.3.2: the certificate is checked for the name that was asked for."""
    with pytest.raises(psycopg.OperationalError, match="does not match host name"):
        connect(server, made, "db.example.com")


def test_attack_without_tls_nobody_is_let_in(server: Server, made: Path) -> None:
    """ASVS 12.3.1: the page's line of pg_hba.conf knows TLS alone."""
    with pytest.raises(psycopg.OperationalError, match=r"no pg_hba\.conf entry"):
        connect(server, made, "localhost", "disable")
