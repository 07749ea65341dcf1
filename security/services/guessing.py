"""A guess at a code: told right or wrong here, or asked of the service that keeps the code.

What a service is asked about counts as a wrong guess from the moment that the question leaves,
and one is asked about at a time: whatever arrives at once, and wherever the process dies, there
are five. The answer then decides what it was.
"""

from __future__ import annotations

import asyncio
import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlalchemy.orm import Session

from security.adapters.account_tables import MessageRow
from security.adapters.tables import AuthenticatorRow, ChallengeRow
from security.audit.record import Tag
from security.challenges import codes, rules, totp
from security.core import Core
from security.errors import Refused
from security.services.challenges import (
    code_hash,
    factor_of,
    is_kept_by_service,
    locked,
    record,
)
from security.services.factors import (
    factor_by_method,
    guesses_of,
    remember,
    secret_of,
    use_recovery_code,
    use_step,
)
from security.services.passkeys import Proof
from security.verifying import CHECK_SECONDS, Verdict, Verifier

ASKING = timedelta(seconds=2 * CHECK_SECONDS)
"""How long no other guess is taken while a service is asked; nobody waits that long."""

_log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Reserved:
    """One guess that a service is asked about: already counted, not yet decided."""

    challenge_id: str
    session_id: str
    message_id: str
    verification: str
    code: str
    until: datetime
    before: rules.Guesses
    counted: rules.Guesses


def guessable(core: Core, store: Session, row: ChallengeRow, now: datetime) -> AuthenticatorRow:
    """Return the factor that is asked for, locked. Raises `locked` where it is paused."""
    factor = factor_of(store, row, lock=True)
    guesses = guesses_of(factor)
    if guesses.is_paused(now):
        record(core, store, Tag.CHALLENGE_FAILED, row, now, "factor_paused")
        raise locked(guesses, now)
    return factor


def is_right(
    core: Core,
    store: Session,
    row: ChallengeRow,
    factor: AuthenticatorRow,
    code: str,
    now: datetime,
) -> bool:
    """Tell whether the code is right; a TOTP step and a recovery code are used up by it."""
    if row.method == "recovery":
        return use_recovery_code(core, store, row.person_id, code, now)
    if row.method == "totp":
        step = totp.matching_step(secret_of(factor), code, factor.last_step, now)
        return step is not None and use_step(store, factor, step)
    typed = codes.typed_code(code)
    if typed is None or row.code_hash is None:
        return False
    return hmac.compare_digest(code_hash(core, row, typed), row.code_hash)


def reserve(
    core: Core, store: Session, row: ChallengeRow, proof: Proof, now: datetime
) -> Reserved | None:
    """Count a guess of six digits at a code that a service keeps; None where we know ourselves.

    Raises `locked`; and `code_unchecked`, with nothing counted, where another one is being asked
    about, or where the service has not said that it sent anything: no code can be right then.
    """
    code = codes.typed_code(proof) if isinstance(proof, str) else None
    if code is None or not is_kept_by_service(row):
        return None
    factor = guessable(core, store, row, now)
    message = store.get(MessageRow, row.message_id) if row.message_id else None
    is_asking = factor.asking_until is not None and now < factor.asking_until
    if message is None or message.verification is None or is_asking:
        raise unchecked(core, store, row, now)
    before = guesses_of(factor)
    counted = rules.after_wrong(before, now)
    remember(factor, counted)
    factor.asking_until = until = now + ASKING
    row.attempts_left -= 1
    named = (row.id, row.session_id, message.id, message.verification)
    return Reserved(*named, code, until, before, counted)


async def ask(verifier: Verifier | None, guess: Reserved) -> Verdict:
    """Ask the service; whatever goes wrong, nothing is known then."""
    try:
        async with asyncio.timeout(CHECK_SECONDS):
            if verifier is not None:
                return await verifier.check(guess.verification, guess.code)
    except Exception as error:  # Whatever it is, it lets nobody in and is no wrong guess.
        _log.warning("code_not_checked", why=type(error).__name__)
    return Verdict.UNKNOWN


def settle(
    core: Core, store: Session, row: ChallengeRow, guess: Reserved, now: datetime
) -> AuthenticatorRow:
    """Undo what `reserve` counted, and return the factor, locked: the verdict may count now.

    Raises `code_unchecked` where it may not: a newer code has been sent, another method chosen
    or another number enrolled meanwhile, or the answer came so late that the next guess may have
    been taken; the guess stays counted then.
    """
    factor = factor_by_method(store, row.person_id, "sms", lock=True)
    if factor is None or factor.asking_until != guess.until:
        raise unchecked(core, store, row, now)
    factor.asking_until = None
    remember(factor, rules.given_back(guesses_of(factor), guess.before, guess.counted, now))
    row.attempts_left += 1
    if row.message_id != guess.message_id:
        raise unchecked(core, store, row, now)
    return factor


def unchecked(core: Core, store: Session, row: ChallengeRow, now: datetime) -> Refused:
    """Record that a code could not be checked; return the refusal."""
    record(core, store, Tag.CHALLENGE_REFUSED, row, now, "code_unchecked")
    return Refused("code_unchecked")
