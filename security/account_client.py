"""What the gateway may ask about a person's own account: sign-ins, factors, recovery."""

from __future__ import annotations

from pydantic import TypeAdapter

from security.calling import OBJECT, Caller, holder
from security.model import (
    Authenticators,
    ChallengeView,
    Change,
    ChangeKind,
    Export,
    ExportState,
    LiveSession,
    PastSignIn,
    Sent,
    SessionGrant,
)
from security.proof import Proof, plain

_GRANT = TypeAdapter(SessionGrant)
_SESSIONS = TypeAdapter(list[LiveSession])
_SIGN_INS = TypeAdapter(list[PastSignIn])
_AUTHENTICATORS = TypeAdapter(Authenticators)
_CHALLENGE = TypeAdapter(ChallengeView)
_CHANGE = TypeAdapter(Change)
_EXPORT = TypeAdapter(Export)
_EXPORT_STATE = TypeAdapter(ExportState)
_COPY_SECONDS = 300.0
"""A copy asks for everything there is, page by page."""
_OUTBOX = TypeAdapter(list[Sent])


class AccountClient(Caller):
    """The part of `security.client.GatewayClient` behind the page `/security`.

    `address` is the client's network address, for limits.
    """

    async def sign_in_by_passkey(self, session_id: str, csrf_token: str) -> ChallengeView:
        """Open a challenge that any passkey of this site answers; nobody is named."""
        return await self.ask("/sign-in/passkey", _CHALLENGE, holder(session_id, csrf_token))

    async def reauthenticate(
        self, session_id: str, csrf_token: str, password: str, address: str
    ) -> SessionGrant:
        """Check the password again: one change may follow. Refuses `invalid_credentials`."""
        body = {**holder(session_id, csrf_token), "password": password, "address": address}
        return await self.ask("/account/reauthenticate", _GRANT, body)

    async def own_sessions(self, session_id: str) -> list[LiveSession]:
        """List the person's own live sessions."""
        return await self.ask("/account/sessions", _SESSIONS, {"session_id": session_id})

    async def end_own_session(self, session_id: str, csrf_token: str, ref: str) -> None:
        """End one of the person's sessions, or all but this one (`others`)."""
        body = {**holder(session_id, csrf_token), "ref": ref}
        await self.ask("/account/sessions/end", OBJECT, body)

    async def own_sign_ins(self, session_id: str) -> list[PastSignIn]:
        """List the person's own latest ten sign-ins, newest first."""
        return await self.ask("/account/sign-ins", _SIGN_INS, {"session_id": session_id})

    async def authenticators(self, session_id: str) -> Authenticators:
        """List the person's own factors."""
        return await self.ask(
            "/account/authenticators", _AUTHENTICATORS, {"session_id": session_id}
        )

    async def ask_for_export(self, session_id: str, csrf_token: str, address: str) -> ExportState:
        """Tell whether a copy can be fetched; refuses `step_up_impossible`."""
        body = {**holder(session_id, csrf_token), "address": address}
        return await self.ask("/data/ask", _EXPORT_STATE, body)

    async def export_own_data(self, session_id: str, form: str) -> Export:
        """Return a copy of the person's data; refuses `step_up_required`."""
        asked = {"session_id": session_id, "form": form}
        return await self.ask("/data/export", _EXPORT, asked, _COPY_SECONDS)

    async def list_own_accesses(self, session_id: str, form: str) -> Export:
        """Return the list of who accessed the person's data; refuses `step_up_required`."""
        asked = {"session_id": session_id, "form": form}
        return await self.ask("/data/accesses", _EXPORT, asked, _COPY_SECONDS)

    async def begin_change(
        self,
        session_id: str,
        csrf_token: str,
        kind: ChangeKind,
        address: str,
        value: str | None = None,
    ) -> Change:
        """Ask for a change; `value` is the number, the address, the new password, or the ref.

        Refuses `reauthentication_required`, `no_way_to_confirm`, `unknown_authenticator`,
        `last_authenticator`, `weak_password` (with `suggestions`), `invalid_address` (with
        `field`), `too_many_codes`.
        """
        given = {"kind": kind, "address": address, "value": value}
        body = {**holder(session_id, csrf_token), **given}
        return await self.ask("/account/changes/begin", _CHANGE, body)

    async def go_on_with_change(
        self, session_id: str, csrf_token: str, ref: str, address: str
    ) -> Change:
        """Take the next step of a proved change. Refuses `unknown_change`, `expired`."""
        body = {**holder(session_id, csrf_token), "ref": ref, "address": address}
        return await self.ask("/account/changes/go-on", _CHANGE, body)

    async def confirm_change(
        self, session_id: str, csrf_token: str, ref: str, proof: Proof
    ) -> Change:
        """Show that the new factor works. Refuses `wrong_code`, `locked`, `expired`."""
        body = {**holder(session_id, csrf_token), "ref": ref, "proof": plain(proof)}
        return await self.ask("/account/changes/confirm", _CHANGE, body)

    async def recover(self, tenant: str, username: str, address: str) -> None:
        """Begin a recovery; nothing tells whether there is such a person."""
        body = {"tenant": tenant, "username": username, "address": address}
        await self.ask("/recovery/begin", OBJECT, body)

    async def finish_recovery(
        self,
        token: str,
        new_password: str,
        address: str,
        recovery_code: str | None = None,
        lost_factor: bool | None = None,
    ) -> None:
        """Set a new password.

        Refuses `recovery_waiting`, `expired`, `wrong_code`, `weak_password`.
        """
        body = {
            "token": token,
            "new_password": new_password,
            "recovery_code": recovery_code,
            "lost_factor": lost_factor,
            "address": address,
        }
        await self.ask("/recovery/finish", OBJECT, body)

    async def outbox(self, to: str | None = None) -> list[Sent]:
        """List what the demo has sent, newest first. Refuses `not_found` outside demo mode."""
        return await self.ask("/demo/outbox", _OUTBOX, {"to": to})
