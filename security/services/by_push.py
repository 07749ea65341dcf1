"""Approving by push: the device has decided, and the page that asked goes on."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from security.adapters.tables import ChallengeRow
from security.audit.record import Tag
from security.challenges import rules
from security.core import Core
from security.errors import Refused
from security.services import push_devices, pushing
from security.services.challenges import close_once, record


def close(core: Core, store: Session, row: ChallengeRow, now: datetime) -> None:
    """Close a challenge that the person's device has approved, once.

    Raises `Refused` `not_answered_yet` as long as it has not: nothing is guessed here, so nothing
    is counted; `expired` where the device is gone since, or the organisation does without pushes.
    """
    pushed = pushing.push_of(store, row.id, pushing.APPROVED)
    if pushed is not None and not push_devices.is_there(store, row.person_id, pushed.answered_by):
        record(core, store, Tag.CHALLENGE_REFUSED, row, now, "device_gone")
        raise Refused("expired")
    if pushed is None or not pushing.pass_once(store, pushed) or not close_once(store, row):
        record(core, store, Tag.CHALLENGE_REFUSED, row, now, "not_answered_yet")
        raise Refused("not_answered_yet")
    push_devices.remember_all(store, row.person_id, rules.after_right())
    record(core, store, Tag.CHALLENGE_PASSED, row, now)
