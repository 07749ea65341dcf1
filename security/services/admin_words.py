"""What an administrator approves, in words: whom it is about, and exactly what."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy.orm import Session

from security.adapters.tables import PersonRow
from security.core import Core
from security.model import Detail
from security.services.admin_cases import session_of
from security.services.admin_rows import Asked
from security.services.approved import Shown
from security.services.letters import safe

_NAME = 60
_BINDINGS: Mapping[str, str] = {
    "add": "Add {who}",
    "invite": "Send {who} a new invitation",
    "disable": "Disable {who}",
    "enable": "Let {who} in again",
    "roles": "Change the roles of {who}",
    "reset": "Reset the password and factors of {who}",
    "unlock": "End the pause after wrong codes for {who}",
    "end_sessions": "End sessions of {who}",
}
_METHODS: Mapping[str, str] = {
    "passkey": "passkeys",
    "totp": "authenticator app",
    "push": "confirmations by push",
    "sms": "codes by SMS",
    "email": "codes by email",
    "recovery": "recovery codes",
}
_SENT: Mapping[str | None, str] = {
    "email": "by a link to the mail address",
    "sms": "by a link to the number",
    None: "a password that is shown once",
}


def shown(core: Core, store: Session, asked: Asked) -> Shown:
    """Return what is approved; a name is always beside the user name, which nobody can forge."""
    person = store.get_one(PersonRow, asked.person_id) if asked.person_id else None
    values = asked.values
    name = person.name if person is not None else values.name or ""
    username = person.username if person is not None else values.username or ""
    binding = _BINDINGS[asked.kind].format(who=f"{safe(name, _NAME)} ({username})")
    rows = _rows(store, asked)
    return Shown(binding, tuple(Detail(label=label, value=value) for label, value in rows if value))


def second(first: Shown, asker: PersonRow) -> Shown:
    """Return what a second administrator approves: the same, and who has asked for it."""
    by = Detail(label="Asked for by", value=f"{safe(asker.name, _NAME)} ({asker.username})")
    return Shown(first.binding, (*first.details, by))


def _rows(store: Session, asked: Asked) -> list[tuple[str, str]]:
    values, kind = asked.values, asked.kind
    given = "Roles" if kind == "add" else "Give"
    rows = [(given, ", ".join(sorted(values.give or ()))), ("Take", ", ".join(values.take or ()))]
    rows += [("Mail address", values.email or ""), ("Number", values.phone or "")]
    if kind in ("add", "reset"):
        rows.append(("First password" if kind == "add" else "New password", _SENT[values.send]))
    if kind == "unlock":
        rows.append(("Way", _METHODS.get(values.method or "", "all")))
    if kind == "end_sessions":
        session = session_of(store, asked)
        rows.append(("Session", safe(session.device, _NAME) if session is not None else "all"))
    return rows
