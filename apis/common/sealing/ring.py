"""The keys that seal what an API keeps, each wrapped under the API's master key.

They are in a file of their own beside the data: what is copied of the data holds no key, and a
master key is replaced without touching a row. A key is on the disk before anything is sealed
under it.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from apis.common.key_file import KEY_BYTES, begin_replacing, end_replacing, read_keys
from apis.common.sealing.envelope import KEY_ID_BYTES

MOST_SEALS = 2**31
"""How often a key seals with random nonces: then two of them are alike with a chance below 2^-32
(NIST SP 800-38D, section 8.3)."""
STEP = 2**16
"""So many seals are counted at once, before they are made."""
ROWS, LOOKUP, PINS = "rows", "lookup", "pins"
"""What a key is for: the rows of a tenant, finding equal values, the bank's PINs."""

_WAIT_SECONDS = 10
_SCHEMA = """
CREATE TABLE IF NOT EXISTS keys (
    id TEXT PRIMARY KEY,
    purpose TEXT NOT NULL,
    tenant TEXT NOT NULL,
    master TEXT NOT NULL,
    wrapped BLOB NOT NULL,
    seals INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    retired_at INTEGER
);
CREATE UNIQUE INDEX IF NOT EXISTS ix_keys_active ON keys (purpose, tenant)
    WHERE retired_at IS NULL;
"""
_ACTIVE = "SELECT * FROM keys WHERE purpose = ? AND tenant = ? AND retired_at IS NULL"


class WrongKey(ValueError):
    """The key file is not the one of this API's keys, or there are no keys to what is sealed.

    The message is for the operator: it names files, never a value.
    """


@dataclass(frozen=True)
class Key:
    """A key that is unwrapped; never shown."""

    id: bytes
    purpose: str
    tenant: str
    secret: bytes
    left: int = 0
    """How many seals were counted for whoever asked."""

    def __repr__(self) -> str:
        return f"Key({self.id.hex()})"


def ring_path(database: Path) -> Path:
    """Return where the keys of an API's database are."""
    return database.with_name("ring.db")


class Ring:
    """The keys of one API: `file` holds them wrapped, `master` is the API's key file.

    Everything raises `OSError`, `sqlite3.Error` or `WrongKey`.
    """

    def __init__(self, file: Path, master: Path) -> None:
        self._file = file
        self.master = master

    def make(self) -> None:
        """Make the file where there is none, for its owner alone."""
        os.close(os.open(self._file, os.O_RDWR | os.O_CREAT, 0o600))
        with closing(self._open()) as connection:
            connection.executescript(_SCHEMA)

    def stamp(self) -> bytes:
        """Return what is another value once a key has been retired, and not before.

        It is SQLite's `user_version` (https://sqlite.org/fileformat2.html, section 1.3.12).
        """
        with self._file.open("rb", buffering=0) as opened:
            opened.seek(60)
            return opened.read(4)

    def all(self) -> list[Key]:
        """Return all keys."""
        with closing(self._open()) as connection:
            return [self._unwrapped(row) for row in connection.execute("SELECT * FROM keys")]

    def take(self, purpose: str, tenant: str) -> Key:
        """Return the present key with `STEP` more seals counted, made where there is none.

        One that has sealed enough gets a successor.
        """
        with self._changing() as connection:
            row = connection.execute(_ACTIVE, (purpose, tenant)).fetchone()
            if row is not None and row["seals"] + STEP > MOST_SEALS:
                self._retire(connection, row["id"])
                row = None
            if row is None:
                row = self._make(connection, purpose, tenant, secrets.token_bytes(KEY_BYTES))
            connection.execute("UPDATE keys SET seals = seals + ? WHERE id = ?", (STEP, row["id"]))
            return self._unwrapped(row, STEP)

    def secret(self, purpose: str, first: bytes | None = None) -> bytes:
        """Return a key that belongs to no tenant; made where there is none, of `first` if given."""
        with closing(self._open()) as connection:
            row = connection.execute(_ACTIVE, (purpose, "")).fetchone()
        if row is None:
            with self._changing() as connection:
                row = connection.execute(_ACTIVE, (purpose, "")).fetchone()
                made = first or secrets.token_bytes(KEY_BYTES)
                row = row or self._make(connection, purpose, "", made)
        return self._unwrapped(row).secret

    def retire_all(self) -> None:
        """Let every tenant's key have a successor for what is sealed from now on."""
        with self._changing() as connection:
            query = "SELECT id FROM keys WHERE purpose = ? AND retired_at IS NULL"
            for row in connection.execute(query, (ROWS,)).fetchall():
                self._retire(connection, row["id"])

    def destroy(self, ids: set[bytes]) -> None:
        """Forget keys that nothing is sealed under any more."""
        with self._changing() as connection:
            named = [(key.hex(),) for key in ids]
            connection.executemany(
                "DELETE FROM keys WHERE id = ? AND retired_at IS NOT NULL", named
            )

    def retired(self) -> set[bytes]:
        """Return the ids of the keys that have successors."""
        with closing(self._open()) as connection:
            rows = connection.execute("SELECT id FROM keys WHERE retired_at IS NOT NULL")
            return {bytes.fromhex(row["id"]) for row in rows}

    def replace_master(self) -> int:
        """Wrap every key under a new master key, destroy the old one; return how many there were.

        Interrupted, it is done again and goes on where it was. Whoever holds the keys already, as
        a process that serves does, notices nothing.
        """
        with self._changing() as connection:
            # With the lock: of two at once, one would write over the key that the other has used.
            begin_replacing(self.master)
            masters = self._masters()
            newest = list(masters)[-1]
            rows = connection.execute("SELECT * FROM keys").fetchall()
            for row in rows:
                if row["master"] != newest:
                    key = self._unwrapped(row)
                    wrapped = self._wrapped(masters[newest], key)
                    changed = (newest, wrapped, row["id"])
                    connection.execute(
                        "UPDATE keys SET master = ?, wrapped = ? WHERE id = ?", changed
                    )
        # No key is made meanwhile: whoever makes one reads the file after it has the lock.
        with self._changing() as connection:
            end_replacing(self.master)
        return len(rows)

    def _make(
        self, connection: sqlite3.Connection, purpose: str, tenant: str, secret: bytes
    ) -> sqlite3.Row:
        masters = self._masters()
        # A key wrapped under a file that was put there by mistake would not open ever after.
        for row in connection.execute("SELECT DISTINCT master FROM keys").fetchall():
            if row["master"] not in masters:
                raise self._wrong()
        newest = list(masters)[-1]
        key = Key(secrets.token_bytes(KEY_ID_BYTES), purpose, tenant, secret)
        wrapped = self._wrapped(masters[newest], key)
        made = (key.id.hex(), purpose, tenant, newest, wrapped, int(time.time()))
        connection.execute("INSERT INTO keys VALUES (?, ?, ?, ?, ?, 0, ?, NULL)", made)
        stored: sqlite3.Row = connection.execute(_ACTIVE, (purpose, tenant)).fetchone()
        return stored

    def _retire(self, connection: sqlite3.Connection, key: str) -> None:
        now = int(time.time())
        connection.execute("UPDATE keys SET retired_at = ? WHERE id = ?", (now, key))
        [stamp] = connection.execute("PRAGMA user_version").fetchone()
        # nosemgrep: sql-text-is-constant - a number; a pragma takes no parameter.
        connection.execute(f"PRAGMA user_version = {(int(stamp) + 1) % 2**31}")

    def _wrapped(self, master: bytes, key: Key) -> bytes:
        nonce = secrets.token_bytes(12)
        return nonce + _wrapping(master).encrypt(nonce, key.secret, _named(key))

    def _unwrapped(self, row: sqlite3.Row, left: int = 0) -> Key:
        named = Key(bytes.fromhex(row["id"]), row["purpose"], row["tenant"], b"")
        master = self._masters().get(row["master"])
        if master is None:
            raise self._wrong()
        nonce, wrapped = row["wrapped"][:12], row["wrapped"][12:]
        try:
            secret = _wrapping(master).decrypt(nonce, wrapped, _named(named))
        except InvalidTag:
            raise self._wrong() from None
        return Key(named.id, named.purpose, named.tenant, secret, left)

    def _wrong(self) -> WrongKey:
        return WrongKey(
            f"{self.master} is not the key file of {self._file}: put back the one that is"
        )

    def _masters(self) -> dict[str, bytes]:
        """Return the master keys by their ids, the newest last."""
        return {_id_of(master): master for master in read_keys(self.master)}

    def _open(self) -> sqlite3.Connection:
        if not self._file.exists():
            raise WrongKey(f"{self._file} is not there: put it back, or run the set-up")
        address = f"{self._file.absolute().as_uri()}?mode=rw"
        connection = sqlite3.connect(address, uri=True, timeout=_WAIT_SECONDS, isolation_level=None)
        connection.row_factory = sqlite3.Row
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA secure_delete = ON")
        return connection

    @contextmanager
    def _changing(self) -> Iterator[sqlite3.Connection]:
        with closing(self._open()) as connection:
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
            except BaseException:
                connection.execute("ROLLBACK")
                raise
            connection.execute("COMMIT")


def _wrapping(master: bytes) -> AESGCM:
    return AESGCM(_derived(master, "wrapping"))


def _id_of(master: bytes) -> str:
    return hmac.new(_derived(master, "name"), b"", hashlib.sha256).hexdigest()[:16]


def _derived(master: bytes, purpose: str) -> bytes:
    info = f"gatehouse/api/{purpose}".encode()
    return HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=info).derive(master)


def _named(key: Key) -> bytes:
    parts = (key.id, key.purpose.encode(), key.tenant.encode())
    return b"".join(len(part).to_bytes(4, "big") + part for part in parts)
