"""What an administrator asks for: whom it is about, whether it may be, and how it is called."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from sqlalchemy import String, cast, select
from sqlalchemy.orm import Session

from security import roles
from security.adapters.admin_tables import AdminActionRow
from security.adapters.sso_tables import IdentityRow
from security.adapters.tables import PersonRow, SessionRow, TenantRow
from security.administering import ADMIN, Case, needs_second, refusal, roles_after
from security.administration_model import ActionKind, ActionValues
from security.core import Core
from security.services import invitations
from security.services import user_changes as changes
from security.services.admin_rows import Asked, refused
from security.services.change_rows import Signed
from security.services.ending import live_sessions_of
from security.services.factors import secret_of
from security.services.letters import safe
from security.services.own_sessions import reference
from security.services.user_changes import By, NewUser
from security.services.user_rows import find_person
from security.sms.countries import may_go_to
from security.user_names import username_of

_NAME = 200
_USED: Mapping[ActionKind, frozenset[str]] = {
    "add": frozenset({"username", "name", "give", "phone", "email", "send"}),
    "roles": frozenset({"give", "take"}),
    "reset": frozenset({"send"}),
    "unlock": frozenset({"method"}),
    "end_sessions": frozenset({"session"}),
}
"""What each kind looks at; nothing else goes along, so that nothing unseen can count."""
_NEEDED: dict[ActionKind, tuple[str, ...]] = {"add": ("username", "name", "give")}


def asked_for(
    core: Core, store: Session, who: Signed, kind: ActionKind, ref: str | None, values: ActionValues
) -> Asked:
    """Return the action that an administrator asks for; a session is named by its row from now on.

    Raises `Refused`: `unknown_person`, the same for nobody and for somebody elsewhere;
    `unknown_session`; `invalid_arguments` with the field that is missing, or of another kind.
    """
    surplus = values.model_dump(exclude_none=True).keys() - _USED.get(kind, frozenset())
    if surplus:
        raise refused(core, store, who, "invalid_arguments", field=min(surplus))
    for name in _NEEDED.get(kind, ()):
        if not getattr(values, name):
            raise refused(core, store, who, "invalid_arguments", field=name)
    if kind == "add":
        return Asked(kind, values=values)
    username = username_of(ref or "")
    # By this administrator's own organisation: there is no way to name anybody elsewhere.
    person = find_person(store, who.person.tenant_id, username) if username else None
    if person is None:
        raise refused(core, store, who, "unknown_person")
    if kind == "end_sessions" and values.session is not None:
        rows = live_sessions_of(store, person.id, who.now)
        found = [one.id for one in rows if reference(core, one) == values.session]
        if not found:
            raise refused(core, store, who, "unknown_session")
        values = values.model_copy(update={"session": found[0]})
    return Asked(kind, person.id, values)


def makes_a_password(asked: Asked) -> bool:
    """Tell whether a password is made for this, and shown to whoever does it."""
    return asked.kind in ("add", "reset") and asked.values.send is None


def person_of(store: Session, asked: Asked) -> PersonRow | None:
    """Return whom an action is about, held until this transaction ends; None for somebody new."""
    if not asked.person_id:
        return None
    return store.get_one(PersonRow, asked.person_id, with_for_update={"key_share": True})


def check(
    core: Core, store: Session, who: Signed, asked: Asked, row: AdminActionRow | None = None
) -> bool:
    """Tell whether a second administrator has to approve this. Raises what speaks against it.

    It is asked when an action begins, when its proof is there, and when it is approved: what has
    changed meanwhile counts.
    """
    person, kind = person_of(store, asked), asked.kind
    case = _case(core, store, who, asked, person)
    why = refusal(case)
    if why is None:
        why = _untimely(asked, person)
    if why is not None:
        raise refused(core, store, who, why, row)
    if makes_a_password(asked) and ADMIN in {*case.before, *case.after}:
        # Whoever approves would see it, and be two from then on.
        raise refused(core, store, who, "invalid_address", row, field="send")
    if kind in ("add", "roles"):
        _check_roles(core, store, who, asked)
    by = by_of(core, store, who, row)
    if kind == "add":
        if safe(asked.values.name or "", _NAME) != asked.values.name:
            raise by.refuse("invalid_arguments", field="name")
        changes.check_new(store, new_user(who.person.tenant_id, asked.values), by)
    if kind == "unlock" and person is not None:
        methods = {one.method for one in changes.factors_of(store, person)}
        if asked.values.method is not None and asked.values.method not in methods:
            raise by.refuse("unknown_method")
    if kind in ("add", "invite", "reset"):
        link_for(core, store, who, asked, person)
    return needs_second(case)


def by_of(core: Core, store: Session, who: Signed, row: AdminActionRow | None = None) -> By:
    """Return how the trail calls this administrator."""
    actor = core.keys.pseudonym(who.person.id)
    return By(lambda code, **more: refused(core, store, who, code, row, **more), actor)


def new_user(tenant: str, values: ActionValues) -> NewUser:
    """Return the person who is to be added."""
    return NewUser(
        tenant=tenant,
        username=values.username or "",
        name=values.name or "",
        roles=values.give or [],
        phone=values.phone,
        email=values.email,
    )


def link_for(
    core: Core, store: Session, who: Signed, asked: Asked, person: PersonRow | None
) -> tuple[invitations.Channel, str] | None:
    """Return where the link of this action goes; None where a password is made instead.

    Raises `not_invited` where there is no invitation to send again, and `invalid_address` where
    nothing can be sent that way.
    """
    if asked.kind == "invite":
        last = invitations.latest(store, asked.person_id)
        if last is None or person is None or not invitations.awaits(last, person):
            raise refused(core, store, who, "not_invited")
        return invitations.address_of(core, last)
    send = asked.values.send
    if send is None:
        return None
    to = _address_of(core, store, asked, person, send)
    abroad = send == "sms" and to is not None and not may_go_to(to, core.settings.countries)
    if to is None or abroad or send not in core.channels:
        raise refused(core, store, who, "invalid_address", field="send")
    return send, to


def admins(store: Session, tenant: str, but: Sequence[str]) -> list[PersonRow]:
    """Return the enabled administrators of an organisation, without these people."""
    query = select(PersonRow).where(
        PersonRow.tenant_id == tenant,
        PersonRow.disabled_at.is_(None),
        PersonRow.id.not_in(but),
        # So that not everybody is read: which of them they are is looked at below.
        cast(PersonRow.roles, String).contains(ADMIN),
    )
    return [one for one in store.scalars(query) if ADMIN in one.roles]


def session_of(store: Session, asked: Asked) -> SessionRow | None:
    """Return the one session that an action is about, if it is about one."""
    return store.get(SessionRow, asked.values.session) if asked.values.session else None


def _case(core: Core, store: Session, who: Signed, asked: Asked, person: PersonRow | None) -> Case:
    values = asked.values
    before = list(person.roles) if person is not None else []
    after = roles_after(before, values.give or [], values.take or [])
    others = admins(store, who.person.tenant_id, (who.person.id, asked.person_id))
    case = Case(asked.kind, before, after, others=len(others))  # type: ignore[arg-type]
    shows = asked.kind == "reset" and values.send is None
    linked = shows and _is_linked(core, store, person)
    return replace(case, is_self=asked.person_id == who.person.id, shows=shows, linked=linked)


def _is_linked(core: Core, store: Session, person: PersonRow | None) -> bool:
    """Tell whether a link reaches this person, or has: a reset takes number and address away.

    Whom an account elsewhere has made needs no password that anybody sees either.
    """
    if person is None:
        return False
    methods = {one.method for one in changes.factors_of(store, person)}
    elsewhere = select(IdentityRow.id).where(
        IdentityRow.person_id == person.id, IdentityRow.created_person
    )
    return (
        bool(methods & core.channels)
        or invitations.latest(store, person.id) is not None
        or store.scalars(elsewhere.limit(1)).one_or_none() is not None
    )


def _untimely(asked: Asked, person: PersonRow | None) -> str | None:
    is_disabled = person is not None and person.disabled_at is not None
    if asked.kind == ("disable" if is_disabled else "enable"):
        return "already_so"
    return "person_disabled" if is_disabled and asked.kind in ("invite", "reset") else None


def _check_roles(core: Core, store: Session, who: Signed, asked: Asked) -> None:
    """Refuse roles that this organisation does not know; one that is there may always be taken."""
    tenant = store.get_one(TenantRow, who.person.tenant_id)
    known = roles.known_at(tenant.apis)
    if not set(asked.values.give or ()) <= known:
        raise refused(
            core, store, who, "invalid_arguments", field="give", suggestions=sorted(known)
        )


def _address_of(
    core: Core, store: Session, asked: Asked, person: PersonRow | None, channel: str
) -> str | None:
    if person is None:
        return asked.values.email if channel == "email" else asked.values.phone
    for factor in changes.factors_of(store, person):
        if factor.method == channel:
            return secret_of(factor)
    return None
