"""A core that can only send messages, on a database of its own, with time held still."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, event, literal_column, select
from sqlalchemy.orm import Session

from security.adapters.account_tables import MessageRow
from security.adapters.audit_tables import AuditRow
from security.adapters.database import Database, open_engine
from security.adapters.posts.post import CannotSend
from security.adapters.sealed import leave_vault, use_vault
from security.adapters.tables import Base, PersonRow, TenantRow
from security.adapters.tenancy import change_tenant
from security.core import Core
from security.passwords import Passwords
from security.services import messages
from security.services.factors import add_factor
from security.services.letters import Letter
from security.services.postman import Postman
from security.settings import SecuritySettings
from security.tokens.issuer import Signer
from security.tokens.keys import PublishedKeys, generate_signing_key, public_keys
from security.vault_parts import open_keys
from tests.security.fakes import CountingHasher, FakeClock

TENANT, ALICE, BOB = "northwind-bank", "alice-id", "bob-id"
NUMBER, MAIL = "+12025550101", "alice@northwind.example.com"
ADDRESS = "192.0.2.1"
CODE = Letter("sms", "code", NUMBER, "", "PLANTED 123456")


@dataclass
class Sending:
    """One letter that reached a service."""

    tenant: str
    to: str
    subject: str
    text: str


class FakePost:
    """A service that takes letters, refuses as it is told to, and can be slow."""

    def __init__(self, *refusals: Exception | None) -> None:
        self.refusals = list(refusals)
        self.taken: list[Sending] = []
        self.tries = 0
        self.busy = 0
        self.most = 0
        self.gate = asyncio.Event()
        self.gate.set()
        self.closed = False

    async def send(self, tenant: str, to: str, subject: str, text: str) -> str | None:
        self.tries += 1
        self.busy += 1
        self.most = max(self.most, self.busy)
        try:
            await self.gate.wait()
        finally:
            self.busy -= 1
        refusal = self.refusals.pop(0) if self.refusals else None
        if refusal is not None:
            raise refusal
        self.taken.append(Sending(tenant, to, subject, text))
        return f"SM{len(self.taken):032x}"

    async def check(self) -> None:
        raise CannotSend("unused", retry=False)

    async def close(self) -> None:
        self.closed = True


class Pauses:
    """Sleeps by moving the clock."""

    def __init__(self, clock: FakeClock) -> None:
        self.clock = clock
        self.taken: list[float] = []

    async def __call__(self, seconds: float) -> None:
        self.taken.append(seconds)
        self.clock.advance(seconds=seconds)


class PostOffice:
    """A core, and what an onlooker may read of it."""

    def __init__(self, home: Path, **settings: Any) -> None:
        self.clock = FakeClock()
        engine = open_engine(f"sqlite:///{home / 'post.sqlite3'}")
        event.listen(engine, "connect", lambda raw, _: raw.execute("PRAGMA synchronous=OFF"))
        Base.metadata.create_all(engine)
        (home / "master.key").write_bytes(b"k" * 32)
        (home / "master.key").chmod(0o600)
        keys = open_keys(home, f"sqlite:///{home / 'ring.db'}", self.clock)
        signing = generate_signing_key()
        (home / "jwks.json").write_bytes(public_keys(signing))
        self.core = Core(
            settings=SecuritySettings(home=home, run_dir=home, **settings),
            database=Database(engine, vault=keys.vault),
            clock=self.clock,
            keys=keys.derived,
            vault=keys.vault,
            data_keys=keys.data_keys,
            passwords=Passwords(CountingHasher()),
            operations={},
            signer=Signer(signing),
            published=PublishedKeys(home / "jwks.json"),
        )

    def only(self, *channels: str) -> None:
        """Have no other channels from here on."""
        self.core = replace(self.core, channels=frozenset(channels))

    @contextmanager
    def store(self) -> Iterator[Session]:
        """One transaction, rolled back where the block raises."""
        using = use_vault(self.core.vault)
        try:
            with Session(self.core.database._engine) as session, session.begin():
                event.listen(session, "after_begin", self._look_on)
                yield session
        finally:
            leave_vault(using)

    def _look_on(self, _store: Session, _transaction: Any, connection: Connection) -> None:
        change_tenant(connection, TENANT, "a test looks on")

    def queue(
        self,
        letter: Letter = CODE,
        *,
        person: str = ALICE,
        tenant: str = TENANT,
        address: str = ADDRESS,
        lives: float = 300,
    ) -> str:
        """Queue a letter as a service would, in a transaction that commits its refusals."""

        def work(store: Session) -> str:
            return messages.queue(
                self.core,
                store,
                person_id=person,
                tenant_id=tenant,
                letter=letter,
                address=address,
                now=self.clock.now,
                not_after=self.clock.now + timedelta(seconds=lives),
            )

        return self.core.database.run_here(work, across="a test looks on")

    async def deliver(self, post: FakePost | None = None) -> list[float]:
        """Let a postman see everything through; return the pauses that it made."""
        pauses = Pauses(self.clock)
        posts = {} if post is None else {"sms": post}
        await Postman(self.core, posts, sleep=pauses).round()
        return pauses.taken

    def notify(self, but: str | None = None, words: str = "Something happened.") -> None:
        """Tell alice something."""

        def work(store: Session) -> None:
            messages.notify(
                self.core,
                store,
                person_id=ALICE,
                tenant_id=TENANT,
                subject="Something",
                text=words,
                now=self.clock.now,
                but=but,
            )

        self.core.database.run_here(work, across="a test looks on")

    def add_alice(self, **factors: str) -> None:
        """Add a person with these factors, each a method and its secret."""
        tenant = TenantRow(id=TENANT, name="Bank", public=True, idle_seconds=300, apis=[])
        person = PersonRow(
            id=ALICE,
            tenant_id=TENANT,
            username="alice",
            name="Alice",
            roles=[],
            password_hash="",
        )
        with self.store() as store:
            store.add(tenant)
            store.flush()
            store.add(person)
            store.flush()
            for method, secret in factors.items():
                add_factor(
                    self.core,
                    store,
                    person_id=ALICE,
                    tenant_id=TENANT,
                    method=method,
                    secret=secret,
                    now=self.clock.now,
                )

    def rows(self) -> list[MessageRow]:
        """Return all messages, oldest first."""
        with self.store() as store:
            query = select(MessageRow).order_by(MessageRow.created_at, literal_column("rowid"))
            rows = list(store.scalars(query))
            store.expunge_all()
        return rows

    def states(self) -> list[str]:
        """Return the states of all messages, oldest first."""
        return [row.state for row in self.rows()]

    def letters(self) -> list[Letter]:
        """Return the words of all messages that still have them."""
        return [messages.open_letter(row) for row in self.rows() if row.sealed]

    def delivery(self, message: str) -> str:
        with self.store() as store:
            return messages.delivery(store, message)

    def trail(self, tag: str) -> list[dict[str, Any]]:
        """Return the records with this tag."""
        with self.store() as store:
            records = store.scalars(select(AuditRow.record).order_by(AuditRow.sequence)).all()
        said = [json.loads(record) for record in records]
        return [record for record in said if record["tag"] == tag]

    def raw_trail(self) -> bytes:
        with self.store() as store:
            return b"".join(store.scalars(select(AuditRow.record)))

    def close(self) -> None:
        self.core.database.close()


MakeOffice = Callable[..., PostOffice]


@contextmanager
def offices(folder: Path) -> Iterator[MakeOffice]:
    """Make offices, each with settings of its own; they are closed at the end of the block."""
    made: list[PostOffice] = []

    def make(**settings: Any) -> PostOffice:
        home = folder / str(len(made))
        home.mkdir()
        made.append(PostOffice(home, **settings))
        return made[-1]

    try:
        yield make
    finally:
        for office in made:
            office.close()
