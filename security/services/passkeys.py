"""Passkeys of people in the database: kept sealed, found by the hash of their id, counted."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeGuard

import orjson
from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url

from security.adapters.account_tables import ChangeRow
from security.adapters.prepared import by_column, compare_and_set
from security.adapters.tables import AuthenticatorRow, ChallengeRow, PersonRow, TenantRow
from security.adapters.tenancy import across_tenants
from security.challenges import passkeys
from security.challenges.passkeys import CounterBehind, NotRight, Owner, Passkey, site_of
from security.core import Core
from security.model import Method
from security.services.factors import secret_of
from security.sessions import hash_of

METHOD: Method = "passkey"
Proof = str | Mapping[str, Any]
"""A code; or what a browser shows of a passkey, of itself as a device, or claims of a push."""
MOST_OF_A_NAME = 40
MOST = 10
"""How many a person may have: each is told to the browser with every request."""

# The organisation comes along, because the proof asks it whether it has passkeys at all.
_HOLD_OWNER = (
    select(PersonRow, TenantRow)
    .join(AuthenticatorRow, AuthenticatorRow.person_id == PersonRow.id)
    .join(TenantRow, TenantRow.id == PersonRow.tenant_id)
    .where(AuthenticatorRow.credential_hash == bindparam("credential"))
    .with_for_update(of=PersonRow, key_share=True)
    .execution_options(populate_existing=True)
)


@dataclass(frozen=True)
class Kept:
    """One passkey of a person, and what they call it."""

    row: AuthenticatorRow
    passkey: Passkey
    name: str


@dataclass(frozen=True)
class Made:
    """A passkey that was made just now, and its counter."""

    passkey: Passkey
    count: int


class Copied(Exception):
    """A passkey was shown whose counter is behind: there is a copy of it somewhere."""

    def __init__(self, row: AuthenticatorRow) -> None:
        super().__init__("the counter is behind")
        self.row = row


def kind_of(proof: Proof) -> str:
    """Return what a proof is: `code`, `public-key`, `push-device` or `push`."""
    return "code" if isinstance(proof, str) else str(proof["type"])


def is_passkey(proof: Proof) -> TypeGuard[Mapping[str, Any]]:
    """Tell whether a proof is a passkey."""
    return kind_of(proof) == "public-key"


def kept_by(core: Core, store: Session, person_id: str) -> list[Kept]:
    """Return a person's passkeys, the oldest first."""
    query = select(AuthenticatorRow).where(
        AuthenticatorRow.person_id == person_id, AuthenticatorRow.method == METHOD
    )
    return [_opened(core, row) for row in store.scalars(query.order_by(AuthenticatorRow.added_at))]


def name_of(core: Core, row: AuthenticatorRow) -> str:
    """Return what a person calls a passkey of theirs."""
    return _opened(core, row).name


def request_for(
    core: Core, store: Session, challenge: ChallengeRow, now: datetime
) -> dict[str, Any]:
    """Return what a browser is asked to show for a challenge.

    A challenge of nobody yet, as at a sign-in without a name, asks for any passkey of this site.
    """
    known = kept_by(core, store, challenge.person_id) if challenge.person_id else []
    seconds = max(1, int((challenge.expires_at - now).total_seconds()))
    return passkeys.request_options(
        site_of(core.settings.public_url),
        _asked(core, challenge),
        [each.passkey for each in known],
        seconds,
    )


def hold_owner(store: Session, shown: Mapping[str, Any]) -> PersonRow | None:
    """Hold the person whose passkey somebody claims to show, before the challenge is locked.

    While the caller keeps the row, nobody who asks for it in this transaction reads it again.
    """
    claimed = passkeys.claimed_id(shown)
    if claimed is None:
        return None
    with across_tenants(store, "a passkey says whose it is"):
        found = store.execute(_HOLD_OWNER, {"credential": _id_hash(claimed)}).one_or_none()
    return found[0] if found is not None else None


def prove(
    core: Core, store: Session, challenge: ChallengeRow, shown: Mapping[str, Any]
) -> AuthenticatorRow | None:
    """Return the passkey that answers a challenge, its counter moved on; None where none does.

    Raises `Copied` where it is the counter alone that is not right.
    """
    claimed = passkeys.claimed_id(shown)
    if claimed is None:
        return None
    row = by_column(store, AuthenticatorRow, lock=True, credential_hash=_id_hash(claimed))
    if row is None or challenge.person_id not in ("", row.person_id):
        return None
    # Where nobody was named, the authenticator has to name the same person (section 7.2, step 6).
    handle = passkeys.claimed_handle(shown)
    if handle != handle_of(core, row.person_id) and (handle or not challenge.person_id):
        return None
    try:
        count = passkeys.matched(
            site_of(core.settings.public_url),
            _asked(core, challenge),
            _opened(core, row).passkey,
            row.sign_count,
            shown,
        )
    except CounterBehind:
        raise Copied(row) from None
    except NotRight:
        return None
    counted = compare_and_set(store, row, {"sign_count": row.sign_count}, {"sign_count": count})
    return row if counted else None


def creation_for(
    core: Core, store: Session, person: PersonRow, change: ChangeRow, now: datetime
) -> dict[str, Any]:
    """Return what a browser is asked to make for a change that has been proved."""
    tenant = store.get(TenantRow, person.tenant_id)
    name = tenant.name if tenant is not None else person.tenant_id
    return passkeys.creation_options(
        site_of(core.settings.public_url),
        f"Gatehouse ({name})",
        _asked_to_make(core, change),
        Owner(handle_of(core, person.id), person.username, person.name),
        [each.passkey for each in kept_by(core, store, person.id)],
        max(1, int((change.expires_at - now).total_seconds())),
    )


def made_for(
    core: Core, store: Session, change: ChangeRow, shown: Mapping[str, Any]
) -> Made | None:
    """Return the passkey that was made for a change; None where it proves nothing, or is there."""
    site = site_of(core.settings.public_url)
    try:
        passkey, count = passkeys.made(site, _asked_to_make(core, change), shown)
    except NotRight:
        return None
    with across_tenants(store, "a passkey is one person's in all organisations"):
        there = by_column(store, AuthenticatorRow, credential_hash=_id_hash(passkey.id))
    return Made(passkey, count) if there is None else None


def keep(
    core: Core, store: Session, person: PersonRow, made: Made, name: str, now: datetime
) -> None:
    """Make a passkey the person's."""
    row = AuthenticatorRow(
        id=secrets.token_urlsafe(16),
        tenant_id=person.tenant_id,
        person_id=person.id,
        method=METHOD,
        secret_sealed=_written(made.passkey, name),
        added_at=now,
        credential_hash=_id_hash(made.passkey.id),
        sign_count=made.count,
    )
    store.add(row)
    store.flush()


def handle_of(core: Core, person_id: str) -> bytes:
    """Return what an authenticator knows a person by: 32 bytes that tell nothing of them."""
    return bytes.fromhex(core.keys.pairwise_subject(person_id, "passkeys"))


def _asked(core: Core, challenge: ChallengeRow) -> bytes:
    """Return the bytes to be signed: they stand for this challenge, and for what it approves."""
    about = challenge.id, challenge.session_id, challenge.purpose, challenge.digest or ""
    return bytes.fromhex(core.keys.code_hash("passkey", *about))


def _asked_to_make(core: Core, change: ChangeRow) -> bytes:
    about = change.id, change.session_id, change.person_id, change.digest
    return bytes.fromhex(core.keys.code_hash("new-passkey", *about))


def _id_hash(credential_id: bytes) -> str:
    return hash_of(bytes_to_base64url(credential_id))


def _written(passkey: Passkey, name: str) -> bytes:
    return orjson.dumps(
        {
            "id": bytes_to_base64url(passkey.id),
            "key": bytes_to_base64url(passkey.key),
            "transports": passkey.transports,
            "name": name,
        }
    )


def _opened(core: Core, row: AuthenticatorRow) -> Kept:
    told = orjson.loads(secret_of(row))
    passkey = Passkey(
        base64url_to_bytes(told["id"]),
        base64url_to_bytes(told["key"]),
        tuple(told["transports"]),
    )
    return Kept(row, passkey, told["name"])
