"""Finds, and on Debian installs, PostgreSQL; starts a server of one's own in a temporary folder.

It listens on a Unix socket there, and where it is asked to on loopback by TLS. It is not durable:
a server that is thrown away waits for no disk.
"""

from __future__ import annotations

import os
import pwd
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any, LiteralString, cast

import psycopg
from psycopg.types.json import set_json_loads
from sqlalchemy import URL
from trustme import CA

from tests.support.browser import in_ci

_APT = "apt-get install --yes --no-install-recommends postgresql"
_DEBIAN = Path("/usr/lib/postgresql")
OWNER, RUNNING = "gatehouse_owner", "gatehouse"
"""Whose the tables are, and as whom security runs."""

_SETTINGS = {
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "shared_buffers": "64MB",
    "max_connections": "200",
    "max_wal_size": "2GB",
    "autovacuum": "off",
    "log_min_messages": "warning",
}


def find_postgres() -> Path | None:
    """Return the folder of the newest server's programs, or None."""
    on_path = shutil.which("initdb")
    folders = [Path(on_path).resolve().parent] if on_path else []
    versions = _DEBIAN.glob("*/bin/initdb")
    newest = sorted(versions, key=lambda one: int(one.parts[-3]), reverse=True)
    return next(iter([*folders, *(one.parent for one in newest)]), None)


def install() -> None:
    """Install it where that is one command away; else say which command it is."""
    if find_postgres() is not None:
        return
    if shutil.which("apt-get") is None:
        print("some tests need PostgreSQL: install it with your package manager")
    elif os.geteuid() != 0:
        print(f"some tests need PostgreSQL: sudo {_APT}")
    else:
        print("  postgresql: installing …", flush=True)
        # Debian starts a server with the package where it may; ours is started by the tests.
        environ = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        subprocess.run(["apt-get", "update", "--quiet"], check=False, stdout=subprocess.DEVNULL)
        subprocess.run(_APT.split(), env=environ, check=False, stdout=subprocess.DEVNULL)
    if find_postgres() is None:
        print("without it these tests are skipped" + (", which fails in CI" if in_ci() else ""))


class Server:
    """A running server; databases are copies of templates in it."""

    def __init__(self, socket: Path, port: int) -> None:
        self.socket = socket
        self.port = port
        self._numbers = count(1)

    def url(self, database: str, user: str = RUNNING, **query: str) -> str:
        """Return the address of a database by the socket, without a password."""
        return URL.create(
            "postgresql",
            username=user,
            database=database,
            query={"host": str(self.socket), "port": str(self.port), **query},
        ).render_as_string()

    def connect(self, database: str = "postgres", user: str = "postgres") -> psycopg.Connection:
        """Connect as somebody, each statement committed by itself; the superuser unless told.

        JSON is read as the text that is kept, as SQLite gives it.
        """
        connection = psycopg.connect(
            host=str(self.socket), port=self.port, dbname=database, user=user, autocommit=True
        )
        set_json_loads(lambda kept: kept if isinstance(kept, str) else kept.decode(), connection)
        return connection

    def run(self, statement: str, values: Any = None, database: str = "postgres") -> list[Any]:
        """Run one statement as the superuser and return its rows."""
        with self.connect(database) as connection:
            done = connection.execute(cast(LiteralString, statement), values)
            return done.fetchall() if done.description else []

    def create(self, template: str = "template1") -> str:
        """Make a database of its own, a copy of `template`; return its name."""
        name = f"test_{next(self._numbers)}"
        self.run(f'CREATE DATABASE {name} TEMPLATE "{template}" OWNER {OWNER}')
        return name

    def number_rows(self, name: str) -> None:
        """Give every table what SQLite's have: a number that tells in which order rows came."""
        query = "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
        for (table,) in self.run(query, database=name):
            column = "rowid bigint GENERATED ALWAYS AS IDENTITY"
            self.run(f"ALTER TABLE {table} ADD COLUMN {column}", database=name)

    def drop(self, name: str) -> None:
        """Remove a database, whoever is still connected to it."""
        self.run(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


def as_postgres(statement: str, values: Sequence[Any]) -> tuple[str, Sequence[Any] | None]:
    """Return a statement that was written for SQLite in PostgreSQL's words."""
    words = re.sub(r"\bx'([0-9a-f]*)'", r"'\\x\1'::bytea", statement)
    if not values:
        return words, None
    return words.replace("%", "%%").replace("?", "%s"), values


@contextmanager
def running(more: Mapping[str, str] | None = None, hba: str = "") -> Iterator[Server]:
    """Start a server, give it, and stop it by its process id."""
    programs = find_postgres()
    if programs is None:
        raise FileNotFoundError("PostgreSQL")
    # Not below pytest's folders: the path of a socket may not be longer than about 100 bytes.
    folder = Path(tempfile.mkdtemp(prefix="gh-pg-"))
    user = server_user()
    try:
        if user is not None:
            os.chown(folder, user.pw_uid, user.pw_gid)
            folder.chmod(0o711)  # Its socket is for processes of other users as well.
        data = folder / "data"
        initdb = [programs / "initdb", "--pgdata", data, "--username=postgres", "--no-sync"]
        quick = ["--encoding=UTF8", "--locale=C", "--auth=trust", "--no-instructions"]
        _run_as(user, [*initdb, *quick])
        (data / "pg_hba.conf").write_text(f"local all all trust\n{hba}")
        settings = {
            **_SETTINGS,
            "listen_addresses": "",
            "unix_socket_directories": str(folder),
            **(more or {}),
        }
        with (data / "postgresql.auto.conf").open("a") as file:
            file.writelines(f"{name} = '{value}'\n" for name, value in settings.items())
        with (folder / "log").open("wb") as log:
            server = subprocess.Popen(
                [programs / "postgres", "-D", data],
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
                **_as(user),
            )
        try:
            made = Server(folder, int(settings.get("port", "5432")))
            _wait_for(made, server, folder / "log")
            for role in (OWNER, RUNNING):
                made.run(f"CREATE ROLE {role} LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB")
            yield made
        finally:
            server.send_signal(signal.SIGINT)  # SIGTERM would wait for those who are connected.
            server.wait(timeout=30)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def certified(authority: CA, port: int, name: str = "localhost") -> Iterator[Server]:
    """Start a server that is reached by TLS on loopback as well, with a password alone.

    `authority` signs its certificate, which is for `name`. Only the server reads its key.
    """
    user, folder = server_user(), Path(tempfile.mkdtemp(prefix="gh-pg-tls-"))
    try:
        issued = authority.issue_cert(name)
        key, chain = folder / "server.key", folder / "server.pem"
        issued.private_key_pem.write_to_path(key)
        chain.write_bytes(b"".join(part.bytes() for part in issued.cert_chain_pems))
        key.chmod(0o600)
        for path in (folder, key, chain) if user is not None else ():
            os.chown(path, user.pw_uid, user.pw_gid)
        settings = {
            "listen_addresses": "127.0.0.1",
            "port": str(port),
            "ssl": "on",
            "ssl_cert_file": str(chain),
            "ssl_key_file": str(key),
        }
        with running(settings, "hostssl all all 127.0.0.1/32 scram-sha-256\n") as server:
            yield server
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _wait_for(server: Server, process: subprocess.Popen[bytes], log: Path) -> None:
    """Wait until a connection is taken; the server says when by a file, some milliseconds apart."""
    until = time.monotonic() + 30
    while time.monotonic() < until and process.poll() is None:
        try:
            server.connect().close()
        except psycopg.OperationalError:
            time.sleep(0.02)  # It has no way to tell a stranger that it is ready.
        else:
            return
    raise RuntimeError(f"PostgreSQL did not start: {log.read_text()[-2000:]}")


def server_user() -> pwd.struct_passwd | None:
    """Return whose process the server has to be: it refuses to be root's."""
    if os.geteuid() != 0:
        return None
    try:
        return pwd.getpwnam("postgres")
    except KeyError:
        return pwd.getpwnam("nobody")


def _as(user: pwd.struct_passwd | None) -> dict[str, Any]:
    if user is None:
        return {}
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": ()}


def _run_as(user: pwd.struct_passwd | None, command: list[Any]) -> None:
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd="/", **_as(user))


if __name__ == "__main__":
    if sys.argv[1:] != ["--install"]:
        sys.exit("python -m tests.support.postgres --install")
    install()
