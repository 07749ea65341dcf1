"""One API with the demo's data and something of each kind that an erasure deletes."""

from __future__ import annotations

import json
import secrets
import sqlite3
from collections import Counter
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from importlib import import_module
from pathlib import Path
from typing import Any

import httpx

from apis.common.erasures import PATH, scope_of
from apis.common.tables import KeyRow
from security.tokens.issuer import Grant
from tests.support.opened import alter, connect, keep
from tools.big.doors import Door

APIS = Path(__file__).parents[2] / "apis"
WHO = {
    "banking": ("northwind-bank", "alice"),
    "healthcare": ("harbor-clinic", "pat"),
    "hr": ("globex", "erin"),
    "it": ("globex", "erin"),
    "orders": ("acme-shop", "carl"),
}
_CARDS = "card_id IN (SELECT id FROM cards WHERE subject = :who)"
_PATIENT = "patient_id IN (SELECT id FROM patients WHERE subject = :who)"
GOES = {
    "banking": {
        "payees": "subject = :who",
        "bills": "subject = :who AND movement_id IS NULL",
        "declines": _CARDS,
        "pins": _CARDS,
    },
    "healthcare": {
        "appointments": f"{_PATIENT} AND (status = 'cancelled' OR starts_at > :now)",
    },
    "hr": {"leave": "subject = :who AND state != 'approved'"},
    "it": {},
    "orders": {"customers": "subject = :who"},
}
"""Which rows go: what has to be there before, and nothing of which is there after."""
CHANGED = {"healthcare": {"slots"}, "it": {"tickets"}}
"""Where a row stays, and something in it goes."""


_WORDS = {"kind": "person", "words": "the purple armadillo"}


@dataclass
class Place:
    """One API with the demo's data, and everything that a caller or an attacker may vary."""

    door: Door
    database: Path

    @property
    def api(self) -> str:
        return self.door.name

    @property
    def subject(self) -> str:
        return f"pw-{WHO[self.api][1]}"

    async def erase(
        self, body: Any = None, key: str = "", scope: str = "", **more: Any
    ) -> httpx.Response:
        """Ask as security does; `more` replaces what the grant says."""
        asked = {"asked_on": f"{datetime.now(UTC):%Y-%m-%d}"} if body is None else body
        key, now = key or secrets.token_urlsafe(16), datetime.now(UTC)
        detail = {"type": f"{self.api}.erase_person", "arguments": asked, "identifier": key}
        given = {
            "subject": self.subject,
            "tenant": WHO[self.api][0],
            "audience": f"urn:gatehouse:api:{self.api}",
            "scope": scope or scope_of(self.api),
            "key": self.door.proofs.thumbprint,
            "details": [detail],
            **more,
        }
        token = self.door.issuer.mint(Grant(**given), now).value
        headers = {
            "Authorization": f"DPoP {token}",
            "DPoP": self.door.proofs.prove("POST", f"http://{self.api}{PATH}", token, now),
            "Idempotency-Key": key,
            "Content-Type": "application/json",
        }
        return await self.door.http.post(PATH, content=json.dumps(asked), headers=headers)

    def rows(self) -> dict[str, Counter[Any]]:
        """Return all rows of all tables, opened."""
        bases = (import_module(f"apis.{self.api}.tables").Base,)
        with closing(connect(self.database)) as there:
            return {
                name: Counter(there.execute(f"SELECT * FROM {name}").fetchall())
                for base in bases
                for name in base.metadata.tables
            }

    def going(self) -> dict[str, Counter[Any]]:
        """Return the rows that have to go."""
        given = {"who": self.subject, "now": int(datetime.now(UTC).timestamp())}
        with closing(connect(self.database)) as there:
            return {
                table: Counter(there.execute(f"SELECT * FROM {table} WHERE {which}", given))
                for table, which in GOES[self.api].items()
            }

    def remembered(self) -> list[str]:
        """Return whose idempotency keys there are, and what is kept of their answers."""
        with closing(connect(self.database)) as there:
            found = there.execute("SELECT subject, answer FROM idempotency_keys ORDER BY subject")
            return [f"{subject}: {answer}" for subject, answer in found]


def add_what_goes(api: str, database: Path) -> None:
    """Add what the demo's data has nothing of."""
    tenant, username = WHO[api]
    for whose in (username, "somebody-else"):
        kept = {"state": "done", "digest": "d" * 64, "answer": f"told {whose}"}
        named = {"tenant": tenant, "subject": f"pw-{whose}", "key": "k" * 22}
        keep(database, KeyRow, {**named, **kept})
    if api == "banking":
        pins = import_module("apis.banking.tables").PinRow
        with closing(connect(database)) as there:
            query = "SELECT id FROM cards WHERE subject = 'pw-alice' LIMIT 1"
            [card] = there.execute(query).fetchone()
        row = {"card_id": card, "tenant": tenant, "verifier": "v", "changed_on": date(2026, 1, 1)}
        keep(database, pins, row)
    if api == "it":
        tickets = import_module("apis.it.tables").TicketRow
        alter(database, tickets, _WORDS, subject=f"pw-{username}")
    if api == "hr":
        leave = import_module("apis.hr.tables").LeaveRow
        keep(database, leave, _leave(tenant, "waiting"), _leave(tenant, "declined"))
    if api == "healthcare":
        _appointments(database)


def _leave(tenant: str, state: str) -> dict[str, Any]:
    day = date(2027, 3, 1)
    whose = {"id": f"lv_{state}", "tenant": tenant, "subject": "pw-erin", "state": state}
    when = {"first_on": day, "last_on": day, "part": "whole", "half_days": 2}
    return {**whose, **when, "asked_on": date(2026, 11, 1)}


def _appointments(database: Path) -> None:
    """Give pat and quinn an appointment ahead, and pat one that was cancelled and one that was."""
    tables = import_module("apis.healthcare.tables")
    with closing(connect(database)) as there:
        slots = there.execute("SELECT * FROM slots WHERE taken_by IS NULL LIMIT 4").fetchall()
        patients = dict(there.execute("SELECT subject, id FROM patients"))
    ahead = int((datetime.now(UTC) + timedelta(days=3)).timestamp())
    given = (
        ("pw-pat", ahead, "booked"),
        ("pw-quinn", ahead, "booked"),
        ("pw-pat", ahead - 30 * 86_400, "cancelled"),
        ("pw-pat", ahead - 30 * 86_400, "booked"),
    )
    for number, (slot, (who, at, status)) in enumerate(zip(slots, given, strict=True)):
        mine = {"id": f"apt_{number}", "tenant": "harbor-clinic", "patient_id": patients[who]}
        when = {"starts_at": at, "ends_at": at + 900, "status": status}
        keep(
            database,
            tables.AppointmentRow,
            {**mine, **when, "practitioner_id": slot[2], "slot_id": slot[0]},
        )
        if status == "booked":
            with closing(sqlite3.connect(database)) as there, there:
                taken = "UPDATE slots SET taken_by = ? WHERE id = ?"
                there.execute(taken, (mine["id"], slot[0]))
