"""The guard: everything the bot does passes this checklist, from top to bottom.

 1. ticket        this turn's, unspent, of this caller's listener
 2. session       live
 3. person        signed in, unless the class is open
 4. tenant        uses this API
 5. policy        Cedar permits the role
 6. assurance     strong and fresh enough, else a pending operation waits for the proof
 7. confirmation  bound to the exact arguments
 8. arguments     fit the API's document; 9. rate
10. intent        on the trail, durable, before anything happens
11. token         one API, one scope, one person, seconds
12. call          answer validated and trimmed
13. outcome       on the trail

The first check that fails, or cannot be made, denies.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from time import perf_counter_ns
from typing import Any, Protocol, TypeVar

import orjson
import structlog

from security import checks
from security.checks import Check, Denial, Question
from security.clock import Clock
from security.errors import Refused
from security.guard_records import Ask, Intent, Records
from security.model import Resumed
from security.operations.manifest import Operation
from security.policy import Policy
from security.ports import ApiCaller, Case, GuardStore, Waiting
from security.sessions import hash_of
from security.tokens.issuer import AccessToken, TokenIssuer
from security.vault.keys import KeyRing

T = TypeVar("T")
_log = structlog.get_logger(__name__)


class Transactions(Protocol):
    """Runs a function in a transaction that is durable once awaited."""

    def __call__(self, work: Callable[[GuardStore], T]) -> Awaitable[T]:
        """Run `work`; a `Refused` that it raises commits and is raised."""


class Guard:
    """Decides and runs operations for the actions."""

    def __init__(
        self,
        *,
        transactions: Transactions,
        operations: Mapping[str, Operation],
        policy: Policy,
        allow_rate: Callable[[str], bool],
        issuer: TokenIssuer,
        api: ApiCaller,
        keys: KeyRing,
        clock: Clock,
    ) -> None:
        self._transact = transactions
        self._operations = operations
        self._issuer = issuer
        self._api = api
        self._keys = keys
        self._records = Records(keys)
        self._clock = clock
        self._checklist: tuple[Check, ...] = (
            checks.session_is_live,  # 2
            checks.person_is_known,  # 3
            checks.tenant_offers_the_api,  # 4
            checks.policy_allows(policy),  # 5
            checks.assurance_is_enough,  # 6
            checks.nothing_needs_confirmation,  # 7
            checks.arguments_are_valid,  # 8
            checks.rate_is_kept(allow_rate),  # 9
        )

    async def invoke(self, ticket: str, ask: Ask) -> Any:
        """Run a declared operation for the person of this turn and return its result.

        Raises `Refused` with the code of the first check that denies.
        """

        def decide(store: GuardStore) -> Intent:
            return self._decide(store, self._case(store, ticket), ask)

        intent = await self._transact(decide)
        return await self._carry_out(intent, None)

    async def resume(self, ticket: str) -> Resumed:
        """Run the pending operation that the person's proof has released, with every check again.

        Only in a turn that was opened to resume. Raises `Refused`, also `nothing_pending`.
        """

        def claim(store: GuardStore) -> tuple[Case, Waiting]:
            case, now = self._case(store, ticket), self._clock()
            waiting = store.claim_pending(case, now) if case.resume else None
            if waiting is None:
                store.audit(self._records.unreached("nothing_pending", case), now)
                raise Refused("nothing_pending")
            return case, waiting

        case, waiting = await self._transact(claim)
        if waiting.has_result:
            result = await self._deliver_again(case, waiting)
        else:
            result = await self._run_waiting(case, waiting)
        return Resumed(
            action=waiting.action,
            operation=waiting.operation,
            arguments=dict(waiting.arguments),
            result=result,
        )

    def _case(self, store: GuardStore, ticket: str) -> Case:
        """Check 1: use one of the turn's operations, or record and refuse."""
        now = self._clock()
        case = store.take_ticket(hash_of(ticket), now)
        if case is None:
            store.audit(self._records.unreached("ticket"), now)
            raise Refused("turn_over")
        return case

    async def _run_waiting(self, case: Case, waiting: Waiting) -> Any:
        ask = Ask(waiting.operation, waiting.arguments, waiting.action)

        def decide(store: GuardStore) -> Intent:
            try:
                return self._decide(store, case, ask)
            except Refused:
                store.settle_pending(waiting, case, None, True, self._clock())
                raise

        intent = await self._transact(decide)
        return await self._carry_out(intent, waiting)

    async def _deliver_again(self, case: Case, waiting: Waiting) -> Any:
        """Give out a result that never reached the person: nothing is called, all is checked."""
        ask = Ask(waiting.operation, waiting.arguments, waiting.action)

        def decide(store: GuardStore) -> None:
            operation = self._checked(store, case, ask)
            store.audit(self._records.redelivery(case, operation, ask), self._clock())

        await self._transact(decide)
        return waiting.stored_result

    def _decide(self, store: GuardStore, case: Case, ask: Ask) -> Intent:
        """Checks 2 to 11, in one transaction with the record of the decision."""
        operation = self._checked(store, case, ask)
        token = self._mint(case, operation)  # 11, but it is used only after the commit below
        event = self._records.decision(case, operation, ask, None, token.token_id)
        sequence = store.audit(event, self._clock())  # 10
        return Intent(case, operation, ask.arguments, sequence, token)

    def _checked(self, store: GuardStore, case: Case, ask: Ask) -> Operation:
        """Return the operation once checks 2 to 9 hold; a denial is recorded and raised."""
        now = self._clock()
        operation = self._operations.get(ask.operation)
        if operation is None:
            # To the action this reads like any forbidden operation; the trail knows better.
            unknown = Denial("forbidden", "undeclared_operation")
            store.audit(self._records.decision(case, None, ask, unknown), now)
            raise Refused("forbidden")
        question = Question(case, operation, ask.arguments, now)
        denial = self._first_denial(question)
        if denial is not None:
            raise self._denied(store, question, ask, denial)
        return operation

    def _first_denial(self, question: Question) -> Denial | None:
        """Ask the checks in their order; one that cannot be made denies (ASVS 16.5.3)."""
        try:
            return next(filter(None, (check(question) for check in self._checklist)), None)
        except Exception as error:
            _log.error("check_failed", kind=type(error).__name__)
            return Denial("security_unavailable", "check_failed")

    def _denied(self, store: GuardStore, asked: Question, ask: Ask, denial: Denial) -> Refused:
        """Record a denial, keep what a proof could release, and return what to raise."""
        event = self._records.decision(asked.case, asked.operation, ask, denial)
        store.audit(event, asked.now)
        if denial.code in ("authentication_required", "step_up_required"):
            store.keep_pending(
                asked.case, asked.operation, ask.arguments, ask.action, denial.code, asked.now
            )
        details = {"field": denial.field} if denial.field else {}
        return Refused(denial.code, **details)

    async def _carry_out(self, intent: Intent, waiting: Waiting | None) -> Any:
        """Steps 12 and 13: the call, and its outcome on the trail before anyone hears of it."""
        began = perf_counter_ns()
        refusal: Refused | None = None
        result: Any = None
        try:
            result = await self._api.call(intent.operation, intent.arguments, intent.token.value)
            orjson.dumps(result)  # What cannot be written down cannot be told, nor kept.
        except Refused as error:
            refusal = error
        except orjson.JSONEncodeError:
            refusal = Refused("api_invalid")
        except Exception as error:
            # Whatever went wrong, the call may have been made: its outcome must be on record.
            _log.error("call_failed", kind=type(error).__name__)
            refusal = Refused("api_unavailable")
        duration_us = (perf_counter_ns() - began) // 1_000

        def record(store: GuardStore) -> None:
            now = self._clock()
            store.audit(self._records.outcome(intent, refusal, duration_us), now)
            if waiting is not None:
                store.settle_pending(waiting, intent.case, result, refusal is not None, now)

        await self._transact(record)
        if refusal is not None:
            raise refusal
        return result

    def _mint(self, case: Case, operation: Operation) -> AccessToken:
        person = case.person
        if person is None:
            raise Refused("authentication_required")
        return self._issuer.mint(
            subject=self._keys.pairwise_subject(person.id, operation.audience),
            tenant=person.tenant,
            audience=operation.audience,
            scope=operation.scope,
            now=self._clock(),
        )
