"""Homes from before there was a key ring: what they left readable is sealed, nothing is lost."""

from __future__ import annotations

import json
import secrets
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic import command
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import select
from sqlalchemy.orm import Session

from security.adapters.account_tables import DeviceRow, MessageRow
from security.adapters.database import Database, open_engine
from security.adapters.people import by_username
from security.adapters.schema import alembic_config
from security.adapters.sealed import readable
from security.adapters.tables import (
    AuthenticatorRow,
    ConversationRow,
    PersonRow,
    SessionRow,
    TurnRow,
)
from security.adapters.tenancy import across_tenants
from security.setup import prepare_database, prepare_keys
from security.vault.envelope import CannotOpen
from security.vault.keys import KeyRing, new_master_key
from security.vault_parts import Keys

NAME, LABEL, WORDS = "Alice PLANTED", "Firefox on PLANTED", "words of PLANTED"
FILE = Path("db") / "security" / "security.sqlite3"


class OldHome:
    """A home as the version before made it, with one person who has said something."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.file = folder, folder / FILE
        self.file.parent.mkdir(parents=True)
        (folder / "keys").mkdir()
        self.master = new_master_key()
        (folder / "keys" / "master.key").write_bytes(self.master)
        (folder / "keys" / "master.key").chmod(0o600)
        engine = open_engine(f"sqlite:///{self.file}")
        with (
            engine.connect() as connection,
            connection.begin(),
            across_tenants(connection, "a step of the schema"),
        ):
            config = alembic_config()
            config.attributes["connection"] = connection
            command.upgrade(config, "0018")
        engine.dispose()
        self._fill()

    def sealed(self, plain: bytes, *place: str | None) -> bytes:
        """Seal as the version before did: one derived key, four parts as associated data."""
        *parts, tenant = place
        named = [
            *(part or "" for part in parts),
            "no tenant" if tenant is None else f"tenant {tenant}",
        ]
        about = b"".join(len(p.encode()).to_bytes(4, "big") + p.encode() for p in named)
        nonce = secrets.token_bytes(12)
        cipher = AESGCM(KeyRing(self.master).sealed_before)
        return b"\x01" + nonce + cipher.encrypt(nonce, plain, about)

    def sql(self, statement: str, *values: object) -> list[tuple[object, ...]]:
        connection = sqlite3.connect(self.file)
        try:
            with connection:
                return connection.execute(statement, values).fetchall()
        finally:
            connection.close()

    def upgraded(self) -> tuple[Database, Keys]:
        keys = prepare_keys(self.folder)
        try:
            return prepare_database(self.folder, keys), keys
        except OSError:
            keys.vault.close()
            raise

    def _fill(self) -> None:
        self.sql(
            "INSERT INTO tenants VALUES ('bank','Bank',1,60,'[]','0.00','EUR',NULL,'[]',NULL,NULL)"
        )
        self.sql(
            "INSERT INTO people (id, tenant_id, username, name, roles, password_hash)"
            " VALUES ('alice-id', 'bank', 'alice', ?, '[\"customer\"]', 'hash-PLANTED')",
            NAME,
        )
        self.sql(
            "INSERT INTO authenticators (id, tenant_id, person_id, method, secret_sealed,"
            " last_step, failures, pauses, sign_count)"
            " VALUES ('f', 'bank', 'alice-id', 'totp', ?, 7, 0, 0, 0)",
            self.sealed(b"SECRET", "authenticators", "secret", "alice-id/f", "bank"),
        )
        self.sql(
            "INSERT INTO conversations (id, key_sealed, created_at, tenant_id, person_id)"
            " VALUES ('c', ?, 0, 'bank', 'alice-id')",
            self.sealed(b"k" * 32, "conversations", "key", "c", None),
        )
        self.sql(
            "INSERT INTO sessions (id, id_hash, conversation_id, csrf_seed, created_at, "
            " last_seen_at, idle_seconds, absolute_seconds, assurance, channel, device,"
            " tenant_id, person_id)"
            " VALUES ('s', 'h', 'c', 'x', 0, 0, 60, 60, 'aal2', 'web', ?, 'bank', 'alice-id')",
            LABEL,
        )
        # Said before she signed in: it had no tenant then.
        self.sql(
            "INSERT INTO turns (id, ticket_hash, conversation_id, session_id, opened_at, "
            " expires_at, operations_left, resume, said_sealed, sensitive)"
            " VALUES ('t', 't', 'c', 's', 0, 0, 5, 0, ?, 0)",
            self.sealed(json.dumps(WORDS).encode(), "turns", "said", "t", None),
        )
        self.sql(
            "UPDATE turns SET answered_sealed = ?",
            self.sealed(b"[]", "turns", "answered", "t", None),
        )
        self.sql("INSERT INTO devices VALUES ('d', 'bank', 'alice-id', 'hash', ?, 0, 0)", LABEL)
        for row in ("good", "broken"):
            place = ("messages", "letter", row if row == "good" else "elsewhere", "bank")
            self.sql(
                "INSERT INTO messages (id, tenant_id, person_id, channel, kind, destination_hash,"
                " address_hash, sealed, state, created_at, not_after, tries)"
                " VALUES (?, 'bank', 'alice-id', 'sms', 'notice', '', '', ?, 'queued', 0, 0, 0)",
                row,
                self.sealed(b"{}", *place),
            )


@pytest.fixture
def home(tmp_path: Path) -> OldHome:
    return OldHome(tmp_path)


@pytest.fixture
def database(home: OldHome) -> Iterator[Database]:
    made, _ = home.upgraded()
    yield made
    made.close()


def test_everything_of_an_old_home_is_there_and_opens(database: Database) -> None:
    def work(store: Session) -> None:
        alice = store.scalars(select(PersonRow).where(by_username("bank", "alice"))).one()
        assert (alice.name, alice.password_hash) == (NAME, "hash-PLANTED")
        assert (alice.roles, alice.username) == (["customer"], "alice")
        factor = store.get_one(AuthenticatorRow, "f")
        assert (factor.secret_sealed, factor.last_step) == (b"SECRET", 7)
        assert store.get_one(ConversationRow, "c").key_sealed == b"k" * 32
        assert store.get_one(SessionRow, "s").device == LABEL
        assert store.get_one(DeviceRow, "d").label == LABEL
        turn = store.get_one(TurnRow, "t")
        assert turn.said_sealed == json.dumps(WORDS).encode()
        assert turn.answered_sealed == b"[]"
        assert (turn.tenant_id, turn.person_id) == ("bank", "alice-id")
        assert store.get_one(MessageRow, "good").sealed == b"{}"

    database.run_here(work, across="a test looks on")


def test_what_did_not_open_before_does_not_open_after(database: Database) -> None:
    """ASVS 11.3.3: a value that was moved is not given an envelope of ours."""
    row = database.run_here(
        lambda store: store.get_one(MessageRow, "broken"), across="a test looks on"
    )
    with pytest.raises(CannotOpen):
        readable(row.sealed)


def test_a_thief_with_the_disk_finds_no_name_in_what_was_an_old_home(home: OldHome) -> None:
    """GDPR 32: neither in a row nor in a page that was freed."""
    assert b"PLANTED" in home.file.read_bytes()
    database, _ = home.upgraded()
    database.close()
    left = b"".join(file.read_bytes() for file in home.file.parent.glob("*"))
    assert b"PLANTED" not in left
    assert b"alice'" not in left


def test_names_that_were_derived_from_the_master_key_stay(home: OldHome) -> None:
    """People keep their names at the APIs and on the trail, whatever becomes of the master key."""
    before = KeyRing(home.master)
    database, keys = home.upgraded()
    assert keys.derived.pseudonym("alice-id") == before.pseudonym("alice-id")
    fresh = keys.data_keys.begin_master()
    while keys.data_keys.rewrap(fresh):
        pass
    keys.data_keys.end_master()
    database.close()
    assert (home.folder / "keys" / "master.key").read_bytes() != home.master
    again = prepare_keys(home.folder)
    assert again.derived.pseudonym("alice-id") == before.pseudonym("alice-id")
    again.vault.close()


def test_rows_refer_to_each_other_as_before(home: OldHome, database: Database) -> None:
    assert home.sql("PRAGMA foreign_key_check") == []
    foreign = home.sql("PRAGMA foreign_key_list(authenticators)")
    assert {one[2] for one in foreign} == {"tenants", "people"}
    with pytest.raises(sqlite3.IntegrityError):
        home.sql(
            "INSERT INTO people SELECT 'other', tenant_id, username_sealed, username_hash,"
            " name_sealed, name_hash, roles, password_sealed, NULL, NULL, NULL FROM people"
        )


def test_an_upgrade_that_is_cut_off_leaves_the_home_as_it_was(
    home: OldHome, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed in the middle: the next start begins again."""
    from security.migrations import old_envelopes

    def cut_off(_self: object) -> None:
        raise OSError("cut off")

    with monkeypatch.context() as patched:
        patched.setattr(old_envelopes.Resealing, "names", cut_off)
        with pytest.raises(OSError, match="cut off"):
            home.upgraded()
    assert home.sql("SELECT username, name FROM people") == [("alice", NAME)]
    database, _ = home.upgraded()
    found = database.run_here(
        lambda store: store.scalars(select(PersonRow).where(by_username("bank", "alice"))).one(),
        across="a test looks on",
    )
    assert found.name == NAME
    database.close()
