"""Carrying out what the guard has allowed: the call, and what became of it.

A read that gets no answer has failed. A write that gets none may have been done: its API is
asked by its key, and until it has answered the operation is in doubt, never tried again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from time import perf_counter_ns
from typing import Any

import structlog

from security.attempts import Attempts, CallFailed
from security.clock import Clock
from security.errors import Refused
from security.guard_records import Intent, Records
from security.minting import Tokens
from security.operations.answers import found, withheld
from security.operations.manifest import Operation
from security.own import OwnApi
from security.pending import State
from security.ports import (
    ApiCaller,
    Done,
    GuardStore,
    Holder,
    Person,
    Settled,
    Transactions,
    Waiting,
)

_log = structlog.get_logger(__name__)


def tell_done(store: GuardStore, person: Person, done: Done, now: datetime) -> None:
    """Tell the person elsewhere of what was done, where the manifest says so (ASVS 6.3.7).

    So are others, where it is `about` somebody.
    """
    telling = done.operation.telling
    if telling is not None and telling.told:
        store.tell(person, telling.outcome(done.arguments), now)
    if done.operation.is_write:
        store.note_consent(person, done, now)
    if done.about is not None:
        store.inform(person, done, now)


@dataclass(frozen=True)
class Parted:
    """A result without the names that are for security alone.

    `whom` is told of it by another channel; `about` are those whose data it was.
    """

    result: Any
    whom: str | None = None
    about: tuple[str, ...] = ()


def parted(operation: Operation, result: Any) -> Parted:
    """Take off a result whom it names: neither the bot nor the trail is told by that name."""
    told = operation.telling.inform if operation.telling else None
    paths = frozenset(filter(None, (told.whom if told else None, operation.about)))
    if not paths:
        return Parted(result)
    whom = next(iter(found(result, told.whom)), None) if told else None
    about = tuple(found(result, operation.about)) if operation.about else ()
    return Parted(withheld(result, paths), whom, about)


@dataclass(frozen=True)
class Outcome:
    """How a call ended; `refusal` says why it is not done."""

    state: State
    result: Any = None
    refusal: Refused | None = None
    about: tuple[str, ...] = ()


class Execution:
    """Steps 13 and 14 of the guard's checklist."""

    def __init__(
        self,
        transactions: Transactions,
        relaxed: Transactions,
        api: ApiCaller,
        tokens: Tokens,
        records: Records,
        clock: Clock,
        seconds: float,
        own: OwnApi | None = None,
    ) -> None:
        self._transact = transactions
        self._relaxed = relaxed
        self._api = api
        self._attempts = Attempts(transactions, api, tokens, records, clock, seconds, own)
        self._own = own
        self._tokens = tokens
        self._records = records
        self._clock = clock

    async def carry_out(self, intent: Intent, waiting: Waiting | None) -> Any:
        """Call, and put the outcome on the trail before anyone hears of it.

        Raises `Refused`, also `in_doubt`.
        """
        began = perf_counter_ns()
        outcome = await self._call(intent, waiting)
        parts = parted(intent.operation, outcome.result)
        outcome = replace(outcome, result=parts.result, about=parts.about)
        duration_us = (perf_counter_ns() - began) // 1_000

        def record(store: GuardStore) -> None:
            now, end = self._clock(), outcome
            event = self._records.outcome(intent, end.state, end.refusal, duration_us, end.about)
            store.audit(event, now)
            if waiting is not None:
                code = end.refusal.code if end.refusal else None
                store.settle_pending(waiting, intent.case.person, end.state, end.result, now, code)
            told = intent.case.subject or intent.case.person
            if end.state == State.DONE and told is not None:
                asked = intent.ask
                done = Done(intent.operation, asked.arguments, parts.whom, asked.purpose)
                tell_done(store, told, done, now)

        try:
            await self._transaction_for(intent, outcome, waiting)(record, intent.case)
        except Exception as error:
            if waiting is None or not intent.operation.is_write:
                raise
            # It may have been done, so nobody may hear "not done". `Doubts` will ask after it.
            _log.error("outcome_not_recorded", kind=type(error).__name__)
            raise Refused("in_doubt") from None
        if outcome.refusal is not None:
            raise outcome.refusal
        return outcome.result

    def _transaction_for(
        self, intent: Intent, outcome: Outcome, waiting: Waiting | None
    ) -> Transactions:
        """That a read went well need not wait for the disk: its intent is there already.

        A power cut may take this record, with nothing that came after it; what is left is a
        read that was allowed and of which the end is unknown, as after a crash (ADR 2). But
        whoever asks who saw their data is told from these records: those wait.
        """
        plain = waiting is None and not intent.operation.is_write and not outcome.about
        plain = plain and not intent.operation.document and intent.operation.telling is None
        return self._relaxed if plain and outcome.state == State.DONE else self._transact

    async def ask_after(
        self, operation: Operation, key: str, holder: Holder, arguments: Mapping[str, Any]
    ) -> Settled:
        """Ask a write's API what became of it. Raises `Refused` where it does not say."""
        if self._own is not None and operation.is_own:
            return await self._own.settle(operation, holder)
        token = self._tokens.for_settling(holder, operation, key, self._clock())
        return await self._api.settle(operation, key, token.value, operation.sent(arguments))

    async def _call(self, intent: Intent, waiting: Waiting | None) -> Outcome:
        key = waiting.id if waiting is not None and intent.operation.is_write else None
        if intent.operation.is_write and key is None:
            raise RuntimeError("a write without a key")
        try:
            return Outcome(State.DONE, await self._attempts.call(intent, key))
        except CallFailed as failed:
            if key is None or not failed.unknown:
                return Outcome(State.FAILED, refusal=failed.refusal)
            return await self._find_out(intent, key, failed.refusal)

    async def _find_out(self, intent: Intent, key: str, refusal: Refused) -> Outcome:
        """The answer of a write was lost: ask at once, which is mostly enough."""
        try:
            asked, case = intent.ask.arguments, intent.case
            # The key is that of the person for whom it was done.
            holder = replace(case, person=case.subject or case.person)
            settled = await self.ask_after(intent.operation, key, holder, asked)
        except Exception as error:
            _log.warning("write_in_doubt", kind=type(error).__name__)
            return Outcome(State.IN_DOUBT, refusal=Refused("in_doubt"))
        if settled.done:
            return Outcome(State.DONE, settled.result)
        return Outcome(State.FAILED, refusal=refusal)
