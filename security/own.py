"""What security answers of the bot's operations itself: no API is called, no token leaves.

The guard decides and records them like any other (`security/operations/account.yml`). Whose data
it is, is who the session belongs to: no argument and no token names anybody.
"""

from __future__ import annotations

from typing import Any, Protocol

from security.guard_records import Intent
from security.operations.manifest import Operation
from security.ports import Holder, Settled

OWN_SECONDS = 240.0
"""How long a read may take: a copy of somebody's data asks every API for everything."""


class OwnApi(Protocol):
    """Answers what the guard has allowed."""

    async def call(self, intent: Intent) -> Any:
        """Return the answer, held against the document and trimmed to the manifest.

        Raises `Refused` where nothing was changed: a code of `operation.refusals`, `api_refused`
        of a write, `api_unavailable` of a read.
        """

    async def settle(self, operation: Operation, holder: Holder) -> Settled:
        """Tell whether a write of this person was done; one that was not can never be.

        Raises `Refused`.
        """
