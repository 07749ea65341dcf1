"""What each kind of change asks for, is called, and makes true."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

import pyotp
import segno
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from security import enrolment
from security.adapters.account_tables import ChangeRow
from security.adapters.sso_tables import IdentityRow
from security.adapters.tables import AuthenticatorRow, ChallengeRow, TenantRow
from security.audit.record import Tag
from security.challenges import codes
from security.challenges.methods import TABLE
from security.core import Core
from security.model import ChangeKind, Detail, Method, TotpOffer
from security.services import (
    erasure,
    identities,
    letters,
    linking,
    passkeys,
    push_devices,
    recovery,
)
from security.services.approved import Shown
from security.services.change_rows import Asked, Signed, end_enrolments, refused
from security.services.ending import end_session, live_sessions_of, void_links_of
from security.services.factors import (
    add_factor,
    how_many,
    is_off,
    secret_of,
    usable_methods,
    use_step,
)
from security.services.session_rows import record
from security.services.telling import tell
from security.sms.countries import may_go_to
from security.unlocking import CHANNEL as TEXTED

_TOTP_BYTES_IN_BASE32 = 32
"""160 bits, as RFC 4226 section 4 recommends."""

_NAMES: dict[str, str] = {
    "passkey": "Add a passkey",
    "sso": "Link your account at your organisation",
    "totp": "Use a new authenticator app",
    "push": "Add a device for confirmations",
    "phone": "Use a new number for codes",
    "email": "Use a new mail address",
    "recovery": "Make new recovery codes",
    "password": "Change your password",
    "remove": "Remove a way to prove who you are",
    "erase": "Delete your account and your data for good",
}
_METHOD_NAMES: dict[str, str] = {
    "passkey": "Passkey",
    "totp": "Authenticator app",
    "push": "Device",
    "sms": "Number for codes",
    "email": "Mail address",
    "sso": "Account at your organisation",
}

_SEVERAL: Mapping[str, tuple[int, str]] = {
    "passkey": (passkeys.MOST, "too_many_passkeys"),
    "push": (push_devices.MOST, "too_many_devices"),
}
"""Of which factors a person may have several: how many, and the refusal of one more."""

SHOWN_METHODS = tuple(name for name in _METHOD_NAMES if name != identities.METHOD)
"""The factors that are listed and can be removed one by one."""


def asked_for(
    core: Core, store: Session, who: Signed, kind: ChangeKind, value: str | None
) -> Asked:
    """Return the change that a person asks for; `value` of a password is its hash.

    Raises `Refused`: `invalid_address`, `unknown_authenticator`, `last_authenticator`,
    `too_many_passkeys`, `too_many_devices`, `method_off`; `invalid_arguments` where the value is
    missing.
    """
    if kind in enrolment.METHOD_OF and is_off(
        store, who.person.tenant_id, enrolment.METHOD_OF[kind]
    ):
        raise refused(core, store, who, "method_off")
    if kind == "totp":
        return Asked(kind, {"secret": pyotp.random_base32(_TOTP_BYTES_IN_BASE32)})
    if kind == "recovery":
        return Asked(kind, {})
    if kind == "erase":
        kept = erasure.kept_of(core, store, who.person, who.now)
        # Sorted by what is kept: several classes may have the same date.
        return Asked(kind, {one.what: f"{one.until.isoformat()} ({one.why})" for one in kept})
    if value is None:
        raise refused(core, store, who, "invalid_arguments", field="value")
    if kind in ("phone", "email"):
        return _reached_at(core, store, who, kind, value)
    return _of_value(core, store, who, kind, value)


def _of_value(core: Core, store: Session, who: Signed, kind: ChangeKind, value: str) -> Asked:
    if kind == "password":
        return Asked(kind, {"hash": value})
    if kind == "sso":
        return Asked(kind, {"provider": linking.linkable(core, store, who, value)})
    if kind in _SEVERAL:
        most, code = _SEVERAL[kind]
        if how_many(store, who.person.id, kind) >= most:
            raise refused(core, store, who, code)
        if not 0 < len(value) <= passkeys.MOST_OF_A_NAME or not value.isprintable():
            raise refused(core, store, who, "invalid_arguments", field="name")
        return Asked(kind, {"name": value})
    identity = linking.unlinkable(core, store, who, value)
    if identity is not None:
        return Asked(kind, {"ref": identity.id, "method": identities.METHOD})
    factor = removable(core, store, who, value)
    return Asked(kind, {"ref": factor.id, "method": factor.method})


def _reached_at(core: Core, store: Session, who: Signed, kind: ChangeKind, value: str) -> Asked:
    known = {"phone": enrolment.telephone_number, "email": enrolment.mail_address}
    address = known[kind](value)
    reachable = enrolment.METHOD_OF[kind] in core.channels
    if kind == "phone" and address is not None:
        reachable = reachable and may_go_to(address, core.settings.countries)
    if address is None or not reachable:
        raise refused(core, store, who, "invalid_address", field=kind)
    return Asked(kind, {"to": address})


def shown(core: Core, store: Session, asked: Asked) -> Shown:
    """Return what the person approves, in words; numbers and addresses in full."""
    details = []
    if "to" in asked.payload:
        details.append(Detail(label=_METHOD_NAMES[_method(asked)], value=asked.payload["to"]))
    if "name" in asked.payload:
        details.append(Detail(label=_METHOD_NAMES[_method(asked)], value=asked.payload["name"]))
    if asked.kind == "erase":
        details += [
            Detail(label=f"Kept: {what}", value=f"until {until}")
            for what, until in asked.payload.items()
        ]
    client = core.providers.find(asked.payload.get("provider", ""))
    if client is not None:
        details.append(Detail(label=_METHOD_NAMES["sso"], value=client.provider.name))
    if asked.kind == "remove":
        value = _hint_of(core, store, asked)
        name = _METHOD_NAMES[asked.payload["method"]]
        details.append(Detail(label="Remove", value=f"{name} {value}" if value else name))
    return Shown(_NAMES[asked.kind], tuple(details))


def _hint_of(core: Core, store: Session, asked: Asked) -> str | None:
    if asked.payload["method"] == identities.METHOD:
        identity = store.get(IdentityRow, asked.payload["ref"])
        return linking.name_of(core, identity) if identity is not None else None
    factor = store.get(AuthenticatorRow, asked.payload["ref"])
    return hint(core, factor) if factor is not None else None


def hint(core: Core, factor: AuthenticatorRow) -> str | None:
    """Return a factor's masked number or address, or its name; None where it has none of them."""
    if factor.method == passkeys.METHOD:
        return passkeys.name_of(core, factor)
    if factor.method == push_devices.METHOD:
        return push_devices.name_of(core, factor)
    if factor.method not in {"sms", "email"}:
        return None
    return codes.masked(secret_of(factor))


def offer(store: Session, who: Signed, secret: str) -> TotpOffer:
    """Return a new key as text, as a link, and as a QR code's rows (ISO/IEC 18004)."""
    tenant = store.get(TenantRow, who.person.tenant_id)
    issuer = f"Gatehouse ({tenant.name if tenant is not None else who.person.tenant_id})"
    uri = pyotp.TOTP(secret).provisioning_uri(name=who.person.username, issuer_name=issuer)
    rows = segno.make(uri, micro=False).matrix
    qr = "\n".join("".join("1" if module else "0" for module in row) for row in rows)
    return TotpOffer(secret=secret, uri=uri, qr=qr)


def removable(core: Core, store: Session, who: Signed, ref: str) -> AuthenticatorRow:
    """Return a factor that may go. Raises `unknown_authenticator`, `last_authenticator`."""
    query = select(AuthenticatorRow).where(
        AuthenticatorRow.id == ref,
        AuthenticatorRow.person_id == who.person.id,
        AuthenticatorRow.method.in_(SHOWN_METHODS),
    )
    factor = store.scalars(query.with_for_update()).one_or_none()
    if factor is None:
        raise refused(core, store, who, "unknown_authenticator")
    others = set(usable_methods(core, store, who.person.id, enrolment.STRONG)) - {factor.method}
    if factor.method in _SEVERAL and how_many(store, who.person.id, factor.method) > 1:
        others.add(cast("Method", factor.method))
    if factor.method in enrolment.STRONG and not others:
        raise refused(core, store, who, "last_authenticator")
    return factor


def require_removable(core: Core, store: Session, who: Signed, asked: Asked) -> None:
    """Raise like `removable` where what was to go may not, or is not there any more."""
    ref = asked.payload["ref"]
    if asked.payload["method"] != identities.METHOD:
        removable(core, store, who, ref)
    elif linking.unlinkable(core, store, who, ref) is None:
        raise refused(core, store, who, "unknown_authenticator")


def add(core: Core, store: Session, who: Signed, row: ChangeRow, asked: Asked, step: int) -> None:
    """Make a factor the person's that has just shown a code; `step` is a TOTP code's own.

    The addresses known until now are told, one that is being replaced as well.
    """
    method = _method(asked)
    notice = letters.factor_added_notice(method, core.settings.public_url)
    tell(core, store, who.person, notice, who.now)
    _withdraw(core, store, who, method)
    factor = add_factor(
        core,
        store,
        person_id=who.person.id,
        tenant_id=who.person.tenant_id,
        method=method,
        secret=asked.payload["secret" if method == "totp" else "to"],
        now=who.now,
    )
    if method == "totp":
        use_step(store, factor, step)
    if method in enrolment.STRONG:
        end_enrolments(store, who, but=row.id, complete=TABLE[method].changes == "all")


def set_password(core: Core, store: Session, who: Signed, asked: Asked) -> None:
    """Make a hash the person's password; all their other sessions end (ASVS 7.4.3)."""
    tell(core, store, who.person, letters.password_notice(core.settings.public_url), who.now)
    who.person.password_hash = asked.payload["hash"]
    who.person.password_changed_at = who.now
    # A sign-in with the old password that waits for its code comes to nothing.
    store.execute(
        update(ChallengeRow)
        .where(ChallengeRow.person_id == who.person.id, ChallengeRow.state == "open")
        .values(state="void")
    )
    for other in live_sessions_of(store, who.person.id, who.now):
        if other.id != who.session.id:
            end_session(core, store, other, who.now)
            record(core, store, Tag.SESSION_REVOKED, other, who.now, "password_changed")
    void_links_of(core, store, who.person.id, who.now)
    recovery.void_open(core, store, who.person.id, who.now)


def remove(core: Core, store: Session, who: Signed, asked: Asked) -> None:
    """Remove a factor; its own address is told too. Raises as `removable` does."""
    if asked.payload["method"] == identities.METHOD:
        linking.unlink(core, store, who, asked.payload["ref"])
        return
    factor = removable(core, store, who, asked.payload["ref"])
    notice = letters.factor_removed_notice(factor.method, core.settings.public_url)
    tell(core, store, who.person, notice, who.now)
    _withdraw(core, store, who, factor.method)
    store.execute(delete(AuthenticatorRow).where(AuthenticatorRow.id == factor.id))


def _withdraw(core: Core, store: Session, who: Signed, method: str) -> None:
    """Make worthless what was sent to a number or address, or asked of an app, that goes."""
    store.execute(
        update(ChallengeRow)
        .where(
            ChallengeRow.person_id == who.person.id,
            ChallengeRow.method == method,
            ChallengeRow.state == "open",
        )
        .values(state="void")
        .execution_options(synchronize_session="fetch")
    )
    if method == TEXTED:
        _end_texts(core, store, who)
    if method == "email":
        recovery.void_open(core, store, who.person.id, who.now, "address_changed")


def _end_texts(core: Core, store: Session, who: Signed) -> None:
    """End what is said by text from a number that goes: it may be in other hands already."""
    for row in live_sessions_of(store, who.person.id, who.now):
        if row.channel == TEXTED:
            end_session(core, store, row, who.now)
            record(core, store, Tag.SESSION_REVOKED, row, who.now, "number_removed")
    void_links_of(core, store, who.person.id, who.now)


def _method(asked: Asked) -> Method:
    return enrolment.METHOD_OF[asked.kind]
