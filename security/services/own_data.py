"""All that security itself holds of one person, as plain JSON values (GDPR 15, 20)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from security.adapters import audit_log
from security.adapters.account_tables import DeviceRow, MessageRow, SignInRow
from security.adapters.tables import (
    AuthenticatorRow,
    ConversationRow,
    PersonRow,
    SessionRow,
    TenantRow,
    TurnRow,
)
from security.consents import ANALYTICS
from security.core import Core
from security.services import consents, identities, letters, messages, passkeys, push_devices
from security.services.factors import recovery_codes_left, secret_of
from security.services.transcript import Transcript
from security.vault.envelope import CannotOpen

TRAIL_BATCH = 5_000
"""So many records of the trail are looked through in one transaction: no turn waits for all."""


def gather(core: Core, store: Session, person: PersonRow) -> dict[str, Any]:
    """Return what the security database holds of a person, but for the trail."""
    tenant = store.get_one(TenantRow, person.tenant_id)
    return {
        "profile": {
            "organisation": tenant.name,
            "user_name": person.username,
            "name": person.name,
            "roles": list(person.roles),
            "password_changed_at": _moment(person.password_changed_at),
        },
        "factors": [_factor(core, row) for row in _of(store, AuthenticatorRow, person)],
        "recovery_codes_left": recovery_codes_left(store, person.id),
        "identities": [
            {"provider": provider.name, "linked_at": _moment(row.linked_at)}
            for row, provider in identities.of_person(core, store, person.id)
        ],
        "browsers": [
            {
                "name": row.label,
                "first": _moment(row.first_seen_at),
                "last": _moment(row.last_seen_at),
            }
            for row in _of(store, DeviceRow, person)
        ],
        "sessions": [_session(row) for row in _of(store, SessionRow, person)],
        "sign_ins": [
            {"at": _moment(row.at), "outcome": row.outcome, "browser": row.device, "by": row.method}
            for row in _of(store, SignInRow, person)
        ],
        "consents": [
            {
                "what": row.what,
                "version": row.version,
                "how": row.how,
                "given_at": _moment(row.given_at),
                "ends_at": _moment(row.ends_at),
                "withdrawn_at": _moment(row.withdrawn_at),
            }
            for row in consents.of_person(store, person.id)
        ],
        "analytics": ANALYTICS,
        "messages": [_message(row) for row in _of(store, MessageRow, person)],
        "conversations": _conversations(core, store, person),
    }


def accesses(records: Iterable[bytes], name: str) -> list[dict[str, Any]]:
    """Return what the trail says of the person of this name there, oldest first."""
    found = []
    for record in records:
        if name.encode() not in record:
            continue
        said = json.loads(record)
        if said.get("person") == name:
            found.append(
                {
                    "at": said.get("at"),
                    "what": said["tag"],
                    "operation": said.get("operation"),
                    "purpose": said.get("purpose"),
                    "decision": said.get("decision"),
                    "by": "somebody else" if said.get("actor") else "you, or in your name",
                }
            )
    return found


def trail_batch(store: Session, position: Mapping[str, int]) -> tuple[list[bytes], dict[str, int]]:
    """Return the next records of the trail, and where they end: the last number of each writer.

    Numbers do not begin at one for ever: what is old goes into archives.
    """
    return audit_log.read_after(store.connection(), position, TRAIL_BATCH)


def _of(store: Session, table: Any, person: PersonRow) -> list[Any]:
    [key] = table.__table__.primary_key.columns
    return list(store.scalars(select(table).where(table.person_id == person.id).order_by(key)))


def _factor(core: Core, row: AuthenticatorRow) -> dict[str, Any]:
    """Describe a factor; what proves somebody stays secret, also from who holds the copy."""
    named = {passkeys.METHOD: passkeys.name_of, push_devices.METHOD: push_devices.name_of}
    name = named[row.method](core, row) if row.method in named else None
    reached_at = secret_of(row) if row.method in ("sms", "email") else None
    return {
        "method": row.method,
        "name": name,
        "reached_at": reached_at,
        "added_at": _moment(row.added_at),
    }


def _session(row: SessionRow) -> dict[str, Any]:
    return {
        "began_at": _moment(row.created_at),
        "last_used_at": _moment(row.last_seen_at),
        "ended_at": _moment(row.ended_at),
        "browser": row.device,
        "channel": row.channel,
    }


def _message(row: MessageRow) -> dict[str, Any]:
    """Describe a message that was sent; a code in it is nobody's business any more."""
    shown = {"at": _moment(row.created_at), "channel": row.channel, "kind": row.kind}
    shown |= {"state": row.state}
    if row.kind != "notice" or row.sealed is None:
        return shown
    try:
        letter: letters.Letter = messages.open_letter(row)
    except CannotOpen:
        return shown
    return {**shown, "to": letter.to, "text": letter.text}


def _conversations(core: Core, store: Session, person: PersonRow) -> list[dict[str, Any]]:
    transcript = Transcript(core.vault)
    query = (
        select(TurnRow)
        .join(ConversationRow, ConversationRow.id == TurnRow.conversation_id)
        .where(ConversationRow.person_id == person.id, TurnRow.closed_at.is_not(None))
        .order_by(TurnRow.opened_at, TurnRow.id)
    )
    said: dict[str, list[dict[str, Any]]] = {}
    for turn in store.scalars(query):
        answer = transcript.answer(turn)
        lines = transcript.remembered(turn, answer, "")
        kept = said.setdefault(turn.conversation_id, [])
        kept += [
            {"at": one.at, "by": one.sender, "text": one.text, "card": one.card} for one in lines
        ]
    return [{"messages": lines} for lines in said.values()]


def _moment(value: datetime | None) -> str | None:
    return value.astimezone(UTC).isoformat(timespec="seconds") if value is not None else None
