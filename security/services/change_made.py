"""What a change makes that is more than a number or an address: passkeys, devices, codes."""

from __future__ import annotations

import secrets

from sqlalchemy import delete
from sqlalchemy.orm import Session

from security.adapters.account_tables import ChangeRow, RecoveryCodeRow
from security.challenges import codes
from security.core import Core
from security.push_json import ShownDevice
from security.services import letters, passkeys, push_devices
from security.services.change_rows import Asked, Signed, end_enrolments
from security.services.factors import add_factor
from security.services.telling import tell


def add_passkey(
    core: Core, store: Session, who: Signed, row: ChangeRow, asked: Asked, made: passkeys.Made
) -> None:
    """Make a passkey the person's that has just been made for this change."""
    notice = letters.factor_added_notice(passkeys.METHOD, core.settings.public_url)
    tell(core, store, who.person, notice, who.now)
    passkeys.keep(core, store, who.person, made, asked.payload["name"], who.now)
    end_enrolments(store, who, but=row.id, complete=True)


def add_device(
    core: Core, store: Session, who: Signed, row: ChangeRow, asked: Asked, made: ShownDevice
) -> None:
    """Make the browser in use a device of the person's, as it has just shown for this change."""
    notice = letters.factor_added_notice(push_devices.METHOD, core.settings.public_url)
    tell(core, store, who.person, notice, who.now)
    name = asked.payload["name"]
    push_devices.keep(core, store, who.person, who.session, made, name, who.now)
    end_enrolments(store, who, but=row.id, complete=True)


def renew_codes(core: Core, store: Session, who: Signed) -> list[str]:
    """Replace all recovery codes by ten new ones, kept as keyed hashes; return them."""
    notice = letters.factor_added_notice("recovery", core.settings.public_url)
    tell(core, store, who.person, notice, who.now)
    person_id, tenant_id = who.person.id, who.person.tenant_id
    store.execute(delete(RecoveryCodeRow).where(RecoveryCodeRow.person_id == person_id))
    made = codes.new_recovery_codes()
    for code in made:
        row = RecoveryCodeRow(
            id=secrets.token_urlsafe(16),
            tenant_id=tenant_id,
            person_id=person_id,
            code_hash=core.keys.code_hash("recovery", person_id, code),
        )
        store.add(row)
    # The factor itself has no secret: it is what limits guessing at the codes.
    add_factor(
        core,
        store,
        person_id=person_id,
        tenant_id=tenant_id,
        method="recovery",
        secret="",
        now=who.now,
    )
    return made
