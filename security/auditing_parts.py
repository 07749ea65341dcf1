"""Wires what an organisation's auditors may see and do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection

from security.adapters import checkpoint_store
from security.audit.verifier import Bad, Keys, read_checkpoint, read_keys
from security.auditing.following import Broken
from security.core import Core
from security.faces.auditing import Auditors
from security.monitor.rules import read_rules
from security.services.audit_alerts import AuditAlerts
from security.services.audit_log_state import LogCheck
from security.services.audit_numbers import AuditNumbers
from security.services.audit_records import AuditRecords
from security.services.audit_sessions import AuditSessions
from security.services.checkpoints import Checkpoints


def build_auditors(core: Core, checkpoints: Checkpoints) -> Auditors:
    """Return the services behind the page `/monitor`. Raises `ValueError` as `read_rules` does."""
    log = LogCheck(core, TrailSignatures(core))
    alerts = AuditAlerts(core, {rule.name: rule for rule in read_rules()})
    sign = checkpoints.sign_for_export
    numbers = AuditNumbers(core, alerts, log, sign)
    return Auditors(AuditRecords(core, sign), alerts, AuditSessions(core), log, numbers)


class TrailSignatures:
    """Reads checkpoints that a key of this trail has signed: the present one, and those before."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self._keys = Keys()

    def know(self, connection: Connection) -> None:
        """Take the keys that have signed so far; what follows announces those that come."""
        if self._keys:
            return
        try:
            pem = checkpoint_store.public_keys(connection, self._core.data_keys.trail)
        except (ValueError, KeyError, TypeError):
            return  # Of another key than ours: none of its checkpoints is believed.
        self._keys = read_keys(pem)

    def read(self, line: bytes) -> Mapping[str, Any]:
        """Return what a checkpoint says. Raises `Broken` where none of our keys has signed it."""
        try:
            return read_checkpoint(line, self._keys)
        except Bad:
            raise Broken("a checkpoint: our key has not signed it") from None
