"""`python -m security.tools.audit verify|tail|export|key --home DIR`: the trail at the machine.

`verify` ends with 1 and the first bad record where something does not hold.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import NamedTemporaryFile, TemporaryDirectory
from urllib.parse import quote

import orjson
from sqlalchemy import URL, Connection, Engine, create_engine, make_url
from sqlalchemy.exc import SQLAlchemyError

from runtime.postgres import Login
from runtime.postgres_engine import server_engine
from security.adapters import checkpoint_store
from security.adapters.audit_export import write_export, write_ocsf
from security.adapters.audit_log import read_last
from security.audit import ocsf, verifier
from security.audit.checkpoint import TrailKey
from security.clock import utc_now
from security.database_parts import engine_of
from security.settings import RingSettings, SecuritySettings
from security.trail_parts import checkpoints_path
from security.vault.envelope import CannotOpen
from security.vault_parts import open_keys, ring_url


def database_file(home: Path) -> Path:
    """Return the file that the trail is in. Raises `FileNotFoundError` where there is none."""
    file = home.resolve() / "db" / "security" / "security.sqlite3"
    if not file.exists():
        raise FileNotFoundError(f"there is no trail in {home}: has Gatehouse run there?")
    return file


def open_read_only(home: Path) -> Engine:
    """Return an engine that cannot write, also while security is running."""
    # The path is part of an address here: what has a meaning there is written otherwise.
    query = {"mode": "ro", "uri": "true"}
    file = f"file:{quote(str(database_file(home)))}"
    return create_engine(URL.create("sqlite", database=file, query=query))


def settings_of(home: Path) -> SecuritySettings:
    """Return what the environment says of this home's databases."""
    return SecuritySettings(home=home, run_dir=home)


@contextmanager
def reading(home: Path) -> Iterator[Connection]:
    """Give a connection that sees one moment of the trail, and keeps no writer waiting."""
    settings = settings_of(home)
    if settings.security_database_url is None:
        engine = open_read_only(home)
    else:
        login = Login(settings.security_database_pass_file, settings.security_database_ca_file)
        url = make_url(settings.sql_url)
        told = {"default_transaction_read_only": "on"}
        engine = server_engine(url, login, told, isolation="REPEATABLE READ")
    try:
        with engine.connect() as connection:
            if engine.dialect.name == "sqlite":
                connection.exec_driver_sql("BEGIN")
            yield connection
    finally:
        engine.dispose()


def trail_key(home: Path) -> TrailKey:
    """Return the key that signs checkpoints, from the key ring of this home."""
    ring = RingSettings()
    url = ring.ring_url or ring_url(home)
    keys = open_keys(home / "keys", url, login=ring.ring_login)
    try:
        return TrailKey(keys.data_keys.trail_seed())
    finally:
        keys.vault.close()


def verify(options: argparse.Namespace) -> int:
    """Check an export, or the trail of this home with its checkpoints; say what was found."""
    if options.file is None and settings_of(options.home).security_database_url is not None:
        return _verify_on_server(options)
    with NamedTemporaryFile() as own:
        key = options.key
        if key is None:
            own.write(trail_key(options.home).public_pem)
            own.flush()
            key = own.name
        given = [str(options.file or database_file(options.home)), "--key", str(key)]
        if older := _older(options):
            given += ["--checkpoint", str(older)]
        return verifier.main(given)


def _verify_on_server(options: argparse.Namespace) -> int:
    """Write an export of this moment, and check that: the server keeps no file to be looked at."""
    with TemporaryDirectory() as folder, reading(options.home) as connection:
        file, key = Path(folder) / "export.jsonl", Path(folder) / "key.pem"
        own = trail_key(options.home)
        write_export(connection, own, file, utc_now())
        key.write_bytes(own.public_pem)
        given = [str(file), "--key", str(options.key or key)]
        if older := _older(options):
            given += ["--checkpoint", str(older)]
        return verifier.main(given)


def _older(options: argparse.Namespace) -> Path | None:
    """Return where checkpoints were kept elsewhere: as named, or beside the database."""
    named: Path | None = options.checkpoint
    beside = checkpoints_path(options.home)
    return beside if named is None and options.file is None and beside.exists() else named


def tail(options: argparse.Namespace) -> int:
    """Print the last records, oldest first, one JSON object a line."""
    with reading(options.home) as connection:
        records = read_last(connection, options.count)
    for record in records:
        print(orjson.dumps(orjson.loads(record)).decode())
    return 0


def export(options: argparse.Namespace) -> int:
    """Sign a checkpoint, and write the trail to a file that proves itself; or as OCSF."""
    if settings_of(options.home).security_database_url is None:
        database_file(options.home)
    if options.format == "ocsf":
        with reading(options.home) as connection:
            count = write_ocsf(connection, options.file)
        print(f"{options.file}: {count} events of OCSF {ocsf.VERSION}, not signed")
        return 0
    key, now = trail_key(options.home), utc_now()
    engine = engine_of(settings_of(options.home))
    try:
        with engine.begin() as connection:
            checkpoint_store.add(connection, key, now)
    finally:
        engine.dispose()
    with reading(options.home) as connection:
        count = write_export(connection, key, options.file, now)
    print(f"{options.file}: {count} records, signed with key {key.id}")
    return 0


def public_key(options: argparse.Namespace) -> int:
    """Write the public key that the trail is checked with."""
    key = trail_key(options.home)
    options.file.write_bytes(key.public_pem)
    print(f"{options.file}: public key {key.id}")
    return 0


_WHAT: dict[str, Callable[[argparse.Namespace], int]] = {
    "verify": verify,
    "tail": tail,
    "export": export,
    "key": public_key,
}


def main() -> int:
    """Run one of them; 1 with one line on standard error where it cannot."""
    parser = argparse.ArgumentParser(prog="security.tools.audit")
    parser.add_argument("what", choices=_WHAT)
    parser.add_argument("file", type=Path, nargs="?")
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--count", type=int, default=20)
    parser.add_argument("--key", type=Path)
    parser.add_argument("--checkpoint", type=Path)
    parser.add_argument("--format", choices=("gatehouse", "ocsf"), default="gatehouse")
    options = parser.parse_args()
    if options.file is None and options.what in ("export", "key"):
        parser.error("a file is missing")
    try:
        return _WHAT[options.what](options)
    except OSError as error:
        print(f"audit: {error}", file=sys.stderr)
    except (SQLAlchemyError, ValueError, TypeError, CannotOpen) as error:
        print(f"audit: the trail cannot be read ({type(error).__name__})", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
