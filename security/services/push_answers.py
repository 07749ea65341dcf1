"""What a person's device may do: ask what waits for it, and answer. It has no session.

Its own key is its credential. It is told what is approved, and never the number: that stands on
the screen which wants the proof, and whoever looks at that screen types it here.
"""

from __future__ import annotations

import hmac
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from security.adapters import audit_log
from security.adapters.prepared import by_column, compare_and_set
from security.adapters.push_tables import PushRow
from security.adapters.tables import (
    AuthenticatorRow,
    ChallengeRow,
    PersonRow,
    SessionRow,
    TenantRow,
)
from security.adapters.tenancy import across_tenants, bind_tenant
from security.audit.record import AuditEvent, Tag
from security.challenges import pushes
from security.core import Core
from security.errors import Refused
from security.push_json import AnswerPush, AskWaiting, PushSettled, WaitingPush
from security.services import arrive, letters, push_devices, pushing
from security.services.approved import shown_of
from security.services.challenges import OPEN, VOID, record
from security.services.ending import hold
from security.services.factors import guesses_of, is_off
from security.services.push_devices import Device
from security.services.telling import tell
from security.sessions import hash_of


class Pushes:
    """The calls of devices."""

    def __init__(self, core: Core) -> None:
        self._core = core

    async def waiting(self, asked: AskWaiting) -> list[WaitingPush]:
        """Return what waits for a device: pushes get lost. Raises `device_refused`."""

        def work(store: Session) -> list[WaitingPush]:
            now = self._core.clock()
            device, _ = self._known(store, asked.key, now)
            text = pushes.waiting_text(asked.at)
            if not pushes.is_signed(asked.key, asked.signature, text):
                raise self._stranger(store, now, "wrong_signature")
            if not pushes.is_now(asked.at, now):
                raise self._stranger(store, now, "wrong_moment")
            query = (
                select(PushRow, ChallengeRow)
                .join(ChallengeRow, ChallengeRow.id == PushRow.challenge_id)
                .where(
                    PushRow.person_id == device.row.person_id,
                    PushRow.state == pushing.OPEN,
                    PushRow.expires_at > now,
                    ChallengeRow.state == OPEN,
                )
                .order_by(PushRow.created_at.desc())
            )
            found = [
                (push, challenge)
                for push, challenge in store.execute(query)
                if self._may_answer(store, device, challenge)
            ]
            return [self._told(store, push, challenge, now) for push, challenge in found]

        return await self._core.database.run(work)

    async def answer(self, asked: AnswerPush) -> PushSettled:
        """Take an answer: once, whatever arrives at once.

        Raises `Refused`: `device_refused`, `unknown_push` for one that is not this person's,
        `expired` for one that is over, `wrong_number` with `attempts_left`.
        """

        def work(store: Session) -> PushSettled:
            now = self._core.clock()
            device, person = self._known(store, asked.key, now)
            push, challenge = self._open(store, device, asked, now)
            if asked.decision == "refuse":
                return self._refuse(store, push, challenge, device, person, now)
            right = hmac.compare_digest(pushing.number_of(self._core, push), asked.number or "")
            if not right:
                raise self._wrong(store, push, challenge, now)
            decided = {"state": pushing.APPROVED, "answered_by": device.row.id}
            if not compare_and_set(store, push, {"state": pushing.OPEN}, decided):
                raise self._over(store, challenge, now)
            record(self._core, store, Tag.PUSH_APPROVED, challenge, now)
            return PushSettled(status="approved")

        return await self._core.database.run(work)

    def _known(self, store: Session, key: str, now: datetime) -> tuple[Device, PersonRow]:
        """Return a device and its person, both locked. Raises `device_refused`."""
        with across_tenants(store, "a device is found by its key"):
            found = by_column(store, AuthenticatorRow, credential_hash=hash_of(key))
        bind_tenant(store, found.tenant_id if found is not None else None)
        # The person before everything else, as everywhere.
        person = hold(store, found.person_id) if found is not None else None
        device = push_devices.device_of(self._core, store, key)
        if device is None or person is None or person.disabled_at is not None:
            raise self._stranger(store, now, "unknown_device")
        if is_off(store, person.tenant_id, push_devices.METHOD):
            raise self._stranger(store, now, "method_off")
        return device, person

    def _open(
        self, store: Session, device: Device, asked: AnswerPush, now: datetime
    ) -> tuple[PushRow, ChallengeRow]:
        """Return what is answered, locked. Raises `Refused` as `answer` does."""
        push = by_column(store, PushRow, id=asked.push_id)
        if push is None or push.person_id != device.row.person_id:
            raise self._stranger(store, now, "foreign_push", "unknown_push")
        challenge = by_column(store, ChallengeRow, lock=True, id=push.challenge_id)
        push = by_column(store, PushRow, lock=True, id=asked.push_id)
        if push is None or challenge is None or not self._may_answer(store, device, challenge):
            raise self._stranger(store, now, "foreign_push", "unknown_push")
        shown = shown_of(challenge)
        text = pushes.answer_text(
            push.id,
            pushing.signed_challenge(self._core, push, challenge),
            pushes.digest_of_shown(shown.binding, ((d.label, d.value) for d in shown.details)),
            asked.decision,
            asked.number or "",
        )
        if not pushes.is_signed(asked.key, asked.signature, text):
            raise self._stranger(store, now, "wrong_signature")
        is_open = push.state == pushing.OPEN and challenge.state == OPEN
        if not is_open or now >= push.expires_at or now >= challenge.expires_at:
            raise self._over(store, challenge, now)
        return push, challenge

    def _may_answer(self, store: Session, device: Device, challenge: ChallengeRow) -> bool:
        """Tell whether a device is one that was asked: not the browser that shows the number."""
        with across_tenants(store, "who signs in may come from another organisation's page"):
            session = store.get(SessionRow, challenge.session_id)
        # nosemgrep: compare-in-constant-time - both are kept here; nobody is told how they differ.
        same = session is not None and device.browser == session.device_hash
        return session is not None and (device.browser is None or not same)

    def _told(
        self, store: Session, push: PushRow, challenge: ChallengeRow, now: datetime
    ) -> WaitingPush:
        shown = shown_of(challenge)
        return WaitingPush(
            id=push.id,
            binding=shown.binding,
            details=[[each.label, each.value] for each in shown.details],
            challenge=pushing.signed_challenge(self._core, push, challenge),
            tenant=store.get_one(TenantRow, challenge.tenant_id).name,
            expires_in=max(0, int((push.expires_at - now).total_seconds())),
            attempts_left=push.guesses_left,
        )

    def _refuse(
        self,
        store: Session,
        push: PushRow,
        challenge: ChallengeRow,
        device: Device,
        person: PersonRow,
        now: datetime,
    ) -> PushSettled:
        """Somebody else is at it: no push goes on, in any session, and none follows for a while."""
        decided = {"state": pushing.REFUSED, "answered_by": device.row.id}
        if not compare_and_set(store, push, {"state": pushing.OPEN}, decided):
            raise self._over(store, challenge, now)
        self._end(store, challenge, now)
        pushing.void_all(store, person.id)
        after = pushes.paused(guesses_of(device.row), now)
        push_devices.remember_all(store, person.id, after)
        record(self._core, store, Tag.PUSH_DENIED, challenge, now, "not_me")
        shown = shown_of(challenge)
        notice = letters.push_denied_notice(
            device.name, shown.binding, self._core.settings.public_url
        )
        tell(self._core, store, person, notice, now)
        return PushSettled(status="refused")

    def _wrong(
        self, store: Session, push: PushRow, challenge: ChallengeRow, now: datetime
    ) -> Refused:
        push.guesses_left = max(0, push.guesses_left - 1)
        if push.guesses_left > 0:
            record(self._core, store, Tag.CHALLENGE_FAILED, challenge, now, "wrong_number")
            return Refused("wrong_number", attempts_left=push.guesses_left)
        push.state = pushing.VOID
        self._end(store, challenge, now)
        record(self._core, store, Tag.CHALLENGE_LOCKED, challenge, now, "too_many_guesses")
        return Refused("expired")

    def _end(self, store: Session, challenge: ChallengeRow, now: datetime) -> None:
        challenge.state = VOID
        session = store.get_one(SessionRow, challenge.session_id)
        arrive.void_waiting_for(self._core, store, session, challenge, now)

    def _over(self, store: Session, challenge: ChallengeRow, now: datetime) -> Refused:
        record(self._core, store, Tag.CHALLENGE_REFUSED, challenge, now, "not_open")
        return Refused("expired")

    def _stranger(
        self, store: Session, now: datetime, why: str, code: str = "device_refused"
    ) -> Refused:
        """Put a refusal on the trail: it names nobody, for nobody has proved to be anybody."""
        event = AuditEvent(tag=Tag.PUSH_REFUSED, reason=why)
        audit_log.append(store.connection(), event, now)
        return Refused(code)
