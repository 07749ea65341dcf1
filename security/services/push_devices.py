"""Browsers that their people have enrolled for pushes: kept sealed, found by their own key."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import select
from sqlalchemy.orm import Session

from security.adapters.account_tables import ChangeRow
from security.adapters.prepared import by_column
from security.adapters.tables import AuthenticatorRow, PersonRow, SessionRow
from security.adapters.tenancy import across_tenants
from security.challenges import pushes, rules
from security.core import Core
from security.model import Method
from security.push_json import PushOffer, ShownDevice
from security.reach import may_ask
from security.services import letters
from security.services.factors import guesses_of, is_off, remember, secret_of
from security.services.telling import tell
from security.sessions import hash_of

METHOD: Method = "push"
MOST = 5
"""How many a person may have: each of them is rung up by every push."""


@dataclass(frozen=True)
class Device:
    """One browser: its name, its key, and where a push for it goes; nowhere where that is gone.

    `browser` stands for the browser itself, as sessions know it.
    """

    row: AuthenticatorRow
    name: str
    key: str
    browser: str | None
    subscription: Mapping[str, Any] | None


def kept_by(core: Core, store: Session, person_id: str) -> list[Device]:
    """Return a person's devices, the oldest first."""
    query = select(AuthenticatorRow).where(
        AuthenticatorRow.person_id == person_id, AuthenticatorRow.method == METHOD
    )
    return [opened(core, row) for row in store.scalars(query.order_by(AuthenticatorRow.added_at))]


def elsewhere(core: Core, store: Session, session: SessionRow, person_id: str) -> list[Device]:
    """Return a person's devices without the browser that this session is in.

    A push to the screen that shows the number would ask nobody anything.
    """
    kept = kept_by(core, store, person_id)
    # nosemgrep: compare-in-constant-time - both are kept here; nobody is told how they differ.
    return [one for one in kept if one.browser is None or one.browser != session.device_hash]


def device_of(core: Core, store: Session, key: str) -> Device | None:
    """Return the device that has this key, its row locked; None where nobody has it (any more)."""
    row = by_column(store, AuthenticatorRow, lock=True, credential_hash=hash_of(key))
    return opened(core, row) if row is not None and row.method == METHOD else None


def is_there(store: Session, person_id: str, device_id: str | None) -> bool:
    """Tell whether a device is still the person's, and may confirm at all."""
    row = by_column(store, AuthenticatorRow, id=device_id) if device_id is not None else None
    if row is None or row.method != METHOD or row.person_id != person_id:
        return False
    return not is_off(store, row.tenant_id, METHOD)


def offer_for(core: Core, change: ChangeRow, name: str) -> PushOffer:
    """Return what a browser needs that becomes a device by this change."""
    asked = _asked_to_make(core, change)
    return PushOffer(server_key=core.push_key.public, challenge=asked, name=name)


def made_for(
    core: Core, store: Session, change: ChangeRow, shown: Mapping[str, Any]
) -> ShownDevice | None:
    """Return the device that was made for a change; None where it proves nothing, or is there.

    Where a push goes is a URL from outside: it is one of a push service, or there is none.
    """
    device = ShownDevice.model_validate(shown)
    to = device.subscription
    said = (to.endpoint, to.keys.p256dh, to.keys.auth) if to is not None else ("", "", "")
    text = pushes.enrolment_text(_asked_to_make(core, change), *said)
    settings = core.settings
    if to is not None and not (
        may_ask(to.endpoint, settings.push_services, settings.push_reach)
        and pushes.is_key(to.keys.p256dh)
    ):
        return None
    if not pushes.is_signed(device.key, device.signature, text):
        return None
    with across_tenants(store, "a device is one person's in all organisations"):
        there = by_column(store, AuthenticatorRow, credential_hash=hash_of(device.key))
    return device if there is None else None


def keep(
    core: Core,
    store: Session,
    person: PersonRow,
    session: SessionRow,
    made: ShownDevice,
    name: str,
    now: datetime,
) -> None:
    """Make a browser a device of the person's; it shares the pauses of those that they have."""
    others = kept_by(core, store, person.id)
    row = AuthenticatorRow(
        id=secrets.token_urlsafe(16),
        tenant_id=person.tenant_id,
        person_id=person.id,
        method=METHOD,
        secret_sealed=b"",
        added_at=now,
        credential_hash=hash_of(made.key),
    )
    if others:
        remember(row, guesses_of(others[0].row))
    to = made.subscription.model_dump() if made.subscription is not None else None
    _write(Device(row, name, made.key, session.device_hash, to))
    store.add(row)
    store.flush()


def remember_all(store: Session, person_id: str, guesses: rules.Guesses) -> None:
    """Keep what is known of a person's pushes with each of their devices: they pause together."""
    query = select(AuthenticatorRow).where(
        AuthenticatorRow.person_id == person_id, AuthenticatorRow.method == METHOD
    )
    for row in store.scalars(query):
        remember(row, guesses)
    store.flush()


def forget_address(core: Core, store: Session, device_id: str, now: datetime) -> None:
    """Nothing reaches this device any more, as its service says: send nothing, and tell.

    It stays its person's: it can still ask by itself for what waits.
    """
    row = by_column(store, AuthenticatorRow, lock=True, id=device_id)
    if row is None or row.method != METHOD:
        return
    device = opened(core, row)
    if device.subscription is None:
        return
    _write(replace(device, subscription=None))
    notice = letters.push_silent_notice(device.name, core.settings.public_url)
    tell(core, store, store.get_one(PersonRow, row.person_id), notice, now)


def name_of(core: Core, row: AuthenticatorRow) -> str:
    """Return what a person calls a device of theirs."""
    return opened(core, row).name


def opened(core: Core, row: AuthenticatorRow) -> Device:
    """Return a device as it was kept."""
    told = orjson.loads(secret_of(row))
    return Device(row, told["name"], told["key"], told["browser"], told["subscription"])


def _asked_to_make(core: Core, change: ChangeRow) -> str:
    about = change.id, change.session_id, change.person_id, change.digest
    return core.keys.code_hash("new-push-device", *about)


def _write(device: Device) -> None:
    told = {
        "name": device.name,
        "key": device.key,
        "browser": device.browser,
        "subscription": device.subscription,
    }
    device.row.secret_sealed = orjson.dumps(told)
