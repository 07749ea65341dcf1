"""The steps of a change, each within one transaction: begin, go on, confirm."""

from __future__ import annotations

import hmac
import secrets
from datetime import timedelta
from typing import cast

from sqlalchemy import select
from sqlalchemy.orm import Session

from security import enrolment
from security.adapters.account_tables import ChangeRow
from security.adapters.prepared import compare_and_set
from security.adapters.tables import ChallengeRow
from security.audit.record import Tag
from security.challenges import codes, totp
from security.challenges.methods import for_change
from security.core import Core
from security.errors import Refused
from security.model import Change, ChangeKind, Method
from security.push_json import ShownDevice
from security.services import change_kinds as kinds
from security.services import change_made as made
from security.services import change_rows as rows
from security.services import erasure, letters, messages, passkeys, push_devices
from security.services.challenges import OPEN, PASSED, open_challenge, view
from security.services.change_rows import CONFIRM, DONE, PROVE, VOID, Asked, Signed, State, refused
from security.services.factors import factor_by_method, usable_methods
from security.services.passkeys import Made, Proof, kind_of
from security.sessions import is_fresh

_SHOWN_BY = {"passkey": "public-key", "push": "push-device"}
"""What shows that a new factor works, where it is no code."""


def begin(
    core: Core,
    store: Session,
    who: Signed,
    kind: ChangeKind,
    value: str | None,
    address: str,
) -> Change:
    """Begin a change; the one that was open in this session is void.

    Where the session enrols, the first step is taken at once; otherwise a typed password is
    used up and a challenge opened that is bound to exactly this change.
    """
    free = _is_free(store, who, kind)
    if not free:
        need_password(core, store, who)
    asked = kinds.asked_for(core, store, who, kind, value)
    row = _new_row(core, who, asked)
    if free:
        _send_code(core, store, who, row, asked, address)
    else:
        _use_password(core, store, who, kind)
    rows.void_open(store, who.session.id)
    store.add(row)
    store.flush()
    rows.record(core, store, Tag.CHANGE_OPENED, who, row, "enrolling" if free else None)
    if free:
        return _advance(core, store, who, row, asked)
    return _ask(core, store, who, row, asked, address)


def go_on(core: Core, store: Session, who: Signed, ref: str, address: str) -> Change:
    """Take the next step of a change that has been proved.

    One that waits for its proof, or for a code, is told as it stands; what was shown once is
    not shown again.
    """
    row = rows.find(core, store, who, ref, PROVE, CONFIRM)
    asked = rows.open_asked(core, store, who, row)
    if row.state == CONFIRM:
        return _told_to_make(core, store, who, row, asked)
    if not row.proved:
        challenge = store.get(ChallengeRow, row.challenge_id) if row.challenge_id else None
        if challenge is None or challenge.state != OPEN or who.now >= challenge.expires_at:
            raise refused(core, store, who, "expired", row, why="not_proved")
        told = _told(row, asked, PROVE)
        return told.model_copy(update={"challenge": view(core, store, challenge, who.now)})
    if asked.kind == "remove":
        kinds.require_removable(core, store, who, asked)
    _send_code(core, store, who, row, asked, address)
    return _advance(core, store, who, row, asked)


def confirm(core: Core, store: Session, who: Signed, ref: str, proof: Proof) -> Change:
    """Let a new factor show that it works; the right code makes it the person's, once."""
    row = rows.find(core, store, who, ref, CONFIRM)
    asked = rows.open_asked(core, store, who, row)
    if kind_of(proof) != _SHOWN_BY.get(asked.kind, "code"):
        raise refused(core, store, who, "unknown_method", row)
    shown = _shown(core, store, who, row, asked, proof)
    if shown is None:
        raise _wrong(core, store, who, row)
    if row.challenge_id is None and not _is_free(store, who, asked.kind, row):
        # While this session enrolled, the same factor was added elsewhere.
        rows.move(store, row, CONFIRM, VOID)
        raise refused(core, store, who, "unknown_change", row, why="there_by_now")
    _finish(core, store, who, row, CONFIRM)
    if isinstance(shown, Made):
        made.add_passkey(core, store, who, row, asked, shown)
    elif isinstance(shown, ShownDevice):
        made.add_device(core, store, who, row, asked, shown)
    else:
        kinds.add(core, store, who, row, asked, shown)
    return _told(row, asked, DONE)


def need_password(core: Core, store: Session, who: Signed) -> None:
    """Raise `reauthentication_required` where the password was not typed again just now."""
    if not is_fresh(who.session.password_proved_at, enrolment.PASSWORD_GOOD_FOR, who.now):
        raise refused(core, store, who, "reauthentication_required")


def enrolment_of(store: Session, who: Signed) -> enrolment.Enrolment:
    """Return what lets this session add factors: the method is of its latest sign-in."""
    query = (
        select(ChallengeRow.method)
        .where(
            ChallengeRow.session_id == who.session.id,
            ChallengeRow.person_id == who.person.id,
            ChallengeRow.purpose == "sign_in",
            ChallengeRow.state == PASSED,
        )
        .order_by(ChallengeRow.created_at.desc())
        .limit(1)
    )
    came_by = store.scalars(query).one_or_none()
    return enrolment.Enrolment(who.session.enrol_until, came_by, who.session.signed_in_at)


def _is_free(store: Session, who: Signed, kind: ChangeKind, begun: ChangeRow | None = None) -> bool:
    """Tell whether this session enrols (or did when the change began) and may add this."""
    method = enrolment.METHOD_OF.get(kind)
    factor = factor_by_method(store, who.person.id, method) if method is not None else None
    there = enrolment.There(factor.added_at) if factor is not None else None
    at = begun.created_at if begun is not None else who.now
    return enrolment_of(store, who).covers(kind, there, at)


def _approving(who: Signed, kind: ChangeKind) -> list[Method]:
    return for_change(kind in enrolment.METHOD_OF, who.session.channel)


def _use_password(core: Core, store: Session, who: Signed, kind: ChangeKind) -> None:
    """Use the typed password up, by compare-and-set: it is good for one change.

    Raises `no_way_to_confirm` with nothing used where no method is strong enough.
    """
    allowed = _approving(who, kind)
    if not usable_methods(core, store, who.person.id, allowed):
        raise refused(core, store, who, "no_way_to_confirm")
    proved = {"password_proved_at": who.session.password_proved_at}
    if not compare_and_set(store, who.session, proved, {"password_proved_at": None}):
        raise refused(core, store, who, "reauthentication_required", why="used_meanwhile")


def _new_row(core: Core, who: Signed, asked: Asked) -> ChangeRow:
    change_id = secrets.token_urlsafe(18)
    return ChangeRow(
        id=change_id,
        session_id=who.session.id,
        tenant_id=who.person.tenant_id,
        person_id=who.person.id,
        kind=asked.kind,
        state=PROVE,
        payload_sealed=rows.written(asked),
        digest=rows.digest_of(core, change_id, who.person.id, asked),
        created_at=who.now,
        expires_at=who.now + timedelta(seconds=core.settings.change_seconds),
        attempts_left=enrolment.GUESSES,
    )


def _ask(
    core: Core, store: Session, who: Signed, row: ChangeRow, asked: Asked, address: str
) -> Change:
    challenge = open_challenge(
        core,
        store,
        who.session,
        person_id=who.person.id,
        tenant_id=who.person.tenant_id,
        purpose="change",
        shown=kinds.shown(core, store, asked),
        allows=_approving(who, asked.kind),
        now=who.now,
        address=address,
        digest=row.digest,
        change_id=row.id,
    )
    if challenge is None:
        raise refused(core, store, who, "no_way_to_confirm", row)
    row.challenge_id = challenge.id
    told = _told(row, asked, PROVE)
    return told.model_copy(update={"challenge": view(core, store, challenge, who.now)})


def _send_code(
    core: Core, store: Session, who: Signed, row: ChangeRow, asked: Asked, address: str
) -> None:
    """Put a code on its way to a new number or address. Raises `too_many_codes`."""
    if "to" not in asked.payload:
        return
    code = codes.new_code()
    words = kinds.shown(core, store, asked).binding
    channel = enrolment.METHOD_OF[asked.kind]
    messages.queue(
        core,
        store,
        person_id=who.person.id,
        tenant_id=who.person.tenant_id,
        letter=letters.code_letter(
            channel, asked.payload["to"], code, words, core.settings.public_url
        ),
        address=address,
        now=who.now,
        not_after=row.expires_at,
    )
    row.code_hash = core.keys.code_hash("change", row.id, code)


def _advance(core: Core, store: Session, who: Signed, row: ChangeRow, asked: Asked) -> Change:
    """Do what has been proved, or wait for a code of the new factor."""
    if asked.kind in ("totp", "phone", "email", "passkey", "push", "sso"):
        if not rows.move(store, row, PROVE, CONFIRM):
            raise refused(core, store, who, "unknown_change", row, why="not_open")
        told = _told_to_make(core, store, who, row, asked)
        if asked.kind != "totp":
            return told
        offer = kinds.offer(store, who, asked.payload["secret"])
        return told.model_copy(update={"totp": offer})
    _finish(core, store, who, row, PROVE)
    told = _told(row, asked, DONE)
    if asked.kind == "recovery":
        return told.model_copy(update={"codes": made.renew_codes(core, store, who)})
    apply = {"password": kinds.set_password, "erase": erasure.of_self}.get(asked.kind, kinds.remove)
    apply(core, store, who, asked)
    return told


def _told_to_make(core: Core, store: Session, who: Signed, row: ChangeRow, asked: Asked) -> Change:
    """Tell of a change that waits for its new factor; of a passkey, what is to be made."""
    told = _told(row, asked, CONFIRM)
    if asked.kind == "push":
        offered = push_devices.offer_for(core, row, asked.payload["name"])
        return told.model_copy(update={"push": offered})
    if asked.kind != "passkey":
        return told
    asks = passkeys.creation_for(core, store, who.person, row, who.now)
    return told.model_copy(update={"passkey": asks})


def _finish(core: Core, store: Session, who: Signed, row: ChangeRow, now_is: str) -> None:
    """Take the last step, once, whatever arrives at the same time."""
    if not rows.move(store, row, now_is, DONE):
        raise refused(core, store, who, "unknown_change", row, why="not_open")
    rows.record(core, store, Tag.CHANGE_DONE, who, row)


def _shown(
    core: Core, store: Session, who: Signed, row: ChangeRow, asked: Asked, proof: Proof
) -> int | Made | ShownDevice | None:
    """Return what a new factor has shown: a code's step, or itself; None where it is wrong."""
    if isinstance(proof, str):
        return _matching(core, who, row, asked, proof)
    if asked.kind == "push":
        return push_devices.made_for(core, store, row, proof)
    return passkeys.made_for(core, store, row, proof)


def _matching(core: Core, who: Signed, row: ChangeRow, asked: Asked, code: str) -> int | None:
    """Return the time step of a right TOTP code, 0 for a right code that was sent."""
    if asked.kind == "totp":
        return totp.matching_step(asked.payload["secret"], code, -1, who.now)
    typed = codes.typed_code(code)
    if typed is None or row.code_hash is None:
        return None
    right = hmac.compare_digest(core.keys.code_hash("change", row.id, typed), row.code_hash)
    return 0 if right else None


def _wrong(core: Core, store: Session, who: Signed, row: ChangeRow) -> Refused:
    code = {"passkey": "passkey_refused", "push": "device_refused"}.get(row.kind, "wrong_code")
    row.attempts_left = max(0, row.attempts_left - 1)
    if row.attempts_left > 0:
        return refused(core, store, who, code, row, attempts_left=row.attempts_left)
    rows.move(store, row, CONFIRM, VOID)
    wait = max(1, int((row.expires_at - who.now).total_seconds()))
    return refused(core, store, who, "locked", row, retry_after_seconds=wait)


def _told(row: ChangeRow, asked: Asked, state: str) -> Change:
    masked = codes.masked(asked.payload["to"]) if "to" in asked.payload else None
    return Change(ref=row.id, kind=asked.kind, state=cast("State", state), destination_hint=masked)
