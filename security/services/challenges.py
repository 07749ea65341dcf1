"""Challenges on the server: opened for one session and one purpose, shown, sent."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import cast

from sqlalchemy import select
from sqlalchemy.orm import Session

from security.adapters.prepared import compare_and_set, move_all
from security.adapters.push_tables import PushRow
from security.adapters.tables import AuthenticatorRow, ChallengeRow, SessionRow, TenantRow
from security.adapters.tenancy import wherever
from security.audit.record import Tag
from security.challenges import codes, rules
from security.challenges.methods import TABLE, without_a_name
from security.core import Core
from security.embedding import CHANNEL as EMBEDDED
from security.errors import Refused
from security.model import ChallengeView, Delivery, Method, Purpose, SignOn
from security.services import identities, letters, messages, passkeys, push_devices, pushing
from security.services.approved import Shown, shown_of, written
from security.services.challenge_records import locked as locked  # noqa: PLC0414
from security.services.challenge_records import record as record  # noqa: PLC0414
from security.services.entering import fields_of, wanted_by
from security.services.factors import (
    factor_by_method,
    guesses_of,
    secret_of,
    usable_methods,
)
from security.verifying import KEPT_FOR

OPEN, PASSED, VOID, LOCKED = "open", "passed", "void", "locked"


def open_challenge(
    core: Core,
    store: Session,
    session: SessionRow,
    *,
    person_id: str,
    tenant_id: str,
    purpose: Purpose,
    shown: Shown,
    allows: list[Method],
    now: datetime,
    address: str = "",
    pending_id: str | None = None,
    digest: str | None = None,
    change_id: str | None = None,
) -> ChallengeRow | None:
    """Open a challenge for this session; an open one of the same purpose is void.

    Where the first usable method is one that sends a code, the code is on its way. Returns None
    where the person has none of the methods that are strong enough, and inside another site.
    """
    methods = usable_here(core, store, session, person_id, allows)
    if not methods or session.channel == EMBEDDED:
        return None
    # A read that needs a proof leaves the approval of a write open; a sign-in ends them all.
    void_open(store, session.id, None if purpose == "sign_in" else purpose)
    challenge_id = secrets.token_urlsafe(24)
    row = ChallengeRow(
        id=challenge_id,
        session_id=session.id,
        tenant_id=tenant_id,
        person_id=person_id,
        purpose=purpose,
        method=_first(store, person_id, methods, now),
        allows=list(allows),
        shown_sealed=written(shown),
        state=OPEN,
        attempts_left=rules.GUESSES,
        created_at=now,
        expires_at=now + timedelta(seconds=core.settings.challenge_seconds),
        pending_id=pending_id,
        digest=digest,
        change_id=change_id,
    )
    store.add(row)
    store.flush()
    record(core, store, Tag.CHALLENGE_OPENED, row, now)
    if is_sent(row.method):
        _send_first(core, store, row, address, now)
    return row


def is_sent(method: str) -> bool:
    """Tell whether something is put on its way to the person where this method is chosen."""
    return method == push_devices.METHOD or TABLE[cast("Method", method)].sent_over is not None


def usable_here(
    core: Core, store: Session, session: SessionRow, person_id: str, allows: Iterable[str]
) -> list[Method]:
    """Return the methods that can be used in this session: no push to the browser in use."""
    methods = usable_methods(core, store, person_id, allows)
    if push_devices.METHOD in methods and not push_devices.elsewhere(
        core, store, session, person_id
    ):
        methods.remove(push_devices.METHOD)
    return methods


def send_code(
    core: Core, store: Session, row: ChallengeRow, method: Method, address: str, now: datetime
) -> None:
    """Put a new code of this challenge on its way; an older one is worth nothing from here on.

    The challenge lives as long as its code: five minutes from sending, ten in all at most.
    Raises `Refused("too_many_codes")`, and has changed nothing then.
    """
    factor = factor_by_method(store, row.person_id, method)
    if factor is None:
        raise Refused("unknown_method")
    kept = core.verifier is not None and method == "sms" and row.purpose in KEPT_FOR
    code = None if kept else codes.new_code()
    to = secret_of(factor)
    life = timedelta(seconds=core.settings.challenge_seconds)
    expires = min(now + life, row.created_at + 2 * life)
    if code is None:
        letter = letters.service_letter(to, store.get_one(TenantRow, row.tenant_id).name)
    else:
        shown = shown_of(row)
        letter = letters.code_letter(method, to, code, shown.binding, core.settings.public_url)
    row.message_id = messages.queue(
        core,
        store,
        person_id=row.person_id,
        tenant_id=row.tenant_id,
        letter=letter,
        address=address,
        now=now,
        not_after=expires,
        to_own=True,
    )
    row.method, row.sent_at, row.expires_at = method, now, expires
    row.code_hash = None if code is None else code_hash(core, row, code)


def code_hash(core: Core, row: ChallengeRow, code: str) -> str:
    """Return what is kept of a sent code: a keyed hash, bound to its challenge and method."""
    return core.keys.code_hash("challenge", row.id, row.method, code)


def is_kept_by_service(row: ChallengeRow) -> bool:
    """Tell whether a code was asked for that we have never known."""
    return row.message_id is not None and row.code_hash is None


def void_open(store: Session, session_id: str, purpose: Purpose | None = None) -> None:
    """End the challenges that are open in a session, of one purpose or all."""
    which = {"session_id": session_id} | ({} if purpose is None else {"purpose": purpose})
    with wherever(store):
        move_all(store, ChallengeRow, (OPEN,), VOID, **which)


def is_open(store: Session, session_id: str, now: datetime) -> bool:
    """Tell whether this session has a challenge that waits for its answer."""
    query = select(ChallengeRow.id).where(
        ChallengeRow.session_id == session_id,
        ChallengeRow.state == OPEN,
        ChallengeRow.expires_at > now,
    )
    with wherever(store):
        return store.scalars(query.limit(1)).one_or_none() is not None


def is_open_elsewhere(store: Session, person_id: str | None, now: datetime) -> bool:
    """Tell whether a challenge waits for its answer in any session of this person, if anybody."""
    query = select(ChallengeRow.id).where(
        ChallengeRow.person_id == person_id,
        ChallengeRow.state == OPEN,
        ChallengeRow.expires_at > now,
    )
    return person_id is not None and store.scalars(query.limit(1)).one_or_none() is not None


def open_step_up(store: Session, session_id: str, now: datetime) -> ChallengeRow | None:
    """Return the proof that a session is asked for, if it is."""
    query = select(ChallengeRow).where(
        ChallengeRow.session_id == session_id,
        ChallengeRow.purpose == "step_up",
        ChallengeRow.state == OPEN,
        ChallengeRow.expires_at > now,
    )
    return store.scalars(query.limit(1)).one_or_none()


def view(core: Core, store: Session, row: ChallengeRow, now: datetime) -> ChallengeView:
    """Return what the person may see of a challenge."""
    shown = shown_of(row)
    by_provider = row.method == identities.METHOD
    factor = factor_of(store, row) if row.person_id and not by_provider else None
    sent = TABLE[cast("Method", row.method)].sent_over is not None
    by_passkey = row.method == passkeys.METHOD
    pushed = pushing.push_of(store, row.id) if row.method == push_devices.METHOD else None
    return ChallengeView(
        id=row.id,
        purpose=cast("Purpose", row.purpose),
        method=cast("Method", row.method),
        methods=_methods(core, store, row),
        destination_hint=codes.masked(secret_of(factor)) if sent and factor else None,
        binding=shown.binding,
        details=list(shown.details) or None,
        panel=fields_of(wanted_by(core, store.connection(), row)),
        delivery=_delivery(store, row, pushed),
        resend_in=resend_in(core, store, row, now) if is_sent(row.method) else None,
        number=pushing.number_of(core, pushed) if pushed is not None else None,
        answered=True if pushed is not None and pushed.state == pushing.APPROVED else None,
        passkey=passkeys.request_for(core, store, row, now) if by_passkey else None,
        sso=ways_on(core, store, row.person_id) if by_provider else None,
        expires_in=max(0, int((row.expires_at - now).total_seconds())),
        attempts_left=_guesses_left(row, factor, pushed, now),
    )


def ways_on(core: Core, store: Session, person_id: str) -> list[SignOn]:
    """Return where a person may go to prove with two factors who they are."""
    there = identities.for_step_up(core, store, person_id)
    return [SignOn(id=one.id, name=one.name) for one in there]


def _methods(core: Core, store: Session, row: ChallengeRow) -> list[Method]:
    if not row.person_id:
        return without_a_name()
    session = store.get_one(SessionRow, row.session_id)
    return usable_here(core, store, session, row.person_id, row.allows)


def _guesses_left(
    row: ChallengeRow, factor: AuthenticatorRow | None, pushed: PushRow | None, now: datetime
) -> int:
    if pushed is not None:
        return pushed.guesses_left
    if factor is None or row.method == passkeys.METHOD:
        return row.attempts_left
    left = guesses_of(factor)
    return 0 if left.is_paused(now) else min(row.attempts_left, left.left())


def resend_in(core: Core, store: Session, row: ChallengeRow, now: datetime) -> int:
    """Return the whole seconds until another code, or push, may be sent for this challenge."""
    if row.method == push_devices.METHOD:
        return pushing.again_in(core, row, store, now)
    if row.sent_at is None:
        return 0
    left = core.settings.resend_seconds - (now - row.sent_at).total_seconds()
    return max(0, int(left) + (left % 1 > 0))


def factor_of(store: Session, row: ChallengeRow, lock: bool = False) -> AuthenticatorRow:
    """Return the factor that a challenge asks for. Raises `expired` where it is gone."""
    factor = factor_by_method(store, row.person_id, row.method, lock)
    if factor is None:
        raise Refused("expired")
    return factor


def close_once(store: Session, row: ChallengeRow) -> bool:
    """Close an open challenge by compare-and-set: it passes once."""
    return compare_and_set(store, row, {"state": OPEN}, {"state": PASSED})


def _first(store: Session, person_id: str, methods: list[Method], now: datetime) -> Method:
    """Return the method to offer first: one that is not paused, where there is one."""
    for method in methods:
        factor = factor_by_method(store, person_id, method)
        if factor is not None and not guesses_of(factor).is_paused(now):
            return method
    return methods[0]


def _send_first(core: Core, store: Session, row: ChallengeRow, address: str, now: datetime) -> None:
    """Send the first code; where too many have been sent, the person may take another way."""
    try:
        if row.method == push_devices.METHOD:
            pushing.push(core, store, row, address, now)
        else:
            send_code(core, store, row, cast("Method", row.method), address, now)
    except Refused as refused:
        if refused.code not in {"too_many_codes", "locked"}:
            raise


def _delivery(store: Session, row: ChallengeRow, pushed: PushRow | None) -> Delivery | None:
    if row.method == push_devices.METHOD:
        return pushing.delivery(store, pushed) if pushed is not None else None
    if TABLE[cast("Method", row.method)].sent_over is None:
        return None
    if row.message_id is None:
        return "failed"
    return messages.delivery(store, row.message_id)
