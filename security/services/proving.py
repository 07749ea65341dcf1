"""What a browser may do with a challenge of its session: look, choose, cancel, answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from sqlalchemy.orm import Session

from security.adapters.prepared import by_column
from security.adapters.tables import AuthenticatorRow, ChallengeRow, SessionRow
from security.adapters.tenancy import across_tenants, bind_tenant
from security.audit.record import Tag
from security.challenges import rules
from security.challenges.methods import TABLE
from security.core import Core
from security.errors import Refused
from security.model import ChallengePassed, ChallengeView, Method
from security.services import (
    arrive,
    by_passkey,
    by_push,
    challenges,
    entering,
    guessing,
    pushing,
    releasing,
)
from security.services.challenge_records import follow
from security.services.challenges import LOCKED, VOID, locked, record, view
from security.services.factors import guesses_of, remember
from security.services.guessing import Reserved
from security.services.holder import held_session, live_session
from security.services.identities import METHOD as SSO
from security.services.open_challenges import find_open
from security.services.own_sessions import note_sign_in
from security.services.passkeys import METHOD as PASSKEY
from security.services.passkeys import Proof, hold_owner, is_passkey, kind_of
from security.services.push_devices import METHOD as PUSH
from security.services.resending import may_send
from security.services.session_rows import state_of
from security.sessions import is_live
from security.unlocking import CHANNEL
from security.verifying import Verdict

_PROVED_BY: Mapping[str, str] = {PASSKEY: "public-key", PUSH: "push", SSO: "a provider's word"}
"""What answers a challenge, where it is no code; a provider's word comes by another way."""


class Challenges:
    """The challenges of a session's holder."""

    def __init__(self, core: Core) -> None:
        self._core = core

    async def look(self, session_id: str, challenge_id: str) -> ChallengeView:
        """Describe a challenge. Raises `Refused`: `unknown_challenge`, `expired`."""

        def work(store: Session) -> ChallengeView:
            now = self._core.clock()
            session, _ = live_session(self._core, store, session_id, now)
            row = find_open(self._core, store, session, challenge_id, now, lock=False)
            return view(self._core, store, row, now)

        return await self._core.database.run(work)

    async def send(
        self, session_id: str, csrf_token: str, challenge_id: str, method: Method, address: str
    ) -> ChallengeView:
        """Choose a method; for one that sends codes, a new code is on its way.

        Raises `Refused`: `unknown_method`, `locked`, `too_many_codes`, `expired`.
        """

        def work(store: Session) -> ChallengeView:
            now = self._core.clock()
            session, _ = held_session(self._core, store, session_id, csrf_token, now)
            if method == PUSH:
                pushing.hold_person(store, session, challenge_id)
            row = find_open(self._core, store, session, challenge_id, now)
            person_id, allows = row.person_id, row.allows
            known = challenges.usable_here(self._core, store, session, person_id, allows)
            if method not in known or not row.person_id:
                record(self._core, store, Tag.CHALLENGE_REFUSED, row, now, "unknown_method")
                raise Refused("unknown_method")
            if method == PUSH:
                may_send(self._core, store, row, method, now)
                pushing.push(self._core, store, row, address, now)
            elif TABLE[method].sent_over is None:
                pushing.void(store, row)
                row.method, row.code_hash, row.message_id = method, None, None
            else:
                may_send(self._core, store, row, method, now)
                pushing.void(store, row)
                challenges.send_code(self._core, store, row, method, address, now)
            store.flush()
            return view(self._core, store, row, now)

        return await self._core.database.run(work)

    async def cancel(self, session_id: str, csrf_token: str, challenge_id: str) -> None:
        """Not me, or not now: the challenge and what waits for it are void."""

        def work(store: Session) -> None:
            now = self._core.clock()
            session, _ = held_session(self._core, store, session_id, csrf_token, now)
            row = find_open(self._core, store, session, challenge_id, now)
            row.state = VOID
            arrive.void_waiting_for(self._core, store, session, row, now)
            record(self._core, store, Tag.CHALLENGE_CANCELLED, row, now)

        await self._core.database.run(work)

    async def answer(
        self,
        session_id: str,
        csrf_token: str,
        challenge_id: str,
        proof: Proof,
        panel: Mapping[str, str] | None = None,
    ) -> ChallengePassed:
        """Answer with a code or a passkey: at most one answer passes, whatever arrives at once.

        Raises `Refused`: `wrong_code` or `passkey_refused` with `attempts_left`, `expired`,
        `unknown_challenge`, `locked` with `retry_after_seconds`, `unknown_method` for a code where
        a passkey is asked for and the other way round; `code_unchecked` where the service that
        keeps a code does not tell; where something is to be typed beside it, `entry_required`,
        `entry_invalid` or `entry_guessable` with its `field`, before the proof is looked at.
        """
        typed = panel or {}

        def work(store: Session) -> ChallengePassed | Reserved:
            now = self._core.clock()
            session, _ = held_session(self._core, store, session_id, csrf_token, now)
            # The person before the challenge, as everywhere.
            held = hold_owner(store, proof) if is_passkey(proof) else None
            if kind_of(proof) == _PROVED_BY[PUSH]:
                pushing.hold_person(store, session, challenge_id)
            row = find_open(self._core, store, session, challenge_id, now)
            follow(store, row, held)
            guess = guessing.reserve(self._core, store, row, proof, now)
            if guess is not None:
                return guess
            wanted = self._pass(store, session, row, proof, typed, now)
            passed = arrive.after_proof(self._core, store, session, row, now, held)
            if passed.resume:
                entering.hold(self._core, wanted, typed, now)
            return passed

        done = await self._core.database.run(work)
        if isinstance(done, ChallengePassed):
            return done
        verdict = await guessing.ask(self._core.verifier, done)
        return await self._core.database.run(lambda store: self._settled(store, done, verdict))

    def unlock(
        self, store: Session, session: SessionRow, challenge_id: str, code: str, now: datetime
    ) -> bool:
        """Answer with a code that came by text, in the caller's transaction.

        The session stays what it is; tells whether what it was asked for may run now. Raises
        `Refused` like `answer`.
        """
        row = find_open(self._core, store, session, challenge_id, now)
        self._pass(store, session, row, code, {}, now)
        return releasing.release(self._core, store, session, row, now)

    def _settled(self, store: Session, guess: Reserved, verdict: Verdict) -> ChallengePassed:
        """Let a service's verdict count, where challenge and session still are what they were.

        No cookie is presented again: it may have been replaced while the service was asked.
        """
        now = self._core.clock()
        with across_tenants(store, "session and challenge of a guess that was kept meanwhile"):
            session = store.get_one(SessionRow, guess.session_id)
            row = by_column(store, ChallengeRow, lock=True, id=guess.challenge_id)
        bind_tenant(store, session.tenant_id)
        if row is None or not is_live(state_of(session), now):
            raise Refused("session_expired")
        follow(store, row)
        factor = guessing.settle(self._core, store, row, guess, now)
        find_open(self._core, store, session, row.id, now)
        if verdict is Verdict.UNKNOWN:
            raise guessing.unchecked(self._core, store, row, now)
        if verdict is not Verdict.RIGHT or not challenges.close_once(store, row):
            raise self._wrong(store, session, row, factor, now)
        remember(factor, rules.after_right())
        record(self._core, store, Tag.CHALLENGE_PASSED, row, now)
        return arrive.after_proof(self._core, store, session, row, now)

    def _pass(
        self,
        store: Session,
        session: SessionRow,
        row: ChallengeRow,
        proof: Proof,
        typed: Mapping[str, str],
        now: datetime,
    ) -> entering.Wanted:
        """Close a challenge with what is right for it, once; raises `Refused`."""
        if kind_of(proof) != _PROVED_BY.get(row.method, "code"):
            record(self._core, store, Tag.CHALLENGE_REFUSED, row, now, "unknown_method")
            raise Refused("unknown_method")
        if not isinstance(proof, str):
            wanted = self._checked_panel(store, session, row, typed, now)
            if row.method == PASSKEY:
                by_passkey.close(self._core, store, session, row, proof, now)
            else:
                by_push.close(self._core, store, row, now)
            return wanted
        return self._pass_code(store, session, row, proof, typed, now)

    def _pass_code(
        self,
        store: Session,
        session: SessionRow,
        row: ChallengeRow,
        code: str,
        typed: Mapping[str, str],
        now: datetime,
    ) -> entering.Wanted:
        factor = guessing.guessable(self._core, store, row, now)
        wanted = self._checked_panel(store, session, row, typed, now)
        right = guessing.is_right(self._core, store, row, factor, code, now)
        if not right or not challenges.close_once(store, row):
            raise self._wrong(store, session, row, factor, now)
        remember(factor, rules.after_right())
        record(self._core, store, Tag.CHALLENGE_PASSED, row, now)
        return wanted

    def _checked_panel(
        self,
        store: Session,
        session: SessionRow,
        row: ChallengeRow,
        typed: Mapping[str, str],
        now: datetime,
    ) -> entering.Wanted:
        """Return what is to be typed beside the code, once it has been; no guess is counted."""
        wanted = entering.wanted_by(self._core, store.connection(), row)
        try:
            wanted.check(typed, session.channel)
        except Refused as refused:
            record(self._core, store, Tag.CHALLENGE_REFUSED, row, now, refused.code)
            raise
        return wanted

    def _wrong(
        self,
        store: Session,
        session: SessionRow,
        row: ChallengeRow,
        factor: AuthenticatorRow,
        now: datetime,
    ) -> Refused:
        after = guesses_of(factor)
        if session.channel != CHANNEL:  # Whoever forges a number must not lock its person out.
            after = rules.after_wrong(after, now)
            remember(factor, after)
        row.attempts_left = max(0, row.attempts_left - 1)
        if row.purpose == "sign_in":
            note_sign_in(self._core, store, session, row.person_id, "failed", row.method, now)
        if after.is_paused(now) or row.attempts_left == 0:
            row.state = LOCKED
            arrive.void_waiting_for(self._core, store, session, row, now)
            paused = after if after.is_paused(now) else replace(after, paused_until=row.expires_at)
            record(self._core, store, Tag.CHALLENGE_LOCKED, row, now, "too_many_guesses")
            return locked(paused, now)
        record(self._core, store, Tag.CHALLENGE_FAILED, row, now, "wrong_code")
        return Refused("wrong_code", attempts_left=min(row.attempts_left, after.left()))
