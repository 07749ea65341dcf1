"""A person's factors: where their secrets are, and what limits guessing at them."""

from __future__ import annotations

from typing import Any, cast

from sqlalchemy import CursorResult, select, update
from sqlalchemy.orm import Session

from security.adapters.tables import AuthenticatorRow, ChallengeRow
from security.challenges import rules
from security.errors import Refused
from security.model import Method
from security.vault.envelope import CannotOpen, Place, Vault


def secret_place(factor: AuthenticatorRow) -> Place:
    """Return where a factor's secret is sealed: with its person, so that it opens for no other."""
    row = f"{factor.person_id}/{factor.id}"
    return Place("authenticators", "secret", row, factor.tenant_id)


def check_key(vault: Vault, store: Session) -> None:
    """Open one sealed factor. Raises `ValueError` where another key has sealed it."""
    factor = store.scalars(select(AuthenticatorRow).limit(1)).one_or_none()
    if factor is None:
        return
    try:
        vault.open(factor.secret_sealed, secret_place(factor))
    except CannotOpen:
        why = "keys/master.key is not the key that this database was sealed with: put it back"
        raise ValueError(why) from None


def methods_of(store: Session, person_id: str) -> list[Method]:
    """List the methods that a person has enrolled."""
    query = select(AuthenticatorRow.method).where(AuthenticatorRow.person_id == person_id)
    return cast("list[Method]", sorted(set(store.scalars(query))))


def factor_of(store: Session, row: ChallengeRow) -> AuthenticatorRow:
    """Return the factor that a challenge asks for. Raises `unknown_method` where it is gone."""
    query = select(AuthenticatorRow).where(
        AuthenticatorRow.person_id == row.person_id, AuthenticatorRow.method == row.method
    )
    factor = store.scalars(query.limit(1)).one_or_none()
    if factor is None:
        raise Refused("unknown_method")
    return factor


def remember(factor: AuthenticatorRow, guesses: rules.Guesses) -> None:
    """Keep what is known of the guesses at a factor."""
    factor.failures = guesses.failures
    factor.pauses = guesses.pauses
    factor.paused_until = guesses.paused_until


def use_step(store: Session, factor: AuthenticatorRow, step: int) -> bool:
    """Mark a time step as used by compare-and-set: each works once (ASVS 6.5.1)."""
    done = store.execute(
        update(AuthenticatorRow)
        .where(AuthenticatorRow.id == factor.id, AuthenticatorRow.last_step < step)
        .values(last_step=step)
        .execution_options(synchronize_session="fetch")
    )
    return cast("CursorResult[Any]", done).rowcount == 1
