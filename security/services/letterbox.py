"""The states of a message in the database, as the postman moves them: each by compare-and-set.

queued → sending → sent or failed; queued → dropped where it comes too late. A code that may
have left is never sent a second time.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import CursorResult, delete, select, update
from sqlalchemy.orm import Session

from security.adapters.account_tables import MessageRow
from security.audit.record import Tag
from security.core import Core
from security.services.consent import unwanted
from security.services.letters import Letter
from security.services.messages import (
    DROPPED,
    FAILED,
    QUEUED,
    SENDING,
    SENT,
    open_letter,
    record,
)
from security.sessions import hash_of
from security.vault.envelope import CannotOpen

OUTBOX_KEEPS = 200
"""How many letters the demo's outbox keeps; the words of older ones are erased."""

ABANDONED = timedelta(minutes=1)
"""After this time nobody can be sending a letter any more: its process has died."""

VERIFICATION_LIFE = timedelta(minutes=10)
"""How long a service's code is good over there, unless it is told otherwise."""

KEPT = timedelta(days=1)
"""How long a message is known after its words are gone: limits count an hour."""


@dataclass(frozen=True)
class Claimed:
    """A letter that this worker, and no other, is to send."""

    id: str
    tenant: str
    letter: Letter
    not_after: datetime
    earlier: str | None = None
    """The last verification of this number at a service, if its code may still be good there."""


def claim(core: Core, store: Session, room: Mapping[str, int], now: datetime) -> list[Claimed]:
    """Take the oldest queued letters, as many as each channel has room for."""
    claimed = []
    for channel, free in room.items():
        oldest = (
            select(MessageRow)
            .where(MessageRow.state == QUEUED, MessageRow.channel == channel)
            .order_by(MessageRow.created_at)
            .limit(free)
        )
        for row in store.scalars(oldest).all():
            if now < row.not_after and _move(store, row.id, QUEUED, SENDING, sent_at=now):
                claimed += _opened(core, store, row, now)
    return claimed


def settle(
    core: Core,
    store: Session,
    message_id: str,
    sent: bool,
    tries: int,
    provider_id: str | None = None,
    by_service: bool = False,
) -> None:
    """Record how the sending ended, and erase the words; nothing where that is settled.

    `provider_id` is what the service calls it; a hash is kept of that. One that is kept
    `by_service` is asked about by that name, and is of one message alone.
    """
    now = core.clock()
    ended: dict[str, Any] = {"tries": tries, "sealed": None, "sent_at": now}
    if by_service and provider_id is not None:
        sent = sent and _is_new(store, provider_id)
        ended["verification"] = provider_id if sent else None
    elif provider_id is not None:
        ended["provider_hash"] = hash_of(provider_id)
    end = SENT if sent else FAILED
    if _move(store, message_id, SENDING, end, **ended) and not sent:
        record(core, store, Tag.MESSAGE_FAILED, store.get_one(MessageRow, message_id), now)


def keep_in_outbox(core: Core, store: Session, channels: Collection[str], now: datetime) -> int:
    """Demo mode: the outbox takes what is queued for these channels. Returns how many."""
    queued = select(MessageRow.id).where(
        MessageRow.state == QUEUED, MessageRow.channel.in_(channels), MessageRow.not_after > now
    )
    kept = store.execute(
        update(MessageRow)
        .where(MessageRow.id.in_(queued), MessageRow.state == QUEUED)
        .values(state=SENT, sent_at=now)
    )
    newest = (
        select(MessageRow.id)
        .where(MessageRow.state == SENT, MessageRow.sealed.is_not(None))
        .order_by(MessageRow.created_at.desc())
        .limit(OUTBOX_KEEPS)
    )
    store.execute(
        update(MessageRow)
        .where(
            MessageRow.state == SENT,
            MessageRow.sealed.is_not(None),
            MessageRow.id.not_in(newest),
        )
        .values(sealed=None)
    )
    return cast("CursorResult[Any]", kept).rowcount


def leave_outbox(store: Session, channels: Collection[str]) -> None:
    """Erase what the outbox keeps of channels that have a real service by now."""
    store.execute(
        update(MessageRow)
        .where(
            MessageRow.state == SENT,
            MessageRow.channel.in_(channels),
            MessageRow.sealed.is_not(None),
        )
        .values(sealed=None)
    )


def sweep(core: Core, store: Session, mine: Collection[str], now: datetime) -> None:
    """Drop what is too late, fail what a dead process has left, forget what is old.

    `mine` are the letters that this process is sending right now.
    """
    store.execute(
        update(MessageRow)
        .where(MessageRow.state == QUEUED, MessageRow.not_after <= now)
        .values(state=DROPPED, sealed=None)
    )
    left = select(MessageRow).where(
        MessageRow.state == SENDING,
        MessageRow.sent_at <= now - ABANDONED,
        MessageRow.id.not_in(mine),
    )
    for row in store.scalars(left).all():
        if _move(store, row.id, SENDING, FAILED, sealed=None):
            record(core, store, Tag.MESSAGE_FAILED, row, now)
    store.execute(
        delete(MessageRow).where(
            MessageRow.state.in_((SENT, FAILED, DROPPED)),
            MessageRow.created_at <= now - KEPT,
            MessageRow.sealed.is_(None),
        )
    )


def is_wanted(core: Core, store: Session, message_id: str, letter: Letter, now: datetime) -> bool:
    """Tell whether a letter that is being sent may still leave; STOP may have come since.

    One that may not is dropped here.
    """
    row = store.get_one(MessageRow, message_id)
    why = unwanted(core, store, row, letter.to) if letter.channel == "sms" else None
    if why is not None and _move(store, row.id, SENDING, DROPPED, sealed=None):
        record(core, store, Tag.MESSAGE_UNWANTED, row, now, why)
    return why is None


def _opened(core: Core, store: Session, row: MessageRow, now: datetime) -> list[Claimed]:
    try:
        letter = open_letter(row)
    except CannotOpen:
        _move(store, row.id, SENDING, FAILED, sealed=None)
        record(core, store, Tag.MESSAGE_FAILED, row, now)
        return []
    if not is_wanted(core, store, row.id, letter, now):
        return []
    earlier = _earlier(store, row, now) if letter.by_service else None
    return [Claimed(row.id, row.tenant_id, letter, row.not_after, earlier)]


def _earlier(store: Session, row: MessageRow, now: datetime) -> str | None:
    """Return the newest verification of the same number, whoever it was for."""
    same = select(MessageRow.verification).where(
        MessageRow.destination_hash == row.destination_hash,
        MessageRow.verification.is_not(None),
        MessageRow.sent_at > now - VERIFICATION_LIFE,
    )
    return store.scalars(same.order_by(MessageRow.sent_at.desc()).limit(1)).one_or_none()


def _is_new(store: Session, verification: str) -> bool:
    known = select(MessageRow.id).where(MessageRow.verification == verification)
    return store.scalars(known.limit(1)).one_or_none() is None


def _move(store: Session, message_id: str, current: str, to: str, **values: Any) -> bool:
    done = store.execute(
        update(MessageRow)
        .where(MessageRow.id == message_id, MessageRow.state == current)
        .values(state=to, **values)
        .execution_options(synchronize_session=False)
    )
    return cast("CursorResult[Any]", done).rowcount == 1
