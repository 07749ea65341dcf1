"""A person's factors: where their secrets are, and what limits guessing at them."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from datetime import datetime
from typing import Any, cast

from sqlalchemy import CursorResult, bindparam, delete, func, select, update
from sqlalchemy.orm import Session

from security.adapters.account_tables import RecoveryCodeRow
from security.adapters.prepared import by_key, compare_and_set
from security.adapters.tables import AuthenticatorRow, TenantRow
from security.challenges import codes, rules
from security.challenges.methods import TABLE
from security.core import Core
from security.model import Method
from security.services import identities
from security.vault.envelope import CannotOpen

_TRIED = 100

_FACTOR = (
    select(AuthenticatorRow)
    .where(
        AuthenticatorRow.person_id == bindparam("person"),
        AuthenticatorRow.method == bindparam("method"),
    )
    .limit(1)
)
# What was read before the lock was there is read again.
_LOCKED = _FACTOR.with_for_update().execution_options(populate_existing=True)
# Built once, because every proof asks.
_ENROLLED = (
    select(AuthenticatorRow.method, TenantRow.methods_off)
    .join(TenantRow, TenantRow.id == AuthenticatorRow.tenant_id)
    .where(AuthenticatorRow.person_id == bindparam("person"))
)


def secret_of(factor: AuthenticatorRow) -> str:
    """Return a factor's secret: a TOTP key, a number or an address."""
    return factor.secret_sealed.decode()


def check_key(store: Session) -> None:
    """Open a sealed factor. Raises `ValueError` where no key of this ring has sealed any.

    One of somebody who was erased, in a database that is older than that, does not open.
    """
    factors = store.scalars(select(AuthenticatorRow).limit(_TRIED)).all()
    if factors and not any(map(_opens, factors)):
        raise ValueError(
            "the key ring is not the one that this database was sealed with: put it back"
        )


def _opens(factor: AuthenticatorRow) -> bool:
    try:
        secret_of(factor)
    except CannotOpen:
        return False
    return True


def usable_methods(
    core: Core, store: Session, person_id: str, allows: Iterable[str]
) -> list[Method]:
    """Return those of `allows` that the person has and that can be used at all, in their order.

    The one place where an organisation's own choice of methods counts: whatever offers a method,
    or takes an answer by it, asks here.
    """
    wanted, enrolled = set(allows), _enrolled(store, person_id)
    if identities.METHOD in wanted and _has_provider(core, store, person_id):
        enrolled.add(identities.METHOD)
    if "recovery" in enrolled and recovery_codes_left(store, person_id) == 0:
        enrolled.remove("recovery")
    return [
        method
        for method, worth in TABLE.items()
        if method in enrolled
        and method in wanted
        and (worth.sent_over is None or worth.sent_over in core.channels)
    ]


def _enrolled(store: Session, person_id: str) -> set[str]:
    """Return the methods that a person has, without those that their organisation does without."""
    there = store.execute(_ENROLLED, {"person": person_id})
    return {method for method, off in there if method not in off}


def _has_provider(core: Core, store: Session, person_id: str) -> bool:
    """Tell whether a person may prove with two factors at their organisation who they are."""
    there = identities.for_step_up(core, store, person_id)
    return any(not is_off(store, one.tenant, identities.METHOD) for one in there)


def is_off(store: Session, tenant_id: str, method: str) -> bool:
    """Tell whether an organisation does without this method."""
    return method in by_key(store, TenantRow, tenant_id).methods_off


def how_many(store: Session, person_id: str, method: str) -> int:
    """Return how many factors of one method a person has."""
    query = select(func.count()).where(
        AuthenticatorRow.person_id == person_id, AuthenticatorRow.method == method
    )
    return store.scalars(query).one()


def has_factor(store: Session, person_id: str) -> bool:
    """Tell whether a person has any factor but the password, usable or not."""
    query = select(AuthenticatorRow.id).where(AuthenticatorRow.person_id == person_id)
    return store.scalars(query.limit(1)).one_or_none() is not None


def factor_by_method(
    store: Session, person_id: str, method: str, lock: bool = False
) -> AuthenticatorRow | None:
    """Return a person's factor, or None; `lock` keeps others off it until this transaction ends."""
    wanted = {"person": person_id, "method": method}
    return store.scalars(_LOCKED if lock else _FACTOR, wanted).one_or_none()


def add_factor(
    core: Core,
    store: Session,
    *,
    person_id: str,
    tenant_id: str,
    method: str,
    secret: str,
    now: datetime,
) -> AuthenticatorRow:
    """Add a factor; one of the same method is replaced."""
    store.execute(
        delete(AuthenticatorRow).where(
            AuthenticatorRow.person_id == person_id, AuthenticatorRow.method == method
        )
    )
    factor = AuthenticatorRow(
        id=secrets.token_urlsafe(16),
        tenant_id=tenant_id,
        person_id=person_id,
        method=method,
        secret_sealed=secret.encode(),
        added_at=now,
    )
    store.add(factor)
    store.flush()
    return factor


def guesses_of(factor: AuthenticatorRow) -> rules.Guesses:
    """Return what is known of the guesses at a factor."""
    return rules.Guesses(factor.failures, factor.pauses, factor.paused_until)


def remember(factor: AuthenticatorRow, guesses: rules.Guesses) -> None:
    """Keep what is known of the guesses at a factor."""
    factor.failures = guesses.failures
    factor.pauses = guesses.pauses
    factor.paused_until = guesses.paused_until


def use_step(store: Session, factor: AuthenticatorRow, step: int) -> bool:
    """Mark a time step as used by compare-and-set: each works once (ASVS 6.5.1)."""
    last = factor.last_step
    return step > last and compare_and_set(store, factor, {"last_step": last}, {"last_step": step})


def recovery_codes_left(store: Session, person_id: str) -> int:
    """Return how many recovery codes of a person have not been used."""
    query = select(func.count()).where(
        RecoveryCodeRow.person_id == person_id, RecoveryCodeRow.used_at.is_(None)
    )
    return store.scalars(query).one()


def use_recovery_code(core: Core, store: Session, person_id: str, code: str, now: datetime) -> bool:
    """Use a recovery code by compare-and-set: each works once."""
    typed = codes.typed_recovery_code(code)
    if typed is None:
        return False
    done = store.execute(
        update(RecoveryCodeRow)
        .where(
            RecoveryCodeRow.person_id == person_id,
            RecoveryCodeRow.code_hash == core.keys.code_hash("recovery", person_id, typed),
            RecoveryCodeRow.used_at.is_(None),
        )
        .values(used_at=now)
    )
    return cast("CursorResult[Any]", done).rowcount == 1
