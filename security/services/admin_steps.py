"""The steps of an administrator's action, each within one transaction: begin, go on, withdraw."""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Literal, cast

from sqlalchemy.orm import Session

from security.adapters.admin_tables import AdminActionRow
from security.adapters.tables import ChallengeRow, PersonRow, TenantRow
from security.administering import APPROVED_WITHIN, roles_after
from security.administration_model import AdminAction
from security.audit.record import Tag
from security.challenges.methods import for_change
from security.core import Core
from security.errors import Refused
from security.services import admin_cases as cases
from security.services import admin_rows as rows
from security.services import admin_voiding, admin_words, invitations, user_letters
from security.services import user_changes as changes
from security.services.admin_rows import APPROVE, DONE, PROVE, VOID, WAITING, Asked, refused
from security.services.approved import Shown
from security.services.challenges import OPEN, open_challenge, view
from security.services.change_rows import Signed
from security.services.ending import live_sessions_of
from security.services.messages import NEWS_PER_HOUR
from security.services.telling import tell
from security.vault.envelope import CannotOpen

State = Literal["prove", "waiting", "done"]


@dataclass(frozen=True)
class Made:
    """A password that was made, and its hash: worked out before the transaction."""

    password: str = field(default="", repr=False)
    hashed: str = field(default="", repr=False)


def begin(core: Core, store: Session, who: Signed, asked: Asked, address: str) -> AdminAction:
    """Begin an action that has been checked; the one that was open in this session is void.

    A challenge is opened that is bound to exactly this action. Raises `no_way_to_confirm`.
    """
    admin_voiding.void_in(store, who.session.id)
    action_id = secrets.token_urlsafe(18)
    row = AdminActionRow(
        id=action_id,
        tenant_id=who.person.tenant_id,
        session_id=who.session.id,
        asker_id=who.person.id,
        kind=asked.kind,
        state=PROVE,
        payload_sealed=rows.written(asked),
        digest=rows.digest_of(core, action_id, who.person.id, asked),
        created_at=who.now,
        expires_at=who.now + timedelta(seconds=core.settings.change_seconds),
    )
    challenge = open_challenge(
        core,
        store,
        who.session,
        person_id=who.person.id,
        tenant_id=who.person.tenant_id,
        purpose="administer",
        shown=_shown(core, store, asked),
        allows=for_change(False, who.session.channel),
        now=who.now,
        address=address,
        digest=row.digest,
        change_id=row.id,
    )
    if challenge is None:
        raise refused(core, store, who, "no_way_to_confirm")
    row.challenge_id = challenge.id
    store.add(row)
    store.flush()
    rows.record(core, store, Tag.ACTION_OPENED, who, row, person_id=asked.person_id)
    return _told(row).model_copy(update={"challenge": view(core, store, challenge, who.now)})


def go_on(
    core: Core, store: Session, who: Signed, ref: str, made: Made, address: str
) -> AdminAction:
    """Do what has been proved, or let it wait for a second administrator.

    Everything is looked at again: whoever lost the role meanwhile, and whatever has changed about
    the person, counts. One that waits for its proof is told as it stands.
    """
    row = rows.own(core, store, who, ref)
    asked = rows.opened(core, store, who, row)
    if not row.proved:
        challenge = store.get(ChallengeRow, row.challenge_id) if row.challenge_id else None
        if challenge is None or challenge.state != OPEN or who.now >= challenge.expires_at:
            raise refused(core, store, who, "expired", row, why="not_proved")
        return _told(row).model_copy(update={"challenge": view(core, store, challenge, who.now)})
    if asked.kind == APPROVE:
        return _approve(core, store, who, row, asked, made, address)
    if not cases.check(core, store, who, asked, row):
        _finish(core, store, who, row, PROVE)
        return _apply(core, store, who, row, asked, made, address)
    if not rows.move(store, row, PROVE, WAITING):
        raise refused(core, store, who, "unknown_action", row, why="not_open")
    row.expires_at = who.now + APPROVED_WITHIN
    rows.record(core, store, Tag.ACTION_WAITING, who, row, person_id=asked.person_id)
    _tell_of_waiting(core, store, who, asked)
    return _told(row)


def asked_to_approve(core: Core, store: Session, who: Signed, ref: str) -> Asked:
    """Return a second administrator's yes to what waits; neither the asker's nor the person's.

    Raises `unknown_action`, `own_account`.
    """
    row = rows.waiting(core, store, who, ref)
    asked = rows.opened(core, store, who, row)
    _keep_apart(core, store, who, row, asked)
    return Asked(APPROVE, asked.person_id, of=row.id, of_digest=row.digest)


def withdraw(core: Core, store: Session, who: Signed, ref: str) -> None:
    """Void what waits: its asker does not want it any more, or a second one says no.

    It takes no proof, because nothing comes of it. Raises `unknown_action`, and `own_account` for
    the person whom it is about.
    """
    row = rows.waiting(core, store, who, ref)
    if rows.opened(core, store, who, row).person_id == who.person.id:
        raise refused(core, store, who, "own_account", row)
    if not rows.move(store, row, WAITING, VOID):
        raise refused(core, store, who, "unknown_action", row, why="not_open")
    rows.record(core, store, Tag.ACTION_WITHDRAWN, who, row)


def waiting_words(core: Core, store: Session, who: Signed, row: AdminActionRow) -> Shown | None:
    """Return what waits, in words; None where it is about whoever looks, or cannot be read."""
    try:
        asked = rows.opened(core, store, who, row)
        own = asked.person_id == who.person.id
        return None if own else admin_words.shown(core, store, asked)
    except (Refused, CannotOpen):
        return None


def needs_password(core: Core, store: Session, who: Signed, ref: str) -> bool:
    """Tell whether a password is to be made for what this action does, once it is proved."""
    row = rows.own(core, store, who, ref)
    asked = rows.opened(core, store, who, row)
    if asked.kind == APPROVE:
        inner = store.get(AdminActionRow, asked.of)
        return row.proved and inner is not None and inner.kind in ("add", "reset")
    return row.proved and asked.kind in ("add", "reset")


def _approve(
    core: Core,
    store: Session,
    who: Signed,
    row: AdminActionRow,
    yes: Asked,
    made: Made,
    address: str,
) -> AdminAction:
    """Do what another one has asked for, once, whatever arrives at the same time."""
    inner = rows.waiting(core, store, who, yes.of)
    asked = rows.opened(core, store, who, inner)
    _keep_apart(core, store, who, inner, asked)
    if not hmac.compare_digest(inner.digest, yes.of_digest):
        raise refused(core, store, who, "unknown_action", row, why="another_action")
    asker = Signed(who.session, store.get_one(PersonRow, inner.asker_id), who.now)
    cases.check(core, store, asker, asked, inner)
    _finish(core, store, who, row, PROVE)
    if not rows.move(store, inner, WAITING, DONE):
        raise refused(core, store, who, "unknown_action", inner, why="not_open")
    inner.approver_id = who.person.id
    rows.record(core, store, Tag.ACTION_APPROVED, who, inner, person_id=asked.person_id)
    return _apply(core, store, asker, row, asked, made, address)


def _keep_apart(core: Core, store: Session, who: Signed, row: AdminActionRow, asked: Asked) -> None:
    """Let nobody approve what they have asked for, or what is about themselves."""
    if who.person.id in (row.asker_id, asked.person_id):
        raise refused(core, store, who, "own_account", row, why="same_person")


def _finish(core: Core, store: Session, who: Signed, row: AdminActionRow, now_is: str) -> None:
    """Take the last step, once; the record of it is written before anything else."""
    if not rows.move(store, row, now_is, DONE):
        raise refused(core, store, who, "unknown_action", row, why="not_open")
    rows.record(core, store, Tag.ACTION_DONE, who, row)


def _apply(
    core: Core,
    store: Session,
    who: Signed,
    row: AdminActionRow,
    asked: Asked,
    made: Made,
    address: str,
) -> AdminAction:
    """Make true what has been checked, proved and recorded. `who` is whoever asked for it."""
    person, by, now = cases.person_of(store, asked), cases.by_of(core, store, who), who.now
    link = None
    if asked.kind in ("add", "reset", "invite"):
        link = cases.link_for(core, store, who, asked, person)
    if person is None:
        new = cases.new_user(who.person.tenant_id, asked.values)
        person = changes.add(core, store, new, made.hashed, by, now)
    elif asked.kind == "reset":
        changes.reset(core, store, person, made.hashed, by, now)
    elif asked.kind != "invite":
        _change(core, store, who, asked, person)
    told = _told(row)
    if link is not None:
        sent = invitations.send(core, store, person, *link, address, now)
        return told.model_copy(update={"sent": sent})
    if asked.kind in ("add", "reset"):
        return told.model_copy(update={"password": made.password})
    return told


def _change(core: Core, store: Session, who: Signed, asked: Asked, person: PersonRow) -> None:
    by, now, values = cases.by_of(core, store, who), who.now, asked.values
    if asked.kind == "disable":
        changes.disable(core, store, person, by, now)
    elif asked.kind == "enable":
        changes.enable(core, store, person, by, now)
    elif asked.kind == "roles":
        roles = roles_after(person.roles, values.give or (), values.take or ())
        changes.change_roles(core, store, person, roles, by, now)
    elif asked.kind == "unlock":
        changes.unlock(core, store, person, values.method, by, now)
    elif asked.kind == "end_sessions":
        live = live_sessions_of(store, person.id, now)
        wanted = [one for one in live if values.session in (None, one.id)]
        changes.end_sessions(core, store, person, wanted, by, now)
    else:
        raise Refused("security_unavailable")


def _shown(core: Core, store: Session, asked: Asked) -> Shown:
    if asked.kind != APPROVE:
        return admin_words.shown(core, store, asked)
    inner = store.get_one(AdminActionRow, asked.of)
    plain = rows.plain_of(core, inner)
    asker = store.get_one(PersonRow, inner.asker_id)
    return admin_words.second(admin_words.shown(core, store, plain), asker)


def _tell_of_waiting(core: Core, store: Session, who: Signed, asked: Asked) -> None:
    """Tell those who can approve it, and whom it is about, while it can be stopped."""
    tenant = store.get_one(TenantRow, who.person.tenant_id)
    words = admin_words.shown(core, store, asked).binding
    notice = user_letters.asked_notice(
        tenant.name, words, who.person.name, core.settings.public_url
    )
    person = cases.person_of(store, asked)
    others = cases.admins(store, tenant.id, (who.person.id, asked.person_id))
    for each in [*others, *([person] if person is not None else [])]:
        tell(core, store, each, notice, who.now, most=NEWS_PER_HOUR)


def _told(row: AdminActionRow) -> AdminAction:
    return AdminAction(ref=row.id, kind=row.kind, state=cast("State", row.state))
