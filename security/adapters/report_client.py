"""Asking an API which tokens it has refused (RFC 8936): over its own socket, by a token of ours."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from security.adapters.api_asking import ApiAsking, NotAnswered
from security.tokens.reported import PATH, scope_of

MOST_AT_ONCE = 50


@dataclass(frozen=True)
class Told:
    """Signed reports by their ids; `more` are waiting."""

    sets: Mapping[str, Any]
    more: bool


class Reporting(Protocol):
    """An API that can be asked."""

    api: str
    """Which one."""

    async def ask(self, acknowledged: Sequence[str]) -> Told:
        """Return what it reports. Raises `NotAnswered`."""


class ReportClient(ApiAsking):
    """Asks one API of this installation; waits there until there is something to tell."""

    seconds = 30.0  # The API answers after twenty at the latest.

    async def ask(self, acknowledged: Sequence[str]) -> Told:
        """Return what it reports. Raises `NotAnswered`."""
        scope, now = scope_of(self.api), self._clock()
        token = self._tokens.for_reports(self._audience, scope, now).value
        asked = {"maxEvents": MOST_AT_ONCE, "ack": list(acknowledged)}
        return _told(await self._post(PATH, asked, token))


def _told(said: Any) -> Told:
    sets = said.get("sets") if isinstance(said, dict) else None
    if not isinstance(sets, dict) or len(sets) > MOST_AT_ONCE:
        raise NotAnswered("another_shape")
    return Told(sets, said.get("moreAvailable") is True)
