"""What the postman needs of a service that carries messages."""

from __future__ import annotations

from typing import Protocol


class CannotSend(Exception):
    """The service did not take a letter; `retry`: it surely has not, and may do so later."""

    def __init__(
        self, why: str, *, retry: bool, status: int | None = None, after: float = 0.0
    ) -> None:
        super().__init__(why)
        self.why = why
        """A constant or a type's name, for the log: never the service's own words."""
        self.retry = retry
        self.status = status
        """What the service answered (HTTP), where it answered at all."""
        self.after = after
        """For how many seconds at least it asks not to be tried again."""


class Post(Protocol):
    """One service, for one channel."""

    async def send(self, tenant: str, to: str, subject: str, text: str) -> str | None:
        """Hand one letter over, for a person of `tenant`. Raises `CannotSend`.

        Returns the id under which the service will tell how it fares, if it ever does.
        """

    async def check(self) -> None:
        """Ask the service whether it would work with us, and send nothing. Raises `CannotSend`."""

    async def close(self) -> None:
        """Let go of connections."""
