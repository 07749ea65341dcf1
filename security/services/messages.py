"""Messages to people: queued within the transaction that wants them, sent by the postman.

A letter is sealed as soon as it is written. Codes are limited per person, number, tenant and
network address in the database itself, so that a restart forgets nothing (ASVS 6.6.3); so are
links, per tenant and network address.
"""

from __future__ import annotations

import math
import secrets
from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any, Literal, cast

import orjson
from sqlalchemy import and_, case, func, or_, select
from sqlalchemy.orm import Session

from runtime.addresses import network_of
from security.adapters import audit_log
from security.adapters.account_tables import MessageRow
from security.adapters.sealed import readable
from security.adapters.tables import AuthenticatorRow
from security.audit.record import AuditEvent, Tag
from security.core import Core
from security.errors import Refused
from security.model import Delivery
from security.services.consent import unwanted
from security.services.factors import secret_of
from security.services.letters import Channel, Letter
from security.services.pumping import watch
from security.sms.gsm import for_sms
from security.vault.envelope import CannotOpen

QUEUED, SENDING, SENT, FAILED, DROPPED = "queued", "sending", "sent", "failed", "dropped"

NOTICES_PER_HOUR = 30
"""How many notices one person gets in an hour; the ones beyond are left out."""
NEWS_PER_HOUR = 20
"""Up to how many of these others can cause: no flood of theirs keeps a warning from anybody."""

_HOUR = timedelta(hours=1)
_NOTICE_LIFE = timedelta(days=1)


def queue(
    core: Core,
    store: Session,
    *,
    person_id: str,
    tenant_id: str,
    letter: Letter,
    address: str,
    now: datetime,
    not_after: datetime,
    to_own: bool = False,
) -> str:
    """Put a letter on its way and return the message's id; the sending itself comes later.

    `address` is the network address that asked; empty where nobody did. `to_own` says that the
    number or address is a factor of this person already. A letter that has not
    left at `not_after` is dropped. Raises `Refused`, with nothing changed: `unknown_method`
    where nothing can be sent over this channel, and for codes and links `too_many_codes` with
    `retry_after_seconds`.
    """
    if letter.channel not in core.channels and letter.channel != "push":
        raise Refused("unknown_method")
    row = MessageRow(
        id=secrets.token_urlsafe(18),
        tenant_id=tenant_id,
        person_id=person_id,
        channel=letter.channel,
        kind=letter.kind,
        destination_hash=destination_hash(core, letter.to),
        address_hash=core.keys.address_hash(network_of(address)) if address else "",
        sealed=None,
        state=QUEUED,
        created_at=now,
        not_after=not_after,
    )
    if letter.channel == "sms" and (why := unwanted(core, store, row, letter.to)) is not None:
        row.state = DROPPED  # Another way is offered on the page.
        store.add(row)
        store.flush()
        record(core, store, Tag.MESSAGE_UNWANTED, row, now, why)
        return row.id
    if letter.kind != "notice":
        _keep_limits(core, store, row, now, to_own)
    row.sealed = orjson.dumps(asdict(letter))
    store.add(row)
    store.flush()
    record(core, store, Tag.MESSAGE_QUEUED, row, now)
    watch(core, store, row, now)
    core.bell.ring()
    return row.id


def notify(
    core: Core,
    store: Session,
    *,
    person_id: str,
    tenant_id: str,
    subject: str,
    text: str,
    now: datetime,
    but: str | None = None,
    most: int = NOTICES_PER_HOUR,
) -> None:
    """Tell a person something over every channel that they have (ASVS 6.3.7).

    `but` leaves out one number or address: the one that has just been added. Never refuses;
    where there were `most` notices in the last hour nothing more is sent.
    """
    spent = _notices_since(store, person_id, now - _HOUR)
    for letter in _notices(core, store, person_id, subject, text, but):
        if spent >= most:
            _record_limited(core, store, person_id, tenant_id, "notices", now)
            return
        queue(
            core,
            store,
            person_id=person_id,
            tenant_id=tenant_id,
            letter=letter,
            address="",
            now=now,
            not_after=now + _NOTICE_LIFE,
        )
        spent += 1


def code_was_sent(store: Session, person_id: str, channel: str, since: datetime) -> bool:
    """Tell whether a code has been put on its way over this channel at `since` or later."""
    query = select(MessageRow.id).where(
        MessageRow.person_id == person_id,
        MessageRow.kind == "code",
        MessageRow.channel == channel,
        MessageRow.created_at >= since,
    )
    return store.scalars(query.limit(1)).one_or_none() is not None


def delivery(store: Session, message_id: str) -> Delivery:
    """Tell how a message fares; one that is not known (any more) has failed."""
    query = select(MessageRow.state).where(MessageRow.id == message_id)
    state = store.scalars(query).one_or_none()
    if state in {QUEUED, SENDING}:
        return "sending"
    return "sent" if state == SENT else "failed"


def open_letter(row: MessageRow) -> Letter:
    """Return the words of a message. Raises `CannotOpen` where they are gone or were changed."""
    plain = readable(row.sealed)
    if plain is None:
        raise CannotOpen("its words are gone")
    return Letter(**orjson.loads(plain))


def destination_hash(core: Core, to: str) -> str:
    """Return what stands for a number or mail address; however it is spelt, it is one."""
    return core.keys.address_hash(_spelt(to))


def record(
    core: Core,
    store: Session,
    tag: Tag,
    row: MessageRow,
    now: datetime,
    why: str | None = None,
) -> None:
    """Put what happened to a message on the trail: its kind and channel, no word of it."""
    event = AuditEvent(
        tag=tag,
        tenant=row.tenant_id,
        person=core.keys.pseudonym(row.person_id),
        reason=why or f"{row.kind}_{row.channel}",
    )
    audit_log.append(store.connection(), event, now)


def _notices(
    core: Core, store: Session, person_id: str, subject: str, text: str, but: str | None
) -> list[Letter]:
    query = select(AuthenticatorRow).where(
        AuthenticatorRow.person_id == person_id, AuthenticatorRow.method.in_(core.channels)
    )
    letters = []
    for factor in store.scalars(query.order_by(AuthenticatorRow.method)):
        to = secret_of(factor)
        if but is None or _spelt(to) != _spelt(but):
            words = for_sms(text) if factor.method == "sms" else text
            letters.append(Letter(cast("Channel", factor.method), "notice", to, subject, words))
    return letters


def _notices_since(store: Session, person_id: str, since: datetime) -> int:
    query = select(func.count()).where(
        MessageRow.person_id == person_id,
        MessageRow.kind == "notice",
        MessageRow.created_at > since,
    )
    return store.scalars(query).one()


_Limit = Literal["person", "number", "tenant", "address"]


def _keep_limits(core: Core, store: Session, row: MessageRow, now: datetime, to_own: bool) -> None:
    """Raise `too_many_codes` where the letters of this kind reach any limit of an hour."""
    counted = _counted(core, row, to_own)
    found = _count(store, row.kind, [same for same, _ in counted.values()], now - _HOUR)
    full = {
        limit: first
        for (limit, (_, most)), (count, first) in zip(counted.items(), found, strict=True)
        if count >= most and first is not None
    }
    if not full:
        return
    name = next(iter(full))
    _record_limited(core, store, row.person_id, row.tenant_id, name, now)
    free_again = max(full.values()) + _HOUR
    wait = max(1, math.ceil((free_again - now).total_seconds()))
    raise Refused("too_many_codes", retry_after_seconds=wait)


def _counted(core: Core, row: MessageRow, to_own: bool) -> dict[_Limit, tuple[Any, int]]:
    """Return what is counted together with this letter, and how many of it there may be.

    No stranger uses up the codes of somebody else. Links are asked for in anybody's name: what
    limits them by person and number is recovery's own. And anybody may type anybody's number as
    their new one: what that sends there does not count against the person whose number it is.
    """
    settings = core.settings
    counted: dict[_Limit, tuple[Any, int]] = {}
    if row.kind == "code":
        person, number = (
            MessageRow.person_id == row.person_id,
            MessageRow.destination_hash == row.destination_hash,
        )
        number = and_(number, person) if to_own else number
        counted["person"] = (person, settings.limit_codes_per_person_per_hour)
        counted["number"] = (number, settings.limit_codes_per_number_per_hour)
    tenant = MessageRow.tenant_id == row.tenant_id
    counted["tenant"] = (tenant, settings.limit_codes_per_tenant_per_hour)
    if row.address_hash:
        same = MessageRow.address_hash == row.address_hash
        counted["address"] = (same, settings.limit_codes_per_address_per_hour)
    return counted


def _count(
    store: Session, kind: str, conditions: Iterable[Any], since: datetime
) -> list[tuple[int, datetime | None]]:
    """Return, for each condition, how many letters of a kind fulfil it since then, and the
    oldest's moment."""
    wanted = list(conditions)
    columns = [
        column
        for same in wanted
        for column in (
            func.count(case((same, 1))),
            func.min(case((same, MessageRow.created_at)), type_=MessageRow.created_at.type),
        )
    ]
    query = select(*columns).where(
        MessageRow.kind == kind, MessageRow.created_at > since, or_(*wanted)
    )
    numbers = store.execute(query).one()
    return list(zip(numbers[::2], numbers[1::2], strict=True))


def _record_limited(
    core: Core, store: Session, person_id: str, tenant_id: str, limit: str, now: datetime
) -> None:
    event = AuditEvent(
        tag=Tag.MESSAGE_LIMITED,
        tenant=tenant_id,
        person=core.keys.pseudonym(person_id),
        reason=f"limit_{limit}",
    )
    audit_log.append(store.connection(), event, now)


def _spelt(to: str) -> str:
    return to.strip().casefold()
