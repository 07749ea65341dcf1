"""What the gateway needs of security for an organisation's administrators."""

from __future__ import annotations

from typing import Protocol

from security.administration_model import (
    ActionKind,
    ActionValues,
    AdminAction,
    AdminPeople,
    AdminSession,
    InvitationUsed,
    WaitingAction,
)


class AdministrationSecurity(Protocol):
    """The calls of `security.administration_client.AdministrationClient`; each may refuse."""

    async def admin_people(
        self, session_id: str, find: str | None = None, after: str | None = None
    ) -> AdminPeople:
        """List people by user name, a page at a time."""
        ...

    async def admin_sessions(self, session_id: str, ref: str) -> list[AdminSession]:
        """List somebody's live sessions."""
        ...

    async def admin_waiting(self, session_id: str) -> list[WaitingAction]:
        """List what waits for a second administrator."""
        ...

    async def begin_admin_action(
        self,
        session_id: str,
        csrf_token: str,
        kind: ActionKind,
        ref: str | None,
        values: ActionValues,
        address: str,
    ) -> AdminAction:
        """Ask for something to be done."""
        ...

    async def go_on_with_admin_action(
        self, session_id: str, csrf_token: str, ref: str, address: str
    ) -> AdminAction:
        """Do what has been proved, or let it wait for a second administrator."""
        ...

    async def approve_admin_action(
        self, session_id: str, csrf_token: str, ref: str, address: str
    ) -> AdminAction:
        """Say yes as the second administrator."""
        ...

    async def withdraw_admin_action(self, session_id: str, csrf_token: str, ref: str) -> None:
        """Void what waits."""
        ...

    async def finish_invitation(
        self, token: str, new_password: str, address: str
    ) -> InvitationUsed:
        """Set the first password."""
        ...
