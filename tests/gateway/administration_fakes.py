"""A stand-in for security's part about an organisation's administrators."""

from __future__ import annotations

from security.administration_model import (
    ActionKind,
    ActionValues,
    AdminAction,
    AdminPeople,
    AdminPerson,
    AdminSession,
    InvitationUsed,
    WaitingAction,
)
from security.errors import Refused
from security.model import ChallengeView, Detail
from tests.gateway.recorder import Recorder

BOB = "Ym9i"
ACTION = "action-1"
AT = "2026-11-20T10:00:00+00:00"
INVITED = "i" * 43
MADE = "abcde-fghjk-mnpqr-stuvw"
CHALLENGE = ChallengeView(
    id="challenge-3",
    purpose="administer",
    method="totp",
    methods=["totp"],
    binding="Disable Bob Lindqvist (bob)",
    expires_in=300,
    attempts_left=5,
)
PERSON = AdminPerson(
    ref=BOB,
    username="bob",
    name="Bob Lindqvist",
    roles=["customer"],
    disabled=False,
    methods=["totp", "sms"],
    paused=["sms"],
    sessions=1,
    last_sign_in=AT,
    me=False,
    second=False,
)
WAITING = WaitingAction(
    ref=ACTION,
    words="Change the roles of Bob Lindqvist (bob)",
    details=[Detail(label="Give", value="admin")],
    asked_by="Adam",
    asked_at=AT,
    expires_at=AT,
    mine=False,
)


class FakeAdministration(Recorder):
    """One person, one action that waits, one link."""

    async def admin_people(
        self, session_id: str, find: str | None = None, after: str | None = None
    ) -> AdminPeople:
        self._called("admin_people", (find, after))
        self._held(session_id)
        return AdminPeople(people=[PERSON], roles=["admin", "customer"], second_admin=True)

    async def admin_sessions(self, session_id: str, ref: str) -> list[AdminSession]:
        self._called("admin_sessions", ref)
        self._held(session_id)
        if ref != BOB:
            raise Refused("unknown_person")
        return [
            AdminSession(
                ref="session-1",
                device="Firefox on Linux",
                channel="web",
                assurance="aal2",
                signed_in_at=AT,
                last_seen_at=AT,
            )
        ]

    async def admin_waiting(self, session_id: str) -> list[WaitingAction]:
        self._called("admin_waiting")
        self._held(session_id)
        return [WAITING]

    async def begin_admin_action(
        self,
        session_id: str,
        csrf_token: str,
        kind: ActionKind,
        ref: str | None,
        values: ActionValues,
        address: str,
    ) -> AdminAction:
        said = values.model_dump(exclude_none=True)
        self._called("begin_admin_action", (kind, ref, said, address))
        self._held(session_id, csrf_token)
        if ref not in (None, BOB):
            raise Refused("unknown_person")
        return AdminAction(ref=ACTION, kind=kind, state="prove", challenge=CHALLENGE)

    async def go_on_with_admin_action(
        self, session_id: str, csrf_token: str, ref: str, address: str
    ) -> AdminAction:
        self._called("go_on_with_admin_action", (ref, address))
        self._held(session_id, csrf_token)
        self._known(ref)
        return AdminAction(ref=ACTION, kind="add", state="done", password=MADE)

    async def approve_admin_action(
        self, session_id: str, csrf_token: str, ref: str, address: str
    ) -> AdminAction:
        self._called("approve_admin_action", (ref, address))
        self._held(session_id, csrf_token)
        self._known(ref)
        return AdminAction(ref=ACTION, kind="approve", state="prove", challenge=CHALLENGE)

    async def withdraw_admin_action(self, session_id: str, csrf_token: str, ref: str) -> None:
        self._called("withdraw_admin_action", ref)
        self._held(session_id, csrf_token)
        self._known(ref)

    async def finish_invitation(
        self, token: str, new_password: str, address: str
    ) -> InvitationUsed:
        self._called("finish_invitation", (token, new_password, address))
        return InvitationUsed(tenant="northwind-bank", name="Northwind Bank", username="zoe")

    def _known(self, ref: str) -> None:
        if ref != ACTION:
            raise Refused("unknown_action")
