"""Pushes of challenges: one a challenge, sent to the person's other devices, and passed once.

``open → approved → used``; `refused` and `void` end one that is open.
"""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta

import orjson
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from security.adapters.account_tables import MessageRow
from security.adapters.prepared import compare_and_set
from security.adapters.push_tables import PushRow
from security.adapters.tables import ChallengeRow, SessionRow
from security.adapters.tenancy import across_tenants
from security.audit.record import Tag
from security.challenges import pushes
from security.challenges.pushes import MOST_UNANSWERED, WINDOW
from security.core import Core
from security.errors import Refused
from security.model import Delivery
from security.services import letters, messages, push_devices
from security.services.approved import Shown, shown_of
from security.services.challenge_records import locked, record
from security.services.ending import hold
from security.services.factors import factor_by_method, guesses_of
from security.services.letters import Letter
from security.services.push_devices import METHOD, Device
from security.vault.envelope import Place

OPEN, APPROVED, USED, REFUSED, VOID = "open", "approved", "used", "refused", "void"


def hold_person(store: Session, session: SessionRow, challenge_id: str) -> None:
    """Hold the person of a challenge of this session: their pushes are counted one by one.

    Their device, which answers, holds them as well before it locks the challenge.
    """
    query = select(ChallengeRow.person_id).where(
        ChallengeRow.id == challenge_id, ChallengeRow.session_id == session.id
    )
    with across_tenants(store, "who signs in may do so at another organisation"):
        person_id = store.scalars(query).one_or_none()
        if person_id:
            hold(store, person_id)


def push(core: Core, store: Session, row: ChallengeRow, address: str, now: datetime) -> None:
    """Ring the person's other devices up; an earlier push of this challenge is worth nothing.

    Raises `Refused`: `unknown_method` where there is none but the browser in use, `locked` after
    too many pushes that nobody has approved, and as long as pushes pause.
    """
    session = store.get_one(SessionRow, row.session_id)
    devices = push_devices.elsewhere(core, store, session, row.person_id)
    if not devices:
        raise Refused("unknown_method")
    _keep_limit(core, store, row, now)
    void(store, row)
    life = timedelta(seconds=core.settings.challenge_seconds)
    expires = min(now + life, row.created_at + 2 * life)
    push_id = secrets.token_urlsafe(24)
    one = PushRow(
        id=push_id,
        challenge_id=row.id,
        tenant_id=row.tenant_id,
        person_id=row.person_id,
        number_sealed=pushes.new_number().encode(),
        state=OPEN,
        guesses_left=pushes.GUESSES,
        created_at=now,
        expires_at=expires,
        letters=[],
    )
    store.add(one)
    store.flush()
    one.letters = [_queue(core, store, row, one, each, address) for each in _reached(core, devices)]
    row.method, row.sent_at, row.expires_at = METHOD, now, expires
    row.code_hash = row.message_id = None
    store.flush()


def push_of(store: Session, challenge_id: str, *states: str) -> PushRow | None:
    """Return the push of a challenge that is open, or approved; or None."""
    query = select(PushRow).where(
        PushRow.challenge_id == challenge_id, PushRow.state.in_(states or (OPEN, APPROVED))
    )
    return store.scalars(query.limit(1)).one_or_none()


def number_of(core: Core, row: PushRow) -> str:
    """Return the number to type; only the page that wants the proof may show it."""
    return row.number_sealed.decode()


def delivery(store: Session, row: PushRow) -> Delivery | None:
    """Tell how the best of its messages fares; None where none could be sent."""
    if not row.letters:
        return None
    states = {messages.delivery(store, each) for each in row.letters}
    if "sent" in states:
        return "sent"
    return "sending" if "sending" in states else "failed"


def seen_of(store: Session, challenge: ChallengeRow) -> list[str | None] | None:
    """Return what changes about a push while a page looks on; None where there is none."""
    row = push_of(store, challenge.id) if challenge.method == METHOD else None
    return None if row is None else [row.state, str(row.guesses_left), delivery(store, row)]


def signed_challenge(core: Core, row: PushRow, challenge: ChallengeRow) -> str:
    """Return what a device signs in place of everything that it approves."""
    about = challenge.id, challenge.session_id, challenge.purpose, challenge.digest or ""
    return core.keys.code_hash("push", row.id, *about)


def pass_once(store: Session, row: PushRow) -> bool:
    """Use up what a device has approved; tell whether it was this call that did."""
    return compare_and_set(store, row, {"state": APPROVED}, {"state": USED})


def void(store: Session, challenge: ChallengeRow) -> None:
    """End what is open, or was approved, of a challenge."""
    store.execute(
        update(PushRow)
        .where(PushRow.challenge_id == challenge.id, PushRow.state.in_((OPEN, APPROVED)))
        .values(state=VOID)
        .execution_options(synchronize_session="fetch")
    )


def void_all(store: Session, person_id: str) -> None:
    """End everything of a person's that is open, or was approved, in whatever session."""
    store.execute(
        update(PushRow)
        .where(PushRow.person_id == person_id, PushRow.state.in_((OPEN, APPROVED)))
        .values(state=VOID)
        .execution_options(synchronize_session="fetch")
    )


def again_in(core: Core, row: ChallengeRow, store: Session, now: datetime) -> int:
    """Return the whole seconds until this challenge may ring up again."""
    last = store.scalars(
        select(func.max(PushRow.created_at)).where(PushRow.challenge_id == row.id)
    ).one()
    if last is None:
        return 0
    left = core.settings.resend_seconds - (now - last).total_seconds()
    return max(0, int(left) + (left % 1 > 0))


def _keep_limit(core: Core, store: Session, row: ChallengeRow, now: datetime) -> None:
    """Pause pushes after too many that nobody has approved: nobody is rung up without end.

    What was approved, and what came before the last pause, does not count.
    """
    factor = factor_by_method(store, row.person_id, METHOD)
    guesses = guesses_of(factor) if factor is not None else None
    if guesses is None:
        raise Refused("unknown_method")
    if guesses.is_paused(now):
        record(core, store, Tag.CHALLENGE_REFUSED, row, now, "factor_paused")
        raise locked(guesses, now)
    used = select(func.max(PushRow.created_at)).where(
        PushRow.person_id == row.person_id, PushRow.state == USED
    )
    since = max(now - WINDOW, store.scalars(used).one() or now - WINDOW)
    counted = select(func.count()).where(
        PushRow.person_id == row.person_id,
        PushRow.created_at > since,
        PushRow.created_at >= (guesses.paused_until or since),
        PushRow.state != USED,
    )
    if store.scalars(counted).one() < MOST_UNANSWERED:
        return
    after = pushes.paused(guesses, now)
    push_devices.remember_all(store, row.person_id, after)
    record(core, store, Tag.CHALLENGE_REFUSED, row, now, "too_many_pushes")
    raise locked(after, now)


def _reached(core: Core, devices: list[Device]) -> list[Device]:
    """Return the devices that something is sent to; in the demo, the outbox stands for the rest."""
    demo = core.settings.mode == "demo"
    return [each for each in devices if each.subscription is not None or demo]


def _queue(
    core: Core, store: Session, row: ChallengeRow, one: PushRow, device: Device, address: str
) -> str:
    shown = shown_of(row)
    message_id = messages.queue(
        core,
        store,
        person_id=row.person_id,
        tenant_id=row.tenant_id,
        letter=_letter(core, one, device, shown),
        address=address,
        now=one.created_at,
        not_after=one.expires_at,
        to_own=True,
    )
    if device.subscription is None:
        # Nothing carries it: whoever tries the demo reads it in the outbox.
        message = store.get_one(MessageRow, message_id)
        message.state, message.sent_at = messages.SENT, one.created_at
    return message_id


def _letter(core: Core, one: PushRow, device: Device, shown: Shown) -> Letter:
    if device.subscription is None:
        return letters.push_letter(device.name, shown.binding, core.settings.public_url)
    to = {"device": device.row.id, "subscription": device.subscription}
    return Letter(
        "push", "push", orjson.dumps(to).decode(), "", letters.push_text(one.id, shown.binding)
    )


def _number_place(push_id: str, tenant: str) -> Place:
    return Place("pushes", "number", push_id, tenant)
