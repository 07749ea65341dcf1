"""A bank at which every persona of the demo, of every tenant, has an account, a payee and a bill.

It is asked as security asks it: with a token of its own and a proof for each call, past no check.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from argon2 import PasswordHasher
from sqlalchemy import Engine, event

from apis.banking.app import AUDIENCE, NAME, POLICIES, create_app
from apis.banking.ledger import Ledger
from apis.banking.pins import Pins
from apis.banking.setup import PREPARATION
from apis.banking.tables import CaseRow
from apis.banking.writer import Writer
from apis.common.caller import Protection
from apis.common.database import database_path, read_only_engine, write_engine
from apis.common.relations import read_relations
from security.minting import commitment
from security.seed import SeedPerson, read_people
from security.tokens.dpop import ProofKey
from security.tokens.issuer import Authentication, Grant, Signer, TokenIssuer
from security.tokens.keys import PublishedKeys, generate_signing_key, public_keys
from security.tokens.replay import ReplayCache
from security.tokens.verifier import DEFAULT_ISSUER, TokenVerifier
from tests.access.asgi import ask
from tests.security.world import PROJECT
from tests.support.opened import connect, keep, sealing_at

DEMO = read_people(PROJECT / "demo" / "personas.yml")
PEOPLE = {(person.tenant, person.username): person for person in DEMO.people}
NOW = datetime(2026, 11, 23, 12, 0, 0, tzinfo=UTC)
BASE_URL = "http://banking"
PINS = Pins(b"p" * 32, PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))


SECRET = ("new_pin", "salt")
"""What the person types in the panel: the token commits to it."""


@dataclass(frozen=True)
class Owned:
    """What one person has at the bank; `marks` are texts that only their rows hold."""

    account: str
    account_number: str
    payee: str
    payee_name: str
    payee_number: str
    bill: str
    biller: str
    reference: str
    key: str
    card: str
    last_four: str
    case: str
    transaction: str
    transaction_text: str

    @property
    def marks(self) -> tuple[str, ...]:
        ids = (self.account, self.payee, self.bill, self.card, self.transaction, self.case)
        return (*ids, self.payee_name, self.biller, self.reference, self.transaction_text)


@dataclass(frozen=True)
class Request:
    """One call: `arguments` are what its token is bound to, where it is bound."""

    method: str
    path: str
    scope: str
    body: Mapping[str, Any] | None = None
    key: str | None = None
    operation: str = ""


def subject_of(person: SeedPerson) -> str:
    """Return the pairwise subject; a namesake of another tenant has the same, which is worst."""
    return f"pw-{person.username}"


def _seed() -> dict[str, Any]:
    accounts, payees, bills, cards = [], [], [], []
    for place, person in enumerate(PEOPLE.values()):
        owner = {"tenant": person.tenant, "username": person.username}
        mark = f"{person.tenant} {person.username}"
        rows = [{"days_ago": 1, "text": f"Income {mark}", "amount": "500.00"}]
        accounts.append(
            {"owner": owner, "name": f"Account {mark}", "number": f"XN00TEST{place:012}",
             "currency": "EUR", "balance": "500.00", "transactions": rows}
        )  # fmt: skip
        payees.append({"owner": owner, "name": f"Payee {mark}", "number": f"XN00ELSE{place:012}"})
        bills.append(
            {"owner": owner, "biller": f"Biller {mark}", "reference": f"Ref {mark}",
             "amount": "5.00", "currency": "EUR", "due_in_days": 5}
        )  # fmt: skip
        number = accounts[-1]["number"]
        cards.append({"account": number, "kind": "debit", "last_four": f"{4000 + place}"})
    seed = {"accounts": accounts, "payees": payees, "bills": bills, "cards": cards}
    return {"banking": seed}


class Bank:
    """The bank's application, its database, and an issuer that it trusts."""

    def __init__(self, home: Path) -> None:
        seed = home / "seed.yml"
        seed.write_text(json.dumps(_seed()))
        subjects: dict[str, dict[str, str]] = {}
        for person in PEOPLE.values():
            subjects.setdefault(person.tenant, {})[person.username] = subject_of(person)
        PREPARATION.prepare(home, seed, json.dumps(subjects), NOW)
        signing = generate_signing_key()
        jwks = home / "jwks.json"
        jwks.write_bytes(public_keys(signing))
        self.path = database_path(home, NAME)
        self.key, self.issuer = ProofKey(), TokenIssuer(Signer(signing), DEFAULT_ISSUER)
        self._relations = read_relations(POLICIES)
        verifier = TokenVerifier(PublishedKeys(jwks), AUDIENCE, DEFAULT_ISSUER)
        replays = ReplayCache(1_000_000)
        self._protection = Protection(NAME, verifier, lambda: NOW, BASE_URL, replays)
        self.owned = {who: self._owned(person) for who, person in PEOPLE.items()}
        self._app: Any = None

    @contextmanager
    def open(self) -> Iterator[Bank]:
        """Serve, without waiting for the disk: that commits last is tested elsewhere."""
        to_write, to_read = self._engines()
        writer = Writer(to_write, lambda: NOW, self._relations)
        ledger = Ledger(to_read, self._relations)
        self._app = create_app(ledger, writer, self._protection, PINS)
        try:
            yield self
        finally:
            ledger.close()
            writer.close()

    def _engines(self) -> tuple[Engine, Engine]:
        """Return what the bank writes with, and what it reads with."""
        to_write = write_engine(self.path, sealing_at(self.path))
        event.listen(to_write, "connect", lambda raw, _: raw.execute("PRAGMA synchronous=OFF"))
        return to_write, read_only_engine(self.path, sealing_at(self.path))

    async def ask(self, person: SeedPerson, asked: Request) -> tuple[int, str]:
        """Call with a token that is this person's, for exactly this; return status and body."""
        details: list[dict[str, Any]] = []
        if asked.operation:
            identifier = {"identifier": asked.key} if asked.key else {}
            arguments = dict(asked.body or {})
            if asked.body is None:  # A key that is settled stands in the path.
                arguments = {"key": asked.path.split("/")[2]}
            secret = {name: arguments.pop(name) for name in SECRET if name in arguments}
            committed = {"committed": commitment(secret)} if secret else {}
            details = [{"type": f"banking.{asked.operation}", "arguments": arguments,
                        **committed, **identifier}]  # fmt: skip
        grant = Grant(
            subject_of(person), person.tenant, AUDIENCE, asked.scope, self.key.thumbprint,
            details=details, authentication=Authentication("aal2", NOW - timedelta(seconds=1)),
        )  # fmt: skip
        token = self.issuer.mint(grant, NOW).value
        path, _, query = asked.path.partition("?")
        headers = {
            "Authorization": f"DPoP {token}",
            "DPoP": self.key.prove(asked.method, f"{BASE_URL}{path}", token, NOW),
        }
        if asked.key is not None:
            headers["Idempotency-Key"] = asked.key
        return await ask(self._app, asked.method, path, query, headers, asked.body)

    def rows(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        """Read past the API."""
        with closing(connect(self.path)) as connection:
            return connection.execute(query, values).fetchall()

    def digest(self) -> str:
        """Return the digest of all that the bank keeps, but for used tokens and ended keys."""
        told = hashlib.sha256()
        with closing(sqlite3.connect(self.path)) as connection:
            for line in connection.iterdump():
                if '"spent_tokens"' not in line and '"idempotency_keys"' not in line:
                    told.update(line.encode())
        return told.hexdigest()

    def _owned(self, person: SeedPerson) -> Owned:
        mine = (person.tenant, subject_of(person))
        where = "WHERE tenant = ? AND subject = ?"
        [(account, number)] = self.rows(f"SELECT id, number FROM accounts {where}", *mine)
        [(payee, name, payees)] = self.rows(f"SELECT id, name, number FROM payees {where}", *mine)
        [(bill, biller, ref)] = self.rows(f"SELECT id, biller, reference FROM bills {where}", *mine)
        [(card, four)] = self.rows(f"SELECT id, last_four FROM cards {where}", *mine)
        [(transaction, text)] = self.rows(
            "SELECT id, text FROM transactions WHERE account_id = ?", account
        )
        key = f"key-{person.tenant}-{person.username}".ljust(16, "-")
        return Owned(
            account=account,
            account_number=f"•••• {number[-4:]}",
            payee=payee,
            payee_name=name,
            payee_number=f"•••• {payees[-4:]}",
            bill=bill,
            biller=biller,
            reference=ref,
            key=key,
            card=card,
            last_four=four,
            case=self._case(person, card),
            transaction=transaction,
            transaction_text=text,
        )

    def _case(self, person: SeedPerson, card: str) -> str:
        """Open a case; return its number."""
        number = f"NB-{list(PEOPLE.values()).index(person) + 22:06}".replace("0", "A")
        number = number.replace("1", "B")
        whose = {"id": f"cas-{number}", "tenant": person.tenant, "subject": subject_of(person)}
        about = {"number": number, "kind": "fraud", "opened_on": "2026-11-22", "card_id": card}
        keep(self.path, CaseRow, {**whose, **about})
        return number
