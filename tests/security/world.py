"""The security core as its process wires it, on a temporary database, with time held still."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pyotp
from sqlalchemy import select
from sqlalchemy.orm import Session

from security.access import Access
from security.adapters.database import Database
from security.adapters.people import by_usernames
from security.adapters.tables import USERNAME, PersonRow
from security.administration_parts import build_administrators
from security.auditing_parts import build_auditors
from security.core import Core
from security.faces.actions import actions_face
from security.faces.gateway import gateway_face
from security.feed import Feed
from security.guard_parts import build_guard
from security.operations.manifest import Operation
from security.passwords import Passwords
from security.personal_parts import build_personal
from security.retention import Retention, read_retention
from security.seed import Seed, SeedPerson, seed
from security.server import (
    SIGNING_KEY_FILE,
    build_account,
    build_documents,
    name_limit,
    read_access,
    read_operations,
)
from security.services.embedding import Embedded
from security.services.events import Events
from security.services.proving import Challenges
from security.services.sessions import Sessions
from security.services.sign_in import SignIn
from security.services.turns import Turns
from security.settings import SecuritySettings
from security.setup import OnServer, prepare_database, prepare_keys
from security.sms.provider import Provider
from security.text_parts import build_texts
from security.tokens.issuer import Signer
from security.tokens.keys import PublishedKeys, load_signing_key
from security.trail_parts import build_checkpoints
from tests.security.fakes import CountingHasher, FakeApi, FakeClock
from tests.security.hasty import hasty_engine, hasty_keys
from tests.security.in_process import Actions, Gateway
from tests.security.sealed_names import with_hashes
from tests.support.postgres import OWNER, RUNNING, Server, as_postgres

PROJECT = Path(__file__).resolve().parents[2]


@cache
def _retention() -> Retention:
    return read_retention()


@dataclass(frozen=True)
class Origin:
    """What every world is a copy of: a home with keys and a seeded database."""

    home: Path
    seed: Seed
    operations: Mapping[str, Operation]
    access: Access | None
    """The project's policies, read for these operations; None: each world reads them."""
    server: Server | None = None
    """Where the database is, when it is on PostgreSQL: there it is called `template`."""
    template: str = ""


@cache
def _declared() -> tuple[Mapping[str, Operation], Access]:
    """Manifests and policies of the project: they cannot be changed, so worlds share them."""
    operations = read_operations(PROJECT)
    return operations, read_access(PROJECT, operations)


def make_origin(home: Path, people: Seed, server: Server | None = None) -> Origin:
    """Make keys and a database with these people, their passwords hashed cheaply.

    The database is SQLite below `home`, or one of `server`.
    """
    keys, template = prepare_keys(home), server.create() if server else ""
    there = OnServer(server.url(template, OWNER), RUNNING) if server else None
    database = prepare_database(home, keys, there)
    seed(database, keys.data_keys, Passwords(CountingHasher()), people)
    database.close()
    if server is not None:
        server.number_rows(template)
    return Origin(home, people, *_declared(), server, template)


class World:
    """One home, its services and its guard, and what an onlooker may read of them."""

    def __init__(self, home: Path, origin: Origin, **settings: Any) -> None:
        self.home = home
        self.seed = origin.seed
        self.clock = FakeClock()
        self.api = FakeApi()
        self.hasher = CountingHasher()
        self.hashing = ThreadPoolExecutor(1)
        self.owns = False
        """Whether security answers its own operations; else `api` does. `wire` again once set."""
        self.provider: Provider | None = None
        """Who carries texts; `wire` again once it is set."""
        self.server = origin.server
        if origin.server is not None:
            self.database_name = origin.server.create(origin.template)
            settings["security_database_url"] = origin.server.url(self.database_name)
        self._told = (origin.operations, settings)
        self.access = origin.access
        self.wire(self.core_again())

    def wire(self, core: Core) -> None:
        """Build services, guard and faces around this core."""
        self.core = core
        self.personal = build_personal(core, self.api, self.access)
        own = self.personal.own if self.owns else None
        guard, turns = build_guard(core, self.api, self.access, own), Turns(core)
        self.gateway_face = gateway_face(
            Sessions(core),
            SignIn(core, self.hashing, name_limit(core).allow),
            Challenges(core),
            turns,
            build_account(core, self.hashing, self.personal),
            build_documents(core, guard, self.api, own),
            build_texts(core, turns, self.provider),
            Embedded(core),
            build_administrators(core, self.hashing, name_limit(core).allow),
            build_auditors(core, build_checkpoints(core)),
            Events(core, turns),
            self.api.unready,
        )
        self.actions_face = actions_face(guard)
        self.gateway = Gateway(self.gateway_face)
        self.actions = Actions(self.actions_face)

    def core_again(self) -> Core:
        """Return a core around this home, as at a start of the process."""
        operations, settings = self._told
        told = SecuritySettings(
            home=self.home, run_dir=self.home / "run", project_dir=PROJECT, **settings
        )
        keys, feed = hasty_keys(told, self.clock), Feed()
        return Core(
            retention=_retention(),
            settings=told,
            database=Database(hasty_engine(told), hasty_engine(told), feed.touched, keys.vault),
            feed=feed,
            clock=self.clock,
            keys=keys.derived,
            vault=keys.vault,
            data_keys=keys.data_keys,
            passwords=Passwords(self.hasher),
            operations=operations,
            signer=Signer(load_signing_key(told.keys_dir / SIGNING_KEY_FILE)),
            published=PublishedKeys(told.keys_dir / "public" / "jwks.json"),
        )

    @property
    def database_file(self) -> Path:
        """Where the security database is."""
        return self.home / "db" / "security" / "security.sqlite3"

    def close(self) -> None:
        """Let go of threads and files."""
        self.core.database.close()
        self.hashing.shutdown()
        if self.server is not None:
            self.server.drop(self.database_name)

    # People

    def person(self, username: str) -> SeedPerson:
        """Return somebody of the seed; their secrets are what they alone know."""
        return next(person for person in self.seed.people if person.username == username)

    def password_of(self, username: str) -> str:
        """Return what this person types."""
        return self.person(username).password

    def code_of(self, username: str, steps: int = 0) -> str:
        """Return what this person's device shows now, or `steps` of 30 s later."""
        secret = self.person(username).totp_secret
        assert secret is not None
        return str(pyotp.TOTP(secret).at(self.clock.now + timedelta(seconds=30 * steps)))

    def wrong_code_for(self, username: str) -> str:
        """Return six digits that this person's device shows neither now nor next to now."""
        near = {self.code_of(username, steps) for steps in (-2, -1, 0, 1, 2)}
        return next(code for code in map("{:06d}".format, range(9)) if code not in near)

    # What an onlooker reads and an administrator changes: plain SQL on a second connection.

    def sql(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        """Run one statement on a connection of its own, which sees only what was committed.

        Names are sealed: `hashed(tenant_id, 'alice')` is what a user name is found by.
        """
        if self.server is not None:
            tenants = [tenant.id for tenant in self.seed.tenants]
            said = with_hashes(statement, values, tenants, self.core.keys.lookup)
            return self.server.run(*as_postgres(*said), self.database_name)
        connection = sqlite3.connect(self.database_file, timeout=5)
        lookup = self.core.keys.lookup
        connection.create_function("hashed", 2, lambda at, name: lookup(USERNAME, at, name))
        try:
            with connection:
                return connection.execute(statement, values).fetchall()
        finally:
            connection.close()

    def change(self, username: str, **values: Any) -> None:
        """Give somebody other values, sealed as whoever holds the keys would."""

        def work(store: Session) -> None:
            row = store.scalars(select(PersonRow).where(by_usernames(store, [username]))).one()
            for name, value in values.items():
                setattr(row, name, value)

        self.core.database.run_here(work, across="a test looks on")

    def look(self, username: str) -> PersonRow:
        """Return somebody's row as whoever holds the keys reads it."""
        return self.core.database.run_here(
            lambda store: store.scalars(
                select(PersonRow).where(by_usernames(store, [username]))
            ).one(),
            across="a test looks on",
        )

    def disable(self, username: str) -> None:
        """Disable a person, as an administrator does."""
        at = int(self.clock.now.timestamp() * 1_000_000)
        self.sql(
            "UPDATE people SET disabled_at = ? WHERE username_hash = hashed(tenant_id, ?)",
            at,
            username,
        )

    def give_roles(self, username: str, *roles: str) -> None:
        """Replace a person's roles, as an administrator does."""
        self.sql(
            "UPDATE people SET roles = ? WHERE username_hash = hashed(tenant_id, ?)",
            json.dumps(roles),
            username,
        )

    def records(self) -> list[bytes]:
        """Return the trail as it is on disk, oldest first."""
        return [record for (record,) in self.sql("SELECT record FROM audit ORDER BY sequence")]

    def trail(self, tag: str | None = None) -> list[dict[str, Any]]:
        """Return the trail's records, all or those with one tag."""
        said = [json.loads(record) for record in self.records()]
        return [record for record in said if tag in (None, record["tag"])]

    def tags(self) -> list[str]:
        """Return the tags of the trail, oldest first."""
        return [record["tag"] for record in self.trail()]
