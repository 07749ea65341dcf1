"""`python -m security.tools.audit verify|tail|export|archive|key --home DIR`: the trail's tool.

`verify` ends with 1 and the first bad record where something does not hold.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import quote

import orjson
from sqlalchemy import URL, Connection, Engine, create_engine, make_url
from sqlalchemy.exc import SQLAlchemyError

from runtime.postgres import Login
from runtime.postgres_engine import server_engine
from security.adapters import checkpoint_store
from security.adapters.audit_archive import (
    archives,
    delete_old,
    not_archived,
    stretch,
    take_out,
    write_archive,
)
from security.adapters.audit_export import write_export, write_ocsf
from security.adapters.audit_log import read_all, read_last
from security.adapters.database import open_engine
from security.adapters.row_security import ROW_KEY_FILE, load_row_key
from security.adapters.trail_seeds import TrailSeeds
from security.audit import ocsf, verifier
from security.clock import utc_now
from security.database_parts import engine_of
from security.outlets.settings import load_outlets
from security.retention import read_retention
from security.settings import RingSettings, SecuritySettings
from security.setup import on_server
from security.trail_parts import archive_folder, checkpoints_path
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


@contextmanager
def trail_keys(home: Path) -> Iterator[TrailSeeds]:
    """Give the keys that sign checkpoints, from the key ring of this home."""
    ring = RingSettings()
    url = ring.ring_url or ring_url(home)
    keys = open_keys(home / "keys", url, login=ring.ring_login)
    try:
        yield keys.data_keys.trail
    finally:
        keys.vault.close()


def _public_keys(home: Path) -> bytes:
    """Return all public keys that the trail of this home is checked with."""
    with trail_keys(home) as keys, reading(home) as connection:
        return checkpoint_store.public_keys(connection, keys)


def verify(options: argparse.Namespace) -> int:
    """Check an export, or this home's archives and its trail with its checkpoints."""
    with TemporaryDirectory() as folder:
        key = options.key
        if key is None:
            key = Path(folder) / "key.pem"
            key.write_bytes(_public_keys(options.home))
        if options.file is not None:
            return _verified(options.file, key, options.checkpoint)
        return _verify_here(options, key, Path(folder))


def _verify_here(options: argparse.Namespace, key: Path, folder: Path) -> int:
    """Check each archive against the one before it, and the trail against the last of them."""
    older: list[bytes] = []
    for file in archives(archive_folder(options.home)):
        if _verified(file, key, _kept(folder, older)):
            print(f"in {file}", file=sys.stderr)
            return 1
        older = [file.read_bytes().splitlines()[-1]]
    with reading(options.home) as connection:
        missing = not_archived(connection, archive_folder(options.home))
    if missing is not None:
        print(missing, file=sys.stderr)
        return 1
    named: Path = options.checkpoint or checkpoints_path(options.home)
    if options.checkpoint is not None or named.exists():
        older += named.read_bytes().splitlines()
    if settings_of(options.home).security_database_url is None:
        return _verified(database_file(options.home), key, _kept(folder, older))
    return _verify_on_server(options.home, key, _kept(folder, older))


def _kept(folder: Path, older: list[bytes]) -> Path | None:
    """Return a file with these lines, for the verifier; None where there is none."""
    if not older:
        return None
    file = folder / "older.jsonl"
    file.write_bytes(b"".join(line + b"\n" for line in older))
    return file


def _verified(file: Path, key: Path, older: Path | None) -> int:
    given = [str(file), "--key", str(key)]
    return verifier.main([*given, "--checkpoint", str(older)] if older is not None else given)


def _verify_on_server(home: Path, key: Path, older: Path | None) -> int:
    """Check the trail of this moment, and the signatures that are in the database."""
    try:
        keys = verifier.read_keys(key.read_bytes())
        before = verifier.read_older(older.read_bytes() if older else b"", keys)
        with reading(home) as connection:
            lines, records = checkpoint_store.all_lines(connection), read_all(connection)
            print(verifier.verify_live(lines, records, keys, before))
    except verifier.Bad as bad:
        print(bad, file=sys.stderr)
        return 1
    return 0


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
    now = utc_now()
    with trail_keys(options.home) as keys:
        engine = engine_of(settings_of(options.home))
        try:
            with engine.begin() as connection:
                checkpoint_store.add(connection, keys, now)
        finally:
            engine.dispose()
        if options.format == "ocsf":
            with reading(options.home) as connection:
                count = write_ocsf(connection, options.file)
            print(f"{options.file}: {count} events of OCSF {ocsf.VERSION}, not signed")
            return 0
        with reading(options.home) as connection:
            count = write_export(connection, keys, options.file, now)
            key = keys.after(checkpoint_store.newest(connection))
    print(f"{options.file}: {count} records, signed with key {key.id}")
    return 0


def archive(options: argparse.Namespace) -> int:
    """Take what is too old to be at hand out of the database, into files of this home."""
    now, trail = utc_now(), read_retention().trail
    folder, engine = archive_folder(options.home), _owner_engine(options.home)
    try:
        with trail_keys(options.home) as keys:
            outlets = load_outlets(settings_of(options.home).mode).names
            given = (keys, folder, trail.at_hand_since(now), now, outlets)
            made = list(_archived(engine, *given))
    finally:
        engine.dispose()
    gone = delete_old(folder, trail.kept_since(now))
    print(f"{len(made)} archives made, {gone} deleted")
    return 0


def _archived(
    engine: Engine,
    keys: TrailSeeds,
    folder: Path,
    before: datetime,
    now: datetime,
    outlets: Sequence[str],
) -> Iterator[Path]:
    """Make one archive after the other, each whole before the next one is begun."""
    while True:
        with engine.begin() as connection:
            checkpoint_store.add(connection, keys, now)
            lanes = stretch(connection, before, outlets)
            if not lanes:
                return
            file = write_archive(connection, keys, folder, lanes, now)
        with engine.begin() as connection:
            take_out(connection, keys, lanes, now)
        yield file


def _owner_engine(home: Path) -> Engine:
    """Return an engine that may delete: on a server, whoever security runs as may not."""
    there = on_server(home)
    if there is None:
        database_file(home)
        return engine_of(settings_of(home))
    row_key = load_row_key(home / "keys" / ROW_KEY_FILE)
    return open_engine(there.url, login=there.login, row_key=row_key)


def public_key(options: argparse.Namespace) -> int:
    """Write the public key that the trail is checked with, and those that came before it."""
    pem = _public_keys(options.home)
    options.file.write_bytes(pem)
    for key in verifier.read_keys(pem):
        print(f"{options.file}: public key {key}")
    return 0


_WHAT: dict[str, Callable[[argparse.Namespace], int]] = {
    "verify": verify,
    "tail": tail,
    "export": export,
    "archive": archive,
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
