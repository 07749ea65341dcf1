"""The guard: everything the bot does passes this checklist, from top to bottom.

 1. ticket        this turn's, unspent, of this caller's listener
 2. session       live
 3. person        signed in, unless the class is open
 4. tenant        uses this API
 5. role          for one of the operation's purposes, where it has any, Cedar permits it to the
                  role, whatever is still to be proved
 6. assurance     in reach here, strong and fresh enough, else a pending operation waits for it
 7. arguments     fit the API's document
 8. confirmation  by the person, bound to these very arguments, else it waits for theirs
 9. policy        Cedar permits all of it, with what is proved
10. rate          and then, where somebody else is acted for, they are there
11. intent        on the trail, durable, before anything happens; a write has its key, once
12. token         one API, one scope, one person, seconds
13. call          answer validated and trimmed
14. outcome       on the trail

The first check that fails, or cannot be made, denies.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from copy import copy
from dataclasses import replace
from datetime import datetime
from typing import Any

import structlog

from security import checks
from security.access import Access
from security.acting import acting
from security.audit.gate import TrailGate
from security.checks import Check, Denial, Question
from security.clock import Clock
from security.entries import Entries
from security.errors import Refused
from security.execution import Execution
from security.guard_records import Ask, Intent, Records
from security.links import Links
from security.minting import Tokens
from security.model import Invoked, Resumed
from security.operations.manifest import Operation
from security.pending import State
from security.ports import Approval, Case, GuardStore, Transactions, Waiting
from security.sessions import hash_of
from security.showing import shown
from security.unlocking import unlocked
from security.vault.keys import KeyRing
from security.waiting import NEEDS_PROOF, answerable, is_kept
from security.writes import Writes

_log = structlog.get_logger(__name__)


class Guard:
    """Decides and runs operations for the actions."""

    def __init__(
        self,
        *,
        transactions: Transactions,
        operations: Mapping[str, Operation],
        access: Access,
        allow_rate: Callable[[str, str], bool],
        tokens: Tokens,
        execution: Execution,
        keys: KeyRing,
        clock: Clock,
        entries: Entries,
        trail: TrailGate,
    ) -> None:
        self._transact = transactions
        self._operations = operations
        self._access = access
        self._records = Records(keys)
        self._tokens = tokens
        self._execution = execution
        self._writes = Writes(self._records, clock)
        self._links = Links(self._records, clock)
        self._clock = clock
        self._entries = entries
        self._trail = trail
        self._checklist = _checklist(allow_rate)

    def paced(self, allow_rate: Callable[[str, str], bool]) -> Guard:
        """Return this guard with a bound of its own on how often somebody may ask."""
        other = copy(self)
        other._checklist = _checklist(allow_rate)
        return other

    async def invoke(self, ticket: str, ask: Ask) -> Invoked:
        """Run a declared operation for the person of this turn and return its result.

        Raises `Refused` with the code of the first check that denies.
        """
        self._trail.check()

        def decide(store: GuardStore) -> tuple[Operation, Case, Waiting | None, Intent | None]:
            case = acting(store, self._operations, self.case(store, ticket), ask)
            operation = self.checked(store, case, ask)
            begins = self._links.leave if operation.document else self._writes.begin
            begun = begins(store, case, operation, ask)
            if begun is not None and begun.has_result:
                return operation, case, begun, None
            key = begun.id if begun is not None else None
            return operation, case, begun, self.intend(store, case, operation, ask, key)

        operation, case, begun, intent = await self._transact(decide)
        if intent is not None:
            result = await self._execution.carry_out(intent, begun)
        else:
            result = begun.stored_result if begun else None
        return shown(operation, case, result)

    async def resume(self, ticket: str) -> Resumed:
        """Run the pending operation that the person's proof has released, with every check again.

        Only in a turn that was opened to resume. Raises `Refused`, also `nothing_pending`.
        """
        self._trail.check()  # Before the request is claimed: it can still be approved later.

        def claim(store: GuardStore) -> tuple[Case, Waiting]:
            case, now = self.case(store, ticket), self._clock()
            waiting = store.claim_pending(case, now) if case.resume else None
            if waiting is None:
                code = "in_doubt" if store.is_in_doubt(case) else "nothing_pending"
                store.audit(self._records.unreached(code, case), now)
                raise Refused(code)
            case = unlocked(case, self._operations.get(waiting.operation), waiting)
            return acting(store, self._operations, case, _ask(waiting, None)), waiting

        case, waiting = await self._transact(claim)
        if waiting.has_result:
            result = await self._deliver_again(case, waiting)
        else:
            result = await self._run_waiting(case, waiting)
        seen = shown(self._operations[waiting.operation], case, result)
        return Resumed(
            action=waiting.action,
            operation=waiting.operation,
            arguments=dict(waiting.arguments),
            result=seen.result,
            sensitive=seen.sensitive,
            words=waiting.words,
        )

    async def cancel(self, ticket: str) -> bool:
        """Void what waits for the person's approval in this conversation; tell if anything did.

        Raises `in_doubt` where it is too late to say that nothing has been changed.
        """

        def void(store: GuardStore) -> bool:
            case, now = self.case(store, ticket), self._clock()
            if store.cancel_pending(case, now):
                return True
            if store.is_in_doubt(case):
                store.audit(self._records.unreached("in_doubt", case), now)
                raise Refused("in_doubt")
            return False

        return await self._transact(void)

    def case(self, store: GuardStore, ticket: str) -> Case:
        """Check 1: use one of the turn's operations, or record and refuse."""
        now = self._clock()
        case = store.take_ticket(hash_of(ticket), now)
        if case is None:
            store.audit(self._records.of_no_turn(store.case_of_ticket(hash_of(ticket))), now)
            raise Refused("turn_over")
        return case

    async def _run_waiting(self, case: Case, waiting: Waiting) -> Any:
        ask, key = _ask(waiting, waiting.approval), waiting.id
        ask = replace(ask, entered=self._entries.take(waiting.id, self._clock()))

        def decide(store: GuardStore) -> Intent | None:
            try:
                operation = self.checked(store, case, ask)
                if operation.document:
                    self._links.leave(store, case, operation, ask)
                    store.settle_pending(waiting, case.person, State.DONE, {}, self._clock())
                    return None
                self._writes.check_resumed(store, case, operation, ask)
                return self.intend(store, case, operation, ask, key)
            except Refused as refused:
                now, failed = self._clock(), State.FAILED
                store.settle_pending(waiting, case.person, failed, None, now, refused.code)
                raise

        intent = await self._transact(decide, case)
        return {} if intent is None else await self._execution.carry_out(intent, waiting)

    async def _deliver_again(self, case: Case, waiting: Waiting) -> Any:
        """Give out a result that never reached the person: nothing is called, all is checked."""
        approval = waiting.approval
        if approval is not None:  # It was used in time, and is not used again.
            approval = replace(approval, at=self._clock())
        ask = _ask(waiting, approval)

        def decide(store: GuardStore) -> None:
            operation = self.checked(store, case, ask, keep=False)
            if operation.document:  # The link went the way of the answer that it stood on.
                self._links.leave(store, case, operation, ask)
            store.audit(self._records.redelivery(case, operation, ask), self._clock())

        await self._transact(decide, case)
        return waiting.stored_result

    def intend(
        self, store: GuardStore, case: Case, operation: Operation, ask: Ask, key: str | None
    ) -> Intent:
        """Steps 11 and 12, in the transaction of the checks."""
        now = self._clock()
        # 12, but it is used only after the commit of the intent.
        token = self._tokens.for_operation(case, operation, ask, key, now)
        event = self._records.decision(case, operation, ask, None, token.token_id)
        record = store.audit(event, now)  # 11
        return Intent(case, operation, ask, record, token)

    def checked(self, store: GuardStore, case: Case, ask: Ask, keep: bool = True) -> Operation:
        """Return the operation once checks 2 to 10 hold; a denial is recorded and raised.

        `keep`: what a proof could release is kept for it.
        """
        self._trail.check()
        now = self._clock()
        operation = self._operations.get(ask.operation)
        if operation is None:
            # To the action this reads like any forbidden operation; the trail knows better.
            unknown = Denial("forbidden", "undeclared_operation")
            store.audit(self._records.decision(case, None, ask, unknown), now)
            raise Refused(unknown.code)
        case = self._with_limit_left(store, case, operation, ask, now)
        digest = self._records.digest(ask)
        asked = (case, operation, ask.arguments, now, self._access)
        question = Question(*asked, digest, ask.approval, ask.purpose)
        denial = self._first_denial(question)
        if denial is not None:
            raise self._denied(store, question, ask, denial, keep)
        if operation.kind == "sensitive":
            store.mark_sensitive(case)
        return operation

    @staticmethod
    def _with_limit_left(
        store: GuardStore, case: Case, operation: Operation, ask: Ask, now: datetime
    ) -> Case:
        """Take what SMS codes approved today off the limit: several parts make one large sum."""
        confirmation = operation.confirmation
        if confirmation is None or not confirmation.is_small(ask.arguments, case.sms_limit):
            return case
        return replace(case, sms_limit=store.sms_limit_left(case, now, ask.pending))

    def _first_denial(self, question: Question) -> Denial | None:
        """Ask the checks in their order; one that cannot be made denies (ASVS 16.5.3)."""
        try:
            return next(filter(None, (check(question) for check in self._checklist)), None)
        except Exception as error:
            _log.error("check_failed", kind=type(error).__name__)
            return Denial("security_unavailable", "check_failed")

    def _denied(
        self, store: GuardStore, asked: Question, ask: Ask, denial: Denial, keep: bool
    ) -> Refused:
        """Record a denial, keep what a proof could release, and return what to raise."""
        denial = answerable(store, asked, denial)
        event = self._records.decision(asked.case, asked.operation, ask, denial)
        store.audit(event, asked.now)
        if keep and is_kept(store, asked, denial):
            given = (ask.arguments, ask.action, denial.code, asked.now, ask.purpose)
            store.keep_pending(asked.case, asked.operation, *given)
        details: dict[str, Any] = {"field": denial.field} if denial.field else {}
        if denial.code in NEEDS_PROOF:
            details |= checks.terms_of(asked.operation.demand)
        return Refused(denial.code, **details)


def _ask(waiting: Waiting, approval: Approval | None) -> Ask:
    of = (waiting.operation, waiting.arguments, waiting.action)
    return Ask(*of, approval, waiting.purpose, waiting.id)


def _checklist(allow_rate: Callable[[str, str], bool]) -> tuple[Check, ...]:
    return (
        checks.session_is_live,  # 2
        checks.person_is_known,  # 3
        checks.tenant_offers_the_api,  # 4
        checks.purpose_is_named,  # 5
        checks.role_may,  # 5
        checks.assurance_is_enough,  # 6
        checks.arguments_are_valid,  # 7
        checks.approval_is_bound,  # 8
        checks.policy_allows,  # 9
        checks.rate_is_kept(allow_rate),  # 10
        checks.somebody_is_acted_for,  # 10: last, so that nothing else tells names apart
    )
