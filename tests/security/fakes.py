"""What stands in for the world around the core: a clock, the APIs, a hasher that counts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError

from security.errors import Refused
from security.operations.manifest import Operation
from security.ports import Settled

NOW = datetime(2026, 11, 23, 12, 0, 0, tzinfo=UTC)

ACCOUNTS = {
    "accounts": [
        {
            "name": "Current account",
            "number": "•••• 4021",
            "currency": "EUR",
            "balance": "2480.15",
            "available": "2480.15",
        }
    ]
}


class FakeClock:
    """A clock that moves only when it is told to; also readable in seconds, for limits."""

    def __init__(self, now: datetime = NOW) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def seconds(self) -> float:
        """Return the moment as seconds, in place of a monotonic clock."""
        return self.now.timestamp()

    def advance(self, **amount: float) -> None:
        """Move on, or back, by what `timedelta` takes."""
        self.now += timedelta(**amount)


@dataclass(frozen=True)
class ApiCall:
    """One call that reached an API."""

    operation: str
    arguments: Mapping[str, Any]
    token: str
    key: str | None = None


@dataclass
class FakeApi:
    """Implements `security.ports.ApiCaller`: keeps the calls and answers as it is told to.

    `before` is called when a call arrives, before anything is answered.
    """

    answer: Any = field(default_factory=lambda: ACCOUNTS)
    error: Exception | None = None
    before: Callable[[], object] | None = None
    calls: list[ApiCall] = field(default_factory=list)
    settlings: list[ApiCall] = field(default_factory=list)
    settled: Settled | None = None
    is_unready: list[str] = field(default_factory=list)

    async def call(
        self,
        operation: Operation,
        arguments: Mapping[str, Any],
        token: str,
        key: str | None = None,
    ) -> Any:
        """Note the call; raise `error` or return `answer`."""
        if self.before is not None:
            self.before()
        self.calls.append(ApiCall(operation.name, dict(arguments), token, key))
        if self.error is not None:
            raise self.error
        return self.answer

    async def settle(
        self, operation: Operation, key: str, token: str, arguments: Mapping[str, Any]
    ) -> Settled:
        """Note the question; say what `settled` says, or nothing."""
        self.settlings.append(ApiCall(operation.name, dict(arguments), token, key))
        if self.settled is None:
            raise Refused("api_unavailable")
        return self.settled

    async def unready(self) -> list[str]:
        """Tell what it was told."""
        return self.is_unready


class CountingHasher(PasswordHasher):
    """Cheap Argon2id that counts how often a password was checked.

    `during` is called while it checks, as if something happened in the meantime.
    """

    def __init__(self) -> None:
        super().__init__(time_cost=1, memory_cost=8, parallelism=1)
        self.checks = 0
        self.during: Callable[[], object] | None = None

    def verify(self, hash: str | bytes, password: str | bytes) -> Literal[True]:
        """Check a password; count it where a hash was computed, not where one was given up."""
        if self.during is not None:
            self.during()
        try:
            verified = super().verify(hash, password)
        except VerifyMismatchError:
            self.checks += 1
            raise
        self.checks += 1
        return verified
