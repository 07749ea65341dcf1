"""What the gateway may ask for an organisation's administrators, and for those they invite."""

from __future__ import annotations

from pydantic import TypeAdapter

from security.administration_model import (
    ActionKind,
    ActionValues,
    AdminAction,
    AdminPeople,
    AdminSession,
    InvitationUsed,
    WaitingAction,
)
from security.calling import OBJECT, Caller, holder

_PEOPLE = TypeAdapter(AdminPeople)
_SESSIONS = TypeAdapter(list[AdminSession])
_WAITING = TypeAdapter(list[WaitingAction])
_ACTION = TypeAdapter(AdminAction)
_USED = TypeAdapter(InvitationUsed)


class AdministrationClient(Caller):
    """The part of `security.client.GatewayClient` behind the page `/admin`.

    Each call but the last refuses `authentication_required`, `forbidden` and `sign_in_too_weak`.
    """

    async def admin_people(
        self, session_id: str, find: str | None = None, after: str | None = None
    ) -> AdminPeople:
        """List people by user name, a page at a time."""
        body = {"session_id": session_id, "find": find, "after": after}
        return await self.ask("/admin/people", _PEOPLE, body)

    async def admin_sessions(self, session_id: str, ref: str) -> list[AdminSession]:
        """List somebody's live sessions. Refuses `unknown_person`."""
        return await self.ask("/admin/sessions", _SESSIONS, {"session_id": session_id, "ref": ref})

    async def admin_waiting(self, session_id: str) -> list[WaitingAction]:
        """List what waits for a second administrator."""
        return await self.ask("/admin/actions", _WAITING, {"session_id": session_id})

    async def begin_admin_action(
        self,
        session_id: str,
        csrf_token: str,
        kind: ActionKind,
        ref: str | None,
        values: ActionValues,
        address: str,
    ) -> AdminAction:
        """Ask for something to be done; the answer is the challenge that is bound to it."""
        body = {
            **holder(session_id, csrf_token),
            "kind": kind,
            "ref": ref,
            "values": values.model_dump(exclude_none=True),
            "address": address,
        }
        return await self.ask("/admin/actions/begin", _ACTION, body)

    async def go_on_with_admin_action(
        self, session_id: str, csrf_token: str, ref: str, address: str
    ) -> AdminAction:
        """Do what has been proved, or let it wait for a second administrator."""
        body = {**holder(session_id, csrf_token), "ref": ref, "address": address}
        return await self.ask("/admin/actions/go-on", _ACTION, body)

    async def approve_admin_action(
        self, session_id: str, csrf_token: str, ref: str, address: str
    ) -> AdminAction:
        """Say yes as the second administrator; the answer is the challenge for that."""
        body = {**holder(session_id, csrf_token), "ref": ref, "address": address}
        return await self.ask("/admin/actions/approve", _ACTION, body)

    async def withdraw_admin_action(self, session_id: str, csrf_token: str, ref: str) -> None:
        """Void what waits. Refuses `unknown_action`, `own_account`."""
        body = {**holder(session_id, csrf_token), "ref": ref}
        await self.ask("/admin/actions/withdraw", OBJECT, body)

    async def finish_invitation(
        self, token: str, new_password: str, address: str
    ) -> InvitationUsed:
        """Set the first password. Refuses `expired`, `weak_password`, `rate_limited`."""
        body = {"token": token, "new_password": new_password, "address": address}
        return await self.ask("/invitations/finish", _USED, body)
