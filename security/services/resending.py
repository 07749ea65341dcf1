"""When something may be sent for a challenge, once more or by another way."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from security.adapters.tables import ChallengeRow
from security.audit.record import Tag
from security.challenges.methods import TABLE
from security.core import Core
from security.errors import Refused
from security.model import Method
from security.services import challenges, messages, push_devices, pushing
from security.services.challenge_records import locked, record
from security.services.factors import factor_by_method, guesses_of


def may_send(core: Core, store: Session, row: ChallengeRow, method: Method, now: datetime) -> None:
    """Refuse to send to a paused factor, or again too soon; nothing has changed by then.

    Raises `locked` or `too_many_codes`. Going to another way and back makes it no later.
    """
    chosen = factor_by_method(store, row.person_id, method)
    if chosen is not None and guesses_of(chosen).is_paused(now):
        record(core, store, Tag.CHALLENGE_REFUSED, row, now, "factor_paused")
        raise locked(guesses_of(chosen), now)
    if method == push_devices.METHOD:
        wait = pushing.again_in(core, row, store, now)
    else:
        wait = challenges.resend_in(core, store, row, now)
        channel = TABLE[method].sent_over or ""
        if not messages.code_was_sent(store, row.person_id, channel, row.created_at):
            return
    if wait > 0:
        record(core, store, Tag.CHALLENGE_REFUSED, row, now, "sent_just_now")
        raise Refused("too_many_codes", retry_after_seconds=wait)
