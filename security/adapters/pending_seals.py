"""What is sealed in a pending operation: its arguments, and its result until it is delivered."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from security.ports import Approval, Waiting
from security.vault.envelope import Place, Vault
from security.vault.keys import KeyRing


class PendingSeals:
    """Seals and opens the columns of `pending_operations`."""

    def __init__(self, vault: Vault, keys: KeyRing) -> None:
        self._vault = vault
        self._keys = keys

    def arguments(self, row_id: str, plain: bytes) -> bytes:
        """Seal what `security.pending.canonical` wrote."""
        return self._vault.seal(plain, arguments_place(row_id))

    def result(self, row: Any, result: Any) -> bytes:
        """Seal the result of a row's operation."""
        return self._vault.seal(orjson.dumps(result), _result_place(row))

    def asked(self, row: Any) -> tuple[Mapping[str, Any], str | None] | None:
        """Return arguments and purpose of a row; None where they are not those of its digest."""
        plain = self._vault.open(row.arguments_sealed, arguments_place(row.id))
        operation, arguments, *purpose = orjson.loads(plain)
        if self._keys.arguments_digest(plain) != row.digest or operation != row.operation:
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
            stored_result=orjson.loads(self._vault.open(row.result_sealed, _result_place(row))),
            has_result=True,
            purpose=purpose,
        )


def approval_of(row: Any) -> Approval | None:
    """Return the approval that a row has, if any."""
    if row.method is None or row.approved_at is None:
        return None
    return Approval(row.digest, row.method, row.approved_at)


def arguments_place(row_id: str) -> Place:
    """Arguments may be sealed before the person, and so the tenant, is known."""
    return Place("pending_operations", "arguments", row_id, None)


def _result_place(row: Any) -> Place:
    return Place("pending_operations", "result", row.id, row.tenant_id)
