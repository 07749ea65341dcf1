"""Actions of administrators in the database: each move by compare-and-set, each on the trail.

What is to become true is sealed; its keyed digest, which covers who asks, what for and about
whom, is what the proof is bound to.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, cast

import orjson
from sqlalchemy import CursorResult, select, update
from sqlalchemy.orm import Session

from security.adapters import audit_log
from security.adapters.admin_tables import AdminActionRow
from security.adapters.prepared import compare_and_set
from security.adapters.sealed import readable
from security.adapters.session_names import name_of
from security.adapters.tables import ChallengeRow, PersonRow, SessionRow
from security.administering import ADMIN
from security.administration_model import ActionKind, ActionValues
from security.audit.record import AuditEvent, Tag
from security.core import Core
from security.errors import Refused
from security.pending import canonical
from security.services.admin_voiding import DONE, PROVE, VOID, WAITING
from security.services.change_rows import Signed
from security.services.holder import held_session, live_session
from security.services.holder import record as record_session
from security.sessions import reaches
from security.vault.envelope import CannotOpen, Place

APPROVE = "approve"

__all__ = ["APPROVE", "DONE", "PROVE", "VOID", "WAITING"]


@dataclass(frozen=True)
class Asked:
    """One action as it was asked for. `person_id` is empty for somebody who is to be added.

    For a second administrator's yes, `kind` is `approve` and `of` the action that it is about.
    """

    kind: ActionKind | str
    person_id: str = ""
    values: ActionValues = field(default_factory=ActionValues, repr=False)
    of: str = ""
    of_digest: str = ""

    def plain(self) -> dict[str, Any]:
        """Return it as JSON."""
        values = self.values.model_dump(exclude_none=True)
        whole = {"person": self.person_id, "values": values}
        return whole | {"of": self.of, "of_digest": self.of_digest}


def asked_of(kind: str, plain: Mapping[str, Any]) -> Asked:
    """Return what was asked for, from JSON."""
    values = ActionValues.model_validate(plain["values"])
    return Asked(kind, plain["person"], values, plain["of"], plain["of_digest"])


def administrator(
    core: Core, store: Session, session_id: str, csrf_token: str | None = None
) -> Signed:
    """Return the administrator of this session; `None`: nothing is to be changed.

    Raises `Refused`: `authentication_required`, `forbidden` without the role, `sign_in_too_weak`
    below aal2. Role and state are read anew each time: nothing is remembered of them.
    """
    now = core.clock()
    if csrf_token is None:
        session, person = live_session(core, store, session_id, now)
    else:
        session, person = held_session(core, store, session_id, csrf_token, now)
    code = _against(session, person)
    if person is None or code is not None:
        record_session(core, store, Tag.SESSION_REFUSED, session, now, "not_administrator")
        raise Refused(code or "authentication_required")
    if csrf_token is not None:
        session.last_seen_at = now
    return Signed(session, person, now)


def _against(session: SessionRow, person: PersonRow | None) -> str | None:
    if person is None:
        return "authentication_required"
    if ADMIN not in person.roles or session.channel != "web":
        return "forbidden"
    return None if reaches(session.assurance, "aal2") else "sign_in_too_weak"


def digest_of(core: Core, action_id: str, asker_id: str, asked: Asked) -> str:
    """Return the keyed digest that stands for exactly this action, asked for by this person."""
    whole = {"action": action_id, "asker": asker_id, **asked.plain()}
    return core.keys.arguments_digest(canonical(f"admin.{asked.kind}", whole))


def written(asked: Asked) -> bytes:
    """Return what is to become true, as its row keeps it."""
    return orjson.dumps(asked.plain())


def opened(core: Core, store: Session, who: Signed, row: AdminActionRow) -> Asked:
    """Return what an action is about.

    Raises `unknown_action`, and voids it, where the row no longer says what was proved.
    """
    try:
        asked = plain_of(core, row)
        same = hmac.compare_digest(digest_of(core, row.id, row.asker_id, asked), row.digest)
    except CannotOpen:
        same = False
    if not same:
        move(store, row, row.state, VOID)
        raise refused(core, store, who, "unknown_action", row, why="payload_changed")
    return asked


def plain_of(core: Core, row: AdminActionRow) -> Asked:
    """Return what an action is about. Raises `CannotOpen` where the row was changed."""
    plain = orjson.loads(readable(row.payload_sealed))
    return asked_of(row.kind, plain)


def own(core: Core, store: Session, who: Signed, ref: str) -> AdminActionRow:
    """Return what this session has begun, locked. Raises `unknown_action`, `expired`."""
    row = _locked(store, ref)
    if row is None or row.session_id != who.session.id or row.asker_id != who.person.id:
        raise refused(core, store, who, "unknown_action", why="foreign")
    if row.state != PROVE:
        raise refused(core, store, who, "unknown_action", row, why="not_open")
    if who.now >= row.expires_at:
        raise refused(core, store, who, "expired", row)
    return row


def waiting(core: Core, store: Session, who: Signed, ref: str) -> AdminActionRow:
    """Return what waits for a second administrator of this organisation, locked.

    Raises `unknown_action`: for another organisation's, one that is over or too old, and one
    whose asker is no administrator any more.
    """
    row = _locked(store, ref)
    if row is None or row.tenant_id != who.person.tenant_id:
        raise refused(core, store, who, "unknown_action", why="foreign")
    asker = store.get_one(PersonRow, row.asker_id)
    lost = asker.disabled_at is not None or ADMIN not in asker.roles
    if row.state != WAITING or who.now >= row.expires_at or lost:
        raise refused(core, store, who, "unknown_action", row, why="not_open")
    return row


def move(store: Session, row: AdminActionRow, now_is: str, to: str) -> bool:
    """Move an action by compare-and-set; tell whether it was this call that did."""
    return compare_and_set(store, row, {"state": now_is}, {"state": to})


def prove(store: Session, session: SessionRow, challenge: ChallengeRow) -> None:
    """Mark the action that this challenge was bound to; anything else in the row forbids it."""
    done = store.execute(
        update(AdminActionRow)
        .where(
            AdminActionRow.id == challenge.change_id,
            AdminActionRow.session_id == session.id,
            AdminActionRow.asker_id == challenge.person_id,
            AdminActionRow.digest == challenge.digest,
            AdminActionRow.state == PROVE,
        )
        .values(proved=True)
        .execution_options(synchronize_session="fetch")
    )
    if cast("CursorResult[Any]", done).rowcount != 1:
        raise Refused("expired")


def refused(
    core: Core,
    store: Session,
    who: Signed,
    code: str,
    row: AdminActionRow | None = None,
    why: str | None = None,
    **details: Any,
) -> Refused:
    """Put a refusal on the trail and return it."""
    record(core, store, Tag.ACTION_REFUSED, who, row, reason=why or code)
    return Refused(code, **details)


def record(
    core: Core,
    store: Session,
    tag: Tag,
    who: Signed,
    row: AdminActionRow | None = None,
    reason: str | None = None,
    person_id: str | None = None,
) -> None:
    """Put what an administrator does on the trail; `person` is whom it is about, if anybody."""
    event = AuditEvent(
        tag=tag,
        tenant=who.person.tenant_id,
        person=core.keys.pseudonym(person_id) if person_id else None,
        actor=core.keys.pseudonym(who.person.id),
        session=name_of(core.keys, who.person.tenant_id, who.session),
        purpose=row.kind if row is not None else None,
        arguments=row.digest if row is not None else None,
        assurance=who.session.assurance,
        reason=reason,
    )
    audit_log.append(store.connection(), event, who.now)


def _locked(store: Session, ref: str) -> AdminActionRow | None:
    query = select(AdminActionRow).where(AdminActionRow.id == ref).with_for_update()
    return store.scalars(query.execution_options(populate_existing=True)).one_or_none()


def _place(action_id: str, tenant_id: str) -> Place:
    return Place("admin_actions", "payload", action_id, tenant_id)
