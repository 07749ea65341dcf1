"""What is sealed in a pending operation: its arguments, and its result until it is delivered."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from typing import Any

import orjson

from security.adapters.sealed import closed, readable
from security.adapters.tables import PendingRow
from security.ports import Approval, Waiting
from security.vault.keys import KeyRing
from security.vault.vault import Vault

_row = PendingRow.__table__.c


class PendingSeals:
    """Seals and opens the columns of `pending_operations`."""

    def __init__(self, vault: Vault, keys: KeyRing) -> None:
        self._vault = vault
        self._keys = keys

    def arguments(self, row: Mapping[str, Any], plain: bytes) -> bytes:
        """Seal what `security.pending.canonical` wrote, for a row by column name."""
        return closed(self._vault, _row.arguments_sealed, plain, row)

    def result(self, row: Any, result: Any) -> bytes:
        """Seal the result of a row's operation."""
        return closed(self._vault, _row.result_sealed, orjson.dumps(result), row._mapping)

    def asked(self, row: Any) -> tuple[Mapping[str, Any], str | None] | None:
        """Return arguments and purpose of a row; None where they are not those of its digest."""
        plain = readable(row.arguments_sealed)
        operation, arguments, *purpose = orjson.loads(plain)
        same = hmac.compare_digest(self._keys.arguments_digest(plain), row.digest)
        if not same or operation != row.operation:
            return None
        return arguments, purpose[0] if purpose else None

    def done(self, row: Any) -> Waiting | None:
        """Return a row's operation with its stored result; None where there is none."""
        asked = self.asked(row)
        if row.result_sealed is None or asked is None:
            return None
        arguments, purpose = asked
        return Waiting(
            id=row.id,
            operation=row.operation,
            arguments=arguments,
            action=row.action,
            approval=approval_of(row),
            stored_result=orjson.loads(readable(row.result_sealed)),
            has_result=True,
            purpose=purpose,
        )


def approval_of(row: Any) -> Approval | None:
    """Return the approval that a row has, if any."""
    if row.method is None or row.approved_at is None:
        return None
    return Approval(row.digest, row.method, row.approved_at)
