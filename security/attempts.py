"""A call of an API, and the same call once more where that can do nothing twice.

A read changes nothing, and a write has its idempotency key; so both may be tried again when the
connection could not be made or broke, or when the API is busy and says for how long. All tries
and pauses together take no longer than one call may. A write's token is good for one call: each
further try has one of its own, which is on the trail before it is used.
"""

from __future__ import annotations

import asyncio
import random
from typing import Any

import orjson
import stamina
import structlog

from security.clock import Clock
from security.errors import Refused
from security.guard_records import Intent, Records
from security.minting import Tokens
from security.own import OWN_SECONDS, OwnApi
from security.ports import ApiCaller, GuardStore, Transactions, Unanswered
from security.tokens.issuer import AccessToken

ATTEMPTS = 3
_FIRST_PAUSE, _LONGEST_PAUSE, _JITTER = 0.05, 0.5, 0.1
_UNKNOWN = ("api_unavailable", "api_invalid")
_log = structlog.get_logger(__name__)


class CallFailed(Exception):
    """No result. `unknown`: it may have been done all the same."""

    def __init__(self, refusal: Refused, unknown: bool) -> None:
        super().__init__(refusal.code)
        self.refusal = refusal
        self.unknown = unknown


class Attempts:
    """Makes the calls of the guard. `seconds` is for all tries of one together.

    `own` answers the operations of security itself.
    """

    def __init__(
        self,
        transactions: Transactions,
        api: ApiCaller,
        tokens: Tokens,
        records: Records,
        clock: Clock,
        seconds: float,
        own: OwnApi | None = None,
    ) -> None:
        self._own = own
        self._transact = transactions
        self._api = api
        self._tokens = tokens
        self._records = records
        self._clock = clock
        self._seconds = seconds

    async def call(self, intent: Intent, key: str | None) -> Any:
        """Return the API's answer. Raises `CallFailed`."""
        course = _Course(self, intent, key)
        # A write has no longer, whoever answers it: `Doubts` takes it for abandoned after a while.
        is_own_read = intent.operation.is_own and not intent.operation.is_write
        seconds = OWN_SECONDS if is_own_read else self._seconds
        try:
            async with asyncio.timeout(seconds):
                result = await course.run(asyncio.get_running_loop().time() + seconds)
            orjson.dumps(result)  # What cannot be written down cannot be told, nor kept.
        except Refused as refusal:
            # After a try that may have arrived, a refusal may be one of the second try alone.
            unknown = course.arrived or (
                refusal.code in _UNKNOWN and not isinstance(refusal, Unanswered)
            )
            raise CallFailed(refusal, unknown) from None
        except orjson.JSONEncodeError:
            raise CallFailed(Refused("api_invalid"), unknown=True) from None
        except TimeoutError:
            raise CallFailed(Refused("api_unavailable"), unknown=True) from None
        except Exception as error:
            # Whatever went wrong, the call may have been made: its outcome must be on record.
            _log.error("call_failed", kind=type(error).__name__)
            raise CallFailed(Refused("api_unavailable"), unknown=True) from None
        return result

    async def once(self, intent: Intent, key: str | None, token: AccessToken) -> Any:
        """Make one call, or have security answer what is its own."""
        if self._own is not None and intent.operation.is_own:
            return await self._own.call(intent)
        sent = {**intent.operation.sent(intent.ask.arguments), **(intent.ask.entered or {})}
        return await self._api.call(intent.operation, sent, token.value, key)

    async def another_token(self, intent: Intent, key: str | None, code: str) -> AccessToken:
        """Return the token of a further try: a read's is used again, a write's is not."""
        if not intent.operation.is_write:
            return intent.token
        now = self._clock()
        token = self._tokens.for_operation(intent.case, intent.operation, intent.ask, key, now)

        def record(store: GuardStore) -> None:
            store.audit(self._records.retry(intent, token.token_id, code), now)

        await self._transact(record)
        return token


class _Course:
    """The tries of one call; `arrived` says that one of them may have reached the API."""

    def __init__(self, attempts: Attempts, intent: Intent, key: str | None) -> None:
        self._attempts = attempts
        self._intent = intent
        self._key = key
        self.arrived = False

    async def run(self, deadline: float) -> Any:
        """Try once, and again where that makes sense before `deadline` (of the event loop)."""
        try:
            return await self._try(self._intent.token)
        except Unanswered as error:
            first = error
        # A write without a key must not be sent twice; none is declared, and none would be.
        if self._intent.operation.is_write and self._key is None:
            raise first
        return await self._try_again(first, deadline)

    async def _try_again(self, first: Unanswered, deadline: float) -> Any:
        loop = asyncio.get_running_loop()
        async for attempt in stamina.retry_context(
            on=lambda error: _pause(error, deadline - loop.time()),
            attempts=ATTEMPTS,
            timeout=None,
            wait_initial=_FIRST_PAUSE,
            wait_max=_LONGEST_PAUSE,
            wait_jitter=_JITTER,
        ):
            with attempt:
                if attempt.num == 1:
                    raise first
                another = self._attempts.another_token
                token = await another(self._intent, self._key, first.code)
                return await self._try(token)
        raise first

    async def _try(self, token: AccessToken) -> Any:
        try:
            return await self._attempts.once(self._intent, self._key, token)
        except Unanswered as error:
            self.arrived = self.arrived or error.sent
            raise


def _pause(error: Exception, left: float) -> bool | float:
    """Return whether to try again: with the usual pause, or with the one that the API asks for."""
    if not isinstance(error, Unanswered) or error.again is None or error.again >= left:
        return False
    if error.again == 0.0:
        return True
    # nosemgrep: no-random-module - it spreads load, and hides nothing.
    return error.again + random.uniform(0.0, _JITTER)  # noqa: S311 # nosec B311
