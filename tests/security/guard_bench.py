"""A guard whose store, API and clock say what a test says: no database, no other process."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import cache
from typing import Any, cast

from security.access import Access
from security.audit.gate import TrailGate
from security.audit.record import AuditEvent
from security.entries import Entries
from security.execution import Execution
from security.guard import Guard
from security.guard_records import Ask, Intent, Records
from security.minting import Tokens
from security.operations.confirmation import Limit
from security.ports import Approval, Case, GuardStore, Person, Waiting
from security.server import read_access
from security.sessions import hash_of
from security.tokens.issuer import AccessToken
from tests.security.policies import DECLARED
from tests.security.test_checks import CARL, CASE, NOW
from tests.security.test_writes import KEYS
from tests.security.world import PROJECT

READ, TRANSFER = "banking.list_accounts", "banking.make_transfer"
RECORDS = Records(KEYS)
ALL = frozenset({"banking", "orders", "hr", "healthcare"})
HERE = replace(CASE, tenant_apis=ALL)
TOKEN = AccessToken("signed", "token-id", NOW)
LIMIT = Limit(Decimal(30), "EUR")
ALLOW, DENY = "operation:guard:allow", "operation:guard:deny"


@cache
def policies() -> Access:
    """Return the project's own."""
    return read_access(PROJECT, DECLARED)


@dataclass
class Bench:
    """What surrounds a guard; `log` is what it did there."""

    access: Any = field(default_factory=policies)
    case: Case | None = HERE
    claimed: Waiting | None = None
    cancels: bool = False
    doubts: tuple[str | None, ...] = ()
    """Digests of what is in doubt; None is anything of this conversation."""
    provable: bool = True
    left: Limit = LIMIT
    rate: bool = True
    result: Any = "result"
    log: list[Any] = field(default_factory=list)
    events: list[AuditEvent] = field(default_factory=list)
    trail: TrailGate = field(default_factory=TrailGate)
    entries: Entries = field(default_factory=Entries)
    rated: list[tuple[str, str]] = field(default_factory=list)
    cases: list[Case | None] = field(default_factory=list)
    """Whose each transaction was, where that was said."""

    def guard(self) -> Guard:
        return Guard(
            transactions=self._transact,
            operations=DECLARED,
            access=self.access,
            allow_rate=self._rate,
            tokens=cast("Tokens", self),
            execution=cast("Execution", self),
            keys=KEYS,
            clock=lambda: NOW,
            entries=self.entries,
            trail=self.trail,
        )

    async def _transact(self, work: Any, case: Case | None = None) -> Any:
        self.cases.append(case)
        return work(cast("GuardStore", self))

    def _rate(self, who: str, operation: str) -> bool:
        self.rated.append((who, operation))
        return self.rate

    async def carry_out(self, intent: Intent, waiting: Waiting | None) -> Any:
        assert intent.token is TOKEN
        self.log.append(("call", intent.operation.name, intent.record, waiting))
        self.log.append(("with", intent.ask.entered, intent.case.subject))
        return self.result

    def for_operation(self, *asked: Any) -> AccessToken:
        case, operation, _, key, now = asked
        assert (case.person, now) == (self.case and self.case.person, NOW)
        self.log.append(("token", operation.name, key))
        return TOKEN

    # As a store

    def take_ticket(self, hashed: str, now: Any) -> Case | None:
        assert (hashed, now) == (hash_of("ticket"), NOW)
        return self.case

    def case_of_ticket(self, hashed: str) -> Case | None:
        assert hashed == hash_of("ticket")
        return HERE

    def audit(self, event: AuditEvent, now: Any) -> str:
        assert now == NOW
        self.events.append(event)
        return f"1-{len(self.events)}"

    def claim_pending(self, case: Case, now: Any) -> Waiting | None:
        assert (case, now) == (self.case, NOW)
        return self.claimed

    def cancel_pending(self, case: Case, now: Any) -> bool:
        assert (case, now) == (self.case, NOW)
        return self.cancels

    def is_in_doubt(self, case: Case, digest: str | None = None) -> bool:
        return digest in self.doubts

    def can_prove(self, case: Case, methods: Any) -> bool:
        return self.provable

    def sms_limit_left(self, case: Case, now: Any, but: str | None) -> Limit:
        assert (case, now) == (self.case, NOW)
        self.log.append(("limit", but))
        return self.left

    def person_named(self, tenant: str, words: str) -> Person | None:
        return CARL if (tenant, words) == ("bank", "carl") else None

    def keep_pending(self, case: Case, operation: Any, *given: Any) -> None:
        self.log.append(("keep", operation.name, *given))

    def keep_link(self, case: Case, operation: Any, *given: Any) -> None:
        self.log.append(("link", operation.name))

    def settle_pending(self, *given: Any) -> None:
        self.log.append(("settle", *given[2:]))

    def mark_sensitive(self, case: Case) -> None:
        self.log.append(("sensitive", case.turn_id))

    def earlier_write(self, *asked: Any) -> None:
        return None

    def begin_write(self, case: Case, operation: Any, *given: Any) -> Waiting:
        return Waiting("begun", operation.name, given[0], given[1])

    def said(self) -> list[tuple[str, str | None]]:
        return [(event.tag.value, event.reason) for event in self.events]


def approved(operation: str, arguments: Any, method: str, at: Any = NOW) -> Waiting:
    """Return what the person has approved and comes back for."""
    digest = RECORDS.digest(Ask(operation, arguments, "action"))
    approval = Approval(digest, method, at)
    return Waiting("key-1", operation, arguments, "action", approval, words="as asked")
