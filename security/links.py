"""Links to documents: the bot asks, the guard decides, and the person's page alone gets it.

Where an operation is a document, its invocation calls nothing: it leaves a link, which security
puts on the turn's last message when the turn is closed. Opening it within its 60 seconds runs
every check of the guard again, for the session that asked and no other, once.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from security.clock import Clock
from security.errors import Refused
from security.execution import Execution
from security.guard_records import Ask, Intent, Records
from security.operations.manifest import Operation
from security.ports import Case, GuardStore, Transactions, Waiting
from security.sessions import hash_of

if TYPE_CHECKING:
    from security.guard import Guard

LINK_LIFE = timedelta(seconds=60)
"""From the moment at which the page is told of it."""


class Links:
    """Leaves links; in the transaction of the checks."""

    def __init__(self, records: Records, clock: Clock) -> None:
        self._records = records
        self._clock = clock

    def leave(self, store: GuardStore, case: Case, operation: Operation, ask: Ask) -> Waiting:
        """Leave a link in the place of a call. Returns what the action gets: nothing."""
        now = self._clock()
        store.keep_link(case, operation, ask.arguments, ask.action, now, ask.purpose)
        store.audit(self._records.linked(case, operation, ask), now)
        # Not stored anywhere: it only says that nothing is to be called.
        given = (ask.arguments, ask.action)
        return Waiting("", operation.name, *given, stored_result={}, has_result=True)


class LinkOpener:
    """Opens links: the guard's checks, and then the call that was not made before."""

    def __init__(
        self,
        guard: Guard,
        transactions: Transactions,
        execution: Execution,
        records: Records,
        clock: Clock,
    ) -> None:
        self._guard = guard
        self._transact = transactions
        self._execution = execution
        self._records = records
        self._clock = clock

    async def open(self, session_id: str, link: str) -> tuple[Any, bool]:
        """Return the document of a link that this session was given, once; is it security's own?

        Raises `Refused`: `link_expired`, or the code of the first check that denies.
        """

        def decide(store: GuardStore) -> Intent:
            now = self._clock()
            taken = store.take_link(session_id, hash_of(link), now)
            if taken is None:
                store.audit(self._records.link_refused(session_id), now)
                raise Refused("link_expired")
            case, asked = taken
            ask = Ask(asked.operation, asked.arguments, asked.action, None, asked.purpose)
            operation = self._guard.checked(store, case, ask, keep=False)
            return self._guard.intend(store, case, operation, ask, None)

        intent = await self._transact(decide)
        return await self._execution.carry_out(intent, None), intent.operation.is_own
