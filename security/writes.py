"""Writes that nobody approves: they happen once all the same.

A write that is approved has the key of its approval. One that is not has a key made of its turn,
its operation, its arguments and its purpose: however often an action, or the dialogue engine,
repeats the call within the turn, the API sees one key.
"""

from __future__ import annotations

from security.checks import Denial
from security.clock import Clock
from security.errors import KINDS, Refused
from security.guard_records import Ask, Records
from security.operations.manifest import Operation
from security.pending import State
from security.ports import Case, Earlier, GuardStore, Waiting


class Writes:
    """Begins such a write, or says what became of it before; in the transaction of the checks."""

    def __init__(self, records: Records, clock: Clock) -> None:
        self._records = records
        self._clock = clock

    def begin(
        self, store: GuardStore, case: Case, operation: Operation, ask: Ask
    ) -> Waiting | None:
        """Return the write that begins now, or the result of the same one that was not told yet.

        None for what is no write, or has an approval. Raises `Refused`: what the first call of
        this turn was refused with, or `in_doubt` while nobody knows what became of it.
        """
        if not _is_direct(operation):
            return None
        now = self._clock()
        earlier = store.earlier_write(case, self._records.digest(ask), now)
        if earlier is None:
            given = (ask.arguments, ask.action, now, ask.purpose)
            return store.begin_write(case, operation, *given)
        if earlier.waiting is None:
            raise self._denied(store, case, operation, ask, _code_of(earlier))
        store.audit(self._records.redelivery(case, operation, ask), now)
        return earlier.waiting

    def check_resumed(self, store: GuardStore, case: Case, operation: Operation, ask: Ask) -> None:
        """Refuse `in_doubt` where what a proof has released may have been done meanwhile.

        So may an approved payment: its person asked for the same one in two sessions. And
        `entry_lost` where what was typed in the panel is gone: the process has died since.
        """
        if operation.entry_names != set(ask.entered or ()):
            raise self._denied(store, case, operation, ask, "entry_lost")
        if operation.is_write and store.is_in_doubt(case, self._records.digest(ask)):
            raise self._denied(store, case, operation, ask, "in_doubt")

    def _denied(
        self, store: GuardStore, case: Case, operation: Operation, ask: Ask, code: str
    ) -> Refused:
        reason = code if code in ("in_doubt", "entry_lost") else "failed_before"
        event = self._records.decision(case, operation, ask, Denial(code, reason))
        store.audit(event, self._clock())
        return Refused(code)


def _is_direct(operation: Operation) -> bool:
    return operation.is_write and operation.confirmation is None


def _code_of(earlier: Earlier) -> str:
    """Return what the first call was refused with; what has not failed may have been done."""
    if earlier.state != State.FAILED:
        return "in_doubt"
    code = earlier.code
    return code if code is not None and code in KINDS else "api_unavailable"
