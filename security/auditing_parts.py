"""Wires what an organisation's auditors may see and do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from security.audit.checkpoint import TrailKey
from security.audit.verifier import Bad, read_checkpoint
from security.auditing.following import Broken
from security.core import Core
from security.faces.auditing import Auditors
from security.monitor.rules import read_rules
from security.services.audit_alerts import AuditAlerts
from security.services.audit_log_state import LogCheck, ReadCheckpoint
from security.services.audit_numbers import AuditNumbers
from security.services.audit_records import AuditRecords
from security.services.audit_sessions import AuditSessions


def build_auditors(core: Core) -> Auditors:
    """Return the services behind the page `/monitor`. Raises `ValueError` as `read_rules` does."""
    log = LogCheck(core, checkpoint_reader(core))
    alerts = AuditAlerts(core, {rule.name: rule for rule in read_rules()})
    numbers = AuditNumbers(core, alerts, log)
    return Auditors(AuditRecords(core), alerts, AuditSessions(core), log, numbers)


def checkpoint_reader(core: Core) -> ReadCheckpoint:
    """Return what reads checkpoints that the trail's own key has signed."""

    def read(line: bytes) -> Mapping[str, Any]:
        key = load_pem_public_key(TrailKey(core.data_keys.trail_seed()).public_pem)
        if not isinstance(key, Ed25519PublicKey):
            raise Broken("a checkpoint: signed by a key of another kind")
        try:
            return read_checkpoint(line, key)
        except Bad:
            raise Broken("a checkpoint: our key has not signed it") from None

    return read
