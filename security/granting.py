"""Tokens for registered clients: a ticket in exchange for one declared read (RFC 8693).

The guard's checks run exactly as for an action, and the decision is on the trail before the
token leaves. A write can never be had this way: what the person approves is executed under the
key of its approval, once, by security itself; a token in other hands would be a second way.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from security.audit.record import Tag
from security.checks import Denial
from security.clock import Clock
from security.errors import Refused
from security.guard import Guard
from security.guard_records import Ask, Records
from security.minting import Presenter, Tokens
from security.operations.manifest import Operation
from security.ports import Case, GuardStore, Transactions
from security.tokens.issuer import AccessToken
from security.vault.keys import KeyRing


@dataclass(frozen=True)
class Granted:
    """A token for a client, and the session that it came from."""

    token: AccessToken
    session: str
    scope: str


class Grants:
    """Exchanges tickets."""

    def __init__(
        self,
        guard: Guard,
        transactions: Transactions,
        tokens: Tokens,
        keys: KeyRing,
        clock: Clock,
    ) -> None:
        self._guard = guard
        self._transact = transactions
        self._tokens = tokens
        self._records = Records(keys)
        self._clock = clock

    async def exchange(
        self, ticket: str, operation: Operation | None, ask: Ask, presenter: Presenter, tenant: str
    ) -> Granted:
        """Return a token for `operation` in the name of the ticket's person, bound to the client.

        `operation` None is one that no manifest declares: it uses up the ticket, is on the trail,
        and reads like any forbidden one. Raises `Refused` as the guard does.
        """

        def decide(store: GuardStore) -> Granted:
            case, now = self._guard.case(store, ticket), self._clock()
            reason = _reason_against(operation, case, tenant)
            if reason is not None:
                raise self._denied(store, case, operation, ask, reason, presenter.client, now)
            allowed = self._guard.checked(store, case, ask, keep=False)
            token = self._tokens.for_client(case, allowed, ask, presenter, now)
            event = self._records.decision(case, allowed, ask, None, token.token_id)
            by = replace(event, actor=presenter.client, channel="oauth")
            store.audit(replace(by, tag=Tag.OPERATION_GRANTED), now)
            return Granted(token, case.session_id, allowed.scope)

        return await self._transact(decide)

    def _denied(
        self,
        store: GuardStore,
        case: Case,
        operation: Operation | None,
        ask: Ask,
        reason: str,
        client: str,
        now: datetime,
    ) -> Refused:
        event = self._records.decision(case, operation, ask, Denial("forbidden", reason))
        store.audit(replace(event, actor=client, channel="oauth"), now)
        return Refused("forbidden")


def _reason_against(operation: Operation | None, case: Case, tenant: str) -> str | None:
    """Return what keeps a client from it, whatever the person may do."""
    if operation is None:
        return "undeclared_operation"
    if operation.is_write:
        return "write_by_exchange"
    if operation.is_own:
        return "own_by_exchange"
    if operation.document:
        return "document_by_exchange"
    if case.tenant != tenant:
        return "client_of_another_tenant"
    return None
