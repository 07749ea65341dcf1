"""Changes of factors and passwords in the database: each move by compare-and-set.

``prove → confirm → done``, some without the middle; `void` ends one that is open. What is to
become true is sealed, and its digest is what the person's proof is bound to.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, cast

import orjson
from sqlalchemy import ColumnElement, select, update
from sqlalchemy.orm import Session

from security.adapters import audit_log
from security.adapters.account_tables import ChangeRow
from security.adapters.prepared import compare_and_set
from security.adapters.sealed import readable
from security.adapters.session_names import name_of
from security.adapters.tables import ChallengeRow, PersonRow, SessionRow
from security.audit.record import AuditEvent, Tag
from security.core import Core
from security.errors import Refused
from security.model import ChangeKind
from security.pending import canonical
from security.services.ending import hold
from security.vault.envelope import CannotOpen, Place

PROVE, CONFIRM, DONE, VOID = "prove", "confirm", "done", "void"
_OPEN = (PROVE, CONFIRM)

State = Literal["prove", "confirm", "done"]


@dataclass(frozen=True)
class Signed:
    """A signed-in session, its person, and the moment."""

    session: SessionRow
    person: PersonRow
    now: datetime


@dataclass(frozen=True)
class Asked:
    """One change as it was asked for: `payload` is what is to become true."""

    kind: ChangeKind
    payload: Mapping[str, str] = field(repr=False)


def digest_of(core: Core, change_id: str, person_id: str, asked: Asked) -> str:
    """Return the keyed digest that stands for exactly this change of this person."""
    whole = {"change": change_id, "person": person_id, "payload": dict(asked.payload)}
    return core.keys.arguments_digest(canonical(f"account.{asked.kind}", whole))


def written(asked: Asked) -> bytes:
    """Return what is to become true, as its row keeps it."""
    return orjson.dumps(dict(asked.payload))


def open_asked(core: Core, store: Session, who: Signed, row: ChangeRow) -> Asked:
    """Return what this change is about.

    Raises `unknown_change`, and voids it, where the row no longer says what was proved.
    """
    try:
        payload = orjson.loads(readable(row.payload_sealed))
        asked = Asked(cast("ChangeKind", row.kind), payload)
        same = hmac.compare_digest(digest_of(core, row.id, row.person_id, asked), row.digest)
    except CannotOpen:
        same = False
    if not same:
        move(store, row, row.state, VOID)
        raise refused(core, store, who, "unknown_change", row, why="payload_changed")
    return asked


def find(core: Core, store: Session, who: Signed, ref: str, *states: str) -> ChangeRow:
    """Return an open change of this session, locked.

    Raises `Refused`: `unknown_change` for another session's, for one that is over, and for one
    in another state than `states`; `expired`.
    """
    hold(store, who.person.id)  # Of two changes at once, the second sees what the first has made.
    row = store.scalars(
        select(ChangeRow).where(ChangeRow.id == ref).with_for_update()
    ).one_or_none()
    if row is None:
        raise refused(core, store, who, "unknown_change", why="made_up")
    if row.session_id != who.session.id or row.person_id != who.person.id:
        raise refused(core, store, who, "unknown_change", why="foreign_session")
    if row.state not in states:
        raise refused(core, store, who, "unknown_change", row, why="not_open")
    if who.now >= row.expires_at:
        raise refused(core, store, who, "expired", row)
    return row


def move(store: Session, row: ChangeRow, now_is: str, to: str) -> bool:
    """Move a change by compare-and-set; tell whether it was this call that did."""
    return compare_and_set(store, row, {"state": now_is}, {"state": to})


def void_open(store: Session, session_id: str) -> None:
    """End the change that is open in a session, and the challenge that it waits for."""
    _void(store, ChangeRow.session_id == session_id)


def end_enrolments(store: Session, who: Signed, but: str, complete: bool) -> None:
    """A strong factor is there: every other session of this person enrols no more.

    `but` is the change that added it. A thief who enrols at the same time ends with nothing.
    Where the factor may approve later changes, enrolment is `complete`, here and for good.
    """
    query = update(SessionRow).where(SessionRow.person_id == who.person.id)
    if complete:
        who.person.may_enrol_until = None
    else:
        query = query.where(SessionRow.id != who.session.id)
    ended = query.values(enrol_until=None).execution_options(synchronize_session="fetch")
    store.execute(ended)
    _void(store, ChangeRow.person_id == who.person.id, ChangeRow.id != but)


def _void(store: Session, *which: ColumnElement[bool]) -> None:
    changes = store.scalars(select(ChangeRow.id).where(*which, ChangeRow.state.in_(_OPEN))).all()
    if not changes:
        return
    for table, own in ((ChangeRow, ChangeRow.id), (ChallengeRow, ChallengeRow.change_id)):
        store.execute(
            update(table)
            .where(own.in_(changes), table.state.in_((*_OPEN, "open")))
            .values(state=VOID)
            .execution_options(synchronize_session="fetch")
        )


def refused(
    core: Core,
    store: Session,
    who: Signed,
    code: str,
    row: ChangeRow | None = None,
    why: str | None = None,
    **details: Any,
) -> Refused:
    """Put a refusal on the trail and return it."""
    record(core, store, Tag.CHANGE_REFUSED, who, row, reason=why or code)
    return Refused(code, **details)


def record(
    core: Core,
    store: Session,
    tag: Tag,
    who: Signed,
    row: ChangeRow | None = None,
    reason: str | None = None,
) -> None:
    """Put what happened to a change on the trail."""
    event = AuditEvent(
        tag=tag,
        tenant=who.person.tenant_id,
        person=core.keys.pseudonym(who.person.id),
        session=name_of(core.keys, who.person.tenant_id, who.session),
        purpose=row.kind if row is not None else None,
        arguments=row.digest if row is not None else None,
        assurance=who.session.assurance,
        reason=reason,
    )
    audit_log.append(store.connection(), event, who.now)


def _place(change_id: str, tenant_id: str) -> Place:
    return Place("changes", "payload", change_id, tenant_id)
