"""What the gateway needs of security about a person's own account."""

from __future__ import annotations

from typing import Protocol

from security.model import (
    Authenticators,
    ChallengeView,
    Change,
    ChangeKind,
    Export,
    ExportState,
    LiveSession,
    PastSignIn,
    Proof,
    Sent,
    SessionGrant,
)


class AccountSecurity(Protocol):
    """The calls of `security.account_client.AccountClient`; each may raise `Refused`."""

    async def sign_in_by_passkey(self, session_id: str, csrf_token: str) -> ChallengeView:
        """Open a challenge that any passkey of this site answers."""
        ...

    async def reauthenticate(
        self, session_id: str, csrf_token: str, password: str, address: str
    ) -> SessionGrant:
        """Check the password again: one change may follow."""
        ...

    async def own_sessions(self, session_id: str) -> list[LiveSession]:
        """List the person's own live sessions."""
        ...

    async def end_own_session(self, session_id: str, csrf_token: str, ref: str) -> None:
        """End one of the person's sessions, or all but this one (`others`)."""
        ...

    async def own_sign_ins(self, session_id: str) -> list[PastSignIn]:
        """List the person's own latest sign-ins."""
        ...

    async def authenticators(self, session_id: str) -> Authenticators:
        """List the person's own factors."""
        ...

    async def ask_for_export(self, session_id: str, csrf_token: str, address: str) -> ExportState:
        """Tell whether a copy of the person's data can be fetched."""
        ...

    async def export_own_data(self, session_id: str, form: str) -> Export:
        """Return a copy of the person's data."""
        ...

    async def list_own_accesses(self, session_id: str, form: str) -> Export:
        """Return the list of who accessed the person's data."""
        ...

    async def begin_change(
        self,
        session_id: str,
        csrf_token: str,
        kind: ChangeKind,
        address: str,
        value: str | None = None,
    ) -> Change:
        """Ask for a change of factors or password."""
        ...

    async def go_on_with_change(
        self, session_id: str, csrf_token: str, ref: str, address: str
    ) -> Change:
        """Take the next step of a proved change."""
        ...

    async def confirm_change(
        self, session_id: str, csrf_token: str, ref: str, proof: Proof
    ) -> Change:
        """Show that the new factor works."""
        ...

    async def recover(self, tenant: str, username: str, address: str) -> None:
        """Begin a recovery; nothing tells whether there is such a person."""
        ...

    async def finish_recovery(
        self,
        token: str,
        new_password: str,
        address: str,
        recovery_code: str | None = None,
        lost_factor: bool | None = None,
    ) -> None:
        """Set a new password."""
        ...

    async def outbox(self, to: str | None = None) -> list[Sent]:
        """List what the demo has sent, newest first."""
        ...
