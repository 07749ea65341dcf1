"""What guard and bank really answer: everybody asks for everything, in every state."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from security.errors import Refused
from security.guard_parts import build_guard
from security.guard_records import Ask
from security.seed import SeedPerson
from tests.access.asking import (
    LISTS,
    another_pin,
    bill_payment,
    disputing,
    fraud,
    freezing,
    losing,
    new_payee,
    transfer,
    unfreezing,
)
from tests.access.bank import DEMO, PEOPLE, Bank, Owned, Request
from tests.access.rules import (
    BANKING,
    NOBODY,
    OPERATIONS,
    PASSWORD,
    PROOFS,
    Named,
    Owner,
    Proof,
)
from tests.security.visitor import Visitor
from tests.security.world import World, make_origin
from tests.support.postgres import Server

PROVING = ("web", "sms")
"""The channels on which something can be proved."""
CHANNELS = (*PROVING, "embed")
STATES = [
    (proof, channel)
    for proof in PROOFS
    for channel in CHANNELS
    if channel != "embed" or proof in (NOBODY, PASSWORD)
]
"""How somebody may ask. In a frame of another site there is its word, and that is aal1."""
Who = tuple[str, str]
"""Tenant and user name."""
STRANGER: Who = ("", "anybody")

_SOMEBODYS = Owned(
    account="acc_AAAAAAAAAAAAAAAAAAAAAA",
    account_number="•••• 4021",
    payee="pay_BBBBBBBBBBBBBBBBBBBBBB",
    payee_name="Anna Berg",
    payee_number="•••• 1234",
    bill="bil_CCCCCCCCCCCCCCCCCCCCCC",
    biller="Tidewater Energy",
    reference="Ref 1",
    key="a-key-of-16-chars",
    card="crd_DDDDDDDDDDDDDDDDDDDDDD",
    last_four="4417",
    case="NB-234567",
    transaction="txn_EEEEEEEEEEEEEEEEEEEEEE",
    transaction_text="Blue Door Bistro",
)
_VISIT = {"slot": f"slt-{'0' * 32}", "start": "2026-12-01T09:00:00+01:00"}
_ITEM = {"number": "AC-10497", "item": "itm_AAAAAAAAAAAAAAAAAAAAAA", "item_name": "Desk lamp"}
ARGUMENTS: Mapping[str, Mapping[str, Any] | None] = {
    "account.erase": {"kept_1": "invoices, until 2034-11-23"},
    "banking.make_transfer": transfer(_SOMEBODYS, _SOMEBODYS, "").body,
    "banking.pay_bill": bill_payment(_SOMEBODYS, _SOMEBODYS, "").body,
    "banking.add_payee": new_payee("Anna Berg", "XN70HRBR000200551234", "").body,
    "banking.freeze_account": freezing(_SOMEBODYS, "").body,
    "banking.unfreeze_account": unfreezing(_SOMEBODYS, "").body,
    "banking.report_lost_card": losing(_SOMEBODYS, "").body,
    "banking.report_fraud": fraud(_SOMEBODYS, "").body,
    "banking.dispute_transaction": disputing(_SOMEBODYS, _SOMEBODYS, "").body,
    "banking.change_pin": {**(losing(_SOMEBODYS, "").body or {}), "kind": "debit"},
    "hr.request_leave": {"first": "2026-12-07", "last": "2026-12-07", "part": "whole", "days": "1"},
    "hr.decide_leave": {
        "leave": f"lve_{'A' * 22}",
        "employee_name": "Erin Walsh",
        "first": "2026-12-07",
        "last": "2026-12-07",
        "part": "whole",
        "days": "1",
        "decision": "approved",
    },
    "hr.open_document": {"document": f"doc_{'A' * 22}"},
    "hr.change_deposit": {
        "number": "XN40GLBX000400559921",
        "number_shown": "•••• 9921",
        "current": "•••• 7714",
    },
    "it.create_ticket": {"title": "Mouse is dead", "priority": "normal"},
    "healthcare.book_appointment": _VISIT,
    "healthcare.reschedule_appointment": {"appointment": f"apt-{'0' * 32}", **_VISIT},
    "healthcare.cancel_appointment": {
        "appointment": f"apt-{'0' * 32}",
        "start": "2026-12-01T09:00:00+01:00",
    },
    "healthcare.patient_lab_results": {"patient": f"pat-{'0' * 32}"},
    "healthcare.patient_medications": {"patient": f"pat-{'0' * 32}"},
    "healthcare.patient_record": {"patient": f"pat-{'0' * 32}"},
    "healthcare.open_emergency_access": {
        "patient": "Nobody Here",
        "code": "emergency_treatment",
        "reason": "To try whether it opens.",
    },
    "orders.show_order": {"number": "AC-10497"},
    "orders.cancel_order": {"number": "AC-10497"},
    "orders.return_item": _ITEM,
    "orders.change_address": {
        "street": "1 Elm Street",
        "postcode": "10115",
        "city": "Elmtown",
        "country": "DE",
    },
    "orders.allow_support": {"minutes": 60},
    "orders.assist_list_orders": {"customer": "carl"},
    "orders.assist_show_order": {"customer": "carl", "number": "AC-10497"},
    "orders.assist_cancel_order": {"customer": "carl", "number": "AC-10497"},
    "orders.assist_return_item": {"customer": "Carl Jensen", **_ITEM},
}
"""What each operation is asked with, so that it is not refused for its form."""
LINKED = frozenset({"hr.open_document", "account.read_accounting", "account.read_copy"})
"""A link is left in the place of a call: the page opens it (tests/security/test_documents.py)."""


@dataclass
class Observed:
    """Codes of answers, by who, what, proof and channel; and by who, what and whose."""

    guard: dict[tuple[Who, str, Proof, str], str] = field(default_factory=dict)
    api: dict[tuple[Who, str, Owner], str] = field(default_factory=dict)


@dataclass(frozen=True)
class Turn:
    """A turn that does not end, and its session."""

    ticket: str
    session: str


class Asked:
    """The guard, with everybody of the demo at their browser."""

    def __init__(self, folder: Path, server: Server | None = None) -> None:
        origin = make_origin(folder / "origin", DEMO, server)
        self.world = World(folder / "origin", origin, limit_operations_per_minute=1_000_000)
        self._guard = build_guard(self.world.core, self.world.api)

    async def everything(self) -> Observed:
        """Let everybody, and a stranger, ask for every operation in every state."""
        observed = Observed()
        for who, person in {STRANGER: None, **PEOPLE}.items():
            turn = await self.arrive(person)
            for proof, channel in STATES:
                if (proof is NOBODY) is not (person is None):
                    continue  # Who has not signed in is a stranger.
                self.set(turn, proof, channel)
                for name in OPERATIONS:
                    key = (who, name, proof, channel)
                    observed.guard[key] = await self.ask(turn, name, ARGUMENTS.get(name) or {})
        return observed

    async def arrive(self, person: SeedPerson | None) -> Turn:
        """Arrive, sign in, and begin a turn that does not end."""
        visitor = Visitor(self.world)
        await visitor.arrive()
        if person is not None:
            await visitor.sign_in(person.username)
        turn = await visitor.say()
        self.world.sql(
            "UPDATE turns SET operations_left = 1000000, expires_at = expires_at + 1000000000000"
            " WHERE id = ?",
            turn.turn_id,
        )
        query = "SELECT session_id FROM turns WHERE id = ?"
        [(session,)] = self.world.sql(query, turn.turn_id)
        return Turn(turn.ticket, session)

    def set(self, turn: Turn, proof: Proof, channel: str) -> None:
        """Let the session be as sure, and on this channel."""
        now = self.world.clock.now
        proved = now - timedelta(seconds=proof.age)
        self.world.sql(
            "UPDATE sessions SET assurance = ?, proved_at = ?, email_proved_at = ?, channel = ?,"
            " idle_seconds = 86400 WHERE id = ?",
            ("none", "aal1", "aal2")[proof.level],
            int(proved.timestamp()) * 1_000_000 if proof.level else None,
            int((now - timedelta(seconds=proof.email)).timestamp()) * 1_000_000
            if proof.email is not None
            else None,
            channel,
            turn.session,
        )

    async def ask(self, turn: Turn, name: str, arguments: Mapping[str, Any]) -> str:
        """Let the bot ask; return the code of the refusal, or `yes`."""
        ask = Ask(name, arguments, "action_of_a_test", purpose=OPERATIONS[name].purpose)
        calls = len(self.world.api.calls)
        try:
            await self._guard.invoke(turn.ticket, ask)
        except Refused as refused:
            assert len(self.world.api.calls) == calls
            return refused.code
        # A write without approval reaches its API once a turn, however often it is asked for.
        made = len(self.world.api.calls) - calls
        if name in LINKED:
            assert made == 0
            return "yes"
        assert made == 1 or (made == 0 and OPERATIONS[name].named is not Named.ALL)
        return "yes"


async def ask_bank(bank: Bank, observed: Observed) -> None:
    """Let everybody try everything on their own object, a colleague's and a foreigner's."""
    for who, person in PEOPLE.items():
        for owner in Owner:
            theirs = bank.owned[_somebody(who, owner)]
            for name, rule in BANKING.items():
                said = set()
                for number, asked in enumerate(_requests(name, bank.owned[who], theirs)):
                    key = f"{name[8:]}-{number}-{who[1]}-{owner.name}-".ljust(64, "-")[:64]
                    status, text = await bank.ask(person, _with_key(asked, key))
                    said.add(_code(status, text))
                    shown = rule.named is Named.ALL and owner is not Owner.OWN
                    assert not (shown and any(f'{mark}"' in text for mark in theirs.marks))
                [observed.api[who, name, owner]] = said


def _somebody(who: Who, owner: Owner) -> Who:
    """Return oneself, somebody else of one's tenant, or somebody of another one."""
    if owner is Owner.OWN:
        return who
    same = [one for one in PEOPLE if one[0] == who[0] and one != who]
    others = [one for one in PEOPLE if one[0] != who[0]]
    among = same if owner is Owner.COLLEAGUE else others
    return among[(list(PEOPLE).index(who) + 1) % len(among)]


def _requests(name: str, mine: Owned, theirs: Owned) -> list[Request]:
    """Return every way to name the other's object in this operation, one at a time."""
    if name in LISTS:
        return [LISTS[name]]
    if name == "banking.make_transfer":
        return [transfer(theirs, mine, ""), transfer(mine, theirs, "")]
    if name == "banking.pay_bill":
        # The other way round first: one's own bill is still open then.
        return (
            [bill_payment(theirs, mine, "")]
            if mine is theirs
            else [bill_payment(theirs, mine, ""), bill_payment(mine, theirs, "")]
        )
    if name == "banking.dispute_transaction":
        return [disputing(theirs, mine, ""), disputing(mine, theirs, "")]
    if name in _PROTECTING:
        return [_PROTECTING[name](theirs, "")]
    if name == "banking.change_pin":
        return [another_pin(theirs, "")]
    return [new_payee("Anna Berg", "XN70HRBR000200551234", "")]


_PROTECTING = {
    "banking.freeze_account": freezing,
    "banking.unfreeze_account": unfreezing,
    "banking.report_lost_card": losing,
    "banking.report_fraud": fraud,
}


def _with_key(asked: Request, key: str) -> Request:
    return replace(asked, key=key) if asked.body is not None else asked


def _code(status: int, text: str) -> str:
    return "yes" if status == 200 else str(json.loads(text)["code"])
