"""A stand-in for security's part about a person's own account."""

from __future__ import annotations

from security.errors import Refused
from security.model import (
    Authenticator,
    Authenticators,
    ChallengeView,
    Change,
    ChangeKind,
    Export,
    ExportState,
    LiveSession,
    PastSignIn,
    Proof,
    PushOffer,
    PushSettled,
    Sent,
    SessionGrant,
    ShownPasskey,
    TotpOffer,
    WaitingPush,
)
from security.push_json import AnswerPush, AskWaiting, ShownDevice
from tests.gateway.recorder import CSRF, SIGNED_IN, Recorder

OWN = "own-1"
CHANGE = "change-1"
AT = "2026-11-20T10:00:00Z"
TOTP_SECRET = "JBSWY3DPEHPK3PXP"
A_RECOVERY_CODE = "abcd-efgh-ijkl"
OFFER = TotpOffer(
    secret=TOTP_SECRET, uri=f"otpauth://totp/alice?secret={TOTP_SECRET}", qr="101\n010"
)
SHOWN = {
    "id": "AAAA",
    "rawId": "AAAA",
    "type": "public-key",
    "response": {"clientDataJSON": "e30", "authenticatorData": "AAAA", "signature": "AAAA"},
}
"""What a browser sends of a passkey, as far as its form goes."""
BY_PASSKEY = ChallengeView(
    id="challenge-2",
    purpose="sign_in",
    method="passkey",
    methods=["passkey"],
    binding="Sign in",
    passkey={"challenge": "AAAA", "rpId": "localhost"},
    expires_in=300,
    attempts_left=5,
)
SENT = [
    Sent(at=AT, channel="sms", to="+15550100001", text="287082"),
    Sent(at=AT, channel="email", to="alice@example.org", text="287082"),
]


KEY = "A" * 87
SIGNATURE = "A" * 86
DEVICE = {"type": "push-device", "key": KEY, "signature": SIGNATURE}
"""What a browser shows of itself as a device, as far as its form goes."""
PUSH = "push-1"
NUMBER = "42"
WAITS = WaitingPush(
    id=PUSH,
    binding="Sign in to Northwind Bank",
    details=[],
    challenge="0" * 64,
    tenant="Northwind Bank",
    expires_in=300,
    attempts_left=3,
)


class FakeAccount(Recorder):
    """One factor, one other session, one change; `done` codes are shown with it."""

    async def reauthenticate(
        self, session_id: str, csrf_token: str, password: str, address: str
    ) -> SessionGrant:
        self._called("reauthenticate", (password, address))
        self._held(session_id, csrf_token)
        if password != "correct horse":
            raise Refused("invalid_credentials")
        return SessionGrant(csrf_token=CSRF, session=SIGNED_IN)

    async def own_sessions(self, session_id: str) -> list[LiveSession]:
        self._called("own_sessions")
        self._held(session_id)
        return [
            LiveSession(
                ref=OWN,
                current=True,
                device="Firefox on Linux",
                signed_in_at=AT,
                last_seen_at=AT,
            )
        ]

    async def end_own_session(self, session_id: str, csrf_token: str, ref: str) -> None:
        self._called("end_own_session", ref)
        self._held(session_id, csrf_token)
        if ref not in (OWN, "others"):
            raise Refused("unknown_session")

    async def own_sign_ins(self, session_id: str) -> list[PastSignIn]:
        self._called("own_sign_ins")
        self._held(session_id)
        return [
            PastSignIn(at=AT, device="Firefox on Linux", outcome="passed", method="totp"),
            PastSignIn(at=AT, device="Unknown browser", outcome="failed"),
        ]

    async def sign_in_by_passkey(self, session_id: str, csrf_token: str) -> ChallengeView:
        self._called("sign_in_by_passkey")
        self._held(session_id, csrf_token)
        return BY_PASSKEY

    async def waiting_pushes(self, asked: AskWaiting) -> list[WaitingPush]:
        self._called("waiting_pushes", asked)
        return [WAITS]

    async def answer_push(self, asked: AnswerPush) -> PushSettled:
        self._called("answer_push", asked)
        if asked.push_id != PUSH:
            raise Refused("unknown_push")
        if asked.decision == "approve" and asked.number != NUMBER:
            raise Refused("wrong_number", attempts_left=2)
        return PushSettled(status="approved" if asked.decision == "approve" else "refused")

    async def authenticators(self, session_id: str) -> Authenticators:
        self._called("authenticators")
        self._held(session_id)
        own = Authenticator(ref=OWN, method="sms", hint="•••• 0001", added_at=AT, paused=False)
        return Authenticators(authenticators=[own], recovery_codes_left=8, enrol=False)

    async def ask_for_export(self, session_id: str, csrf_token: str, address: str) -> ExportState:
        self._called("ask_for_export", (address,))
        self._held(session_id, csrf_token)
        return ExportState(state="ready")

    async def export_own_data(self, session_id: str, form: str) -> Export:
        self._called("export_own_data", (form,))
        self._held(session_id)
        media_type = "text/html" if form == "html" else "application/json"
        return Export(name=f"my-data-2026-11-26.{form}", media_type=media_type, content="{}")

    async def list_own_accesses(self, session_id: str, form: str) -> Export:
        self._called("list_own_accesses", (form,))
        self._held(session_id)
        media_type = "text/html" if form == "html" else "application/json"
        return Export(name=f"my-accesses-2026-11-26.{form}", media_type=media_type, content="{}")

    async def begin_change(
        self,
        session_id: str,
        csrf_token: str,
        kind: ChangeKind,
        address: str,
        value: str | None = None,
    ) -> Change:
        self._called("begin_change", (kind, value, address))
        self._held(session_id, csrf_token)
        if kind == "remove" and value != OWN:
            raise Refused("unknown_authenticator")
        if kind == "totp":
            return Change(ref=CHANGE, kind=kind, state="confirm", totp=OFFER)
        if kind == "passkey":
            return Change(ref=CHANGE, kind=kind, state="confirm", passkey={"challenge": "AA"})
        if kind == "push":
            offer = PushOffer(server_key=KEY, challenge="0" * 64, name="Phone")
            return Change(ref=CHANGE, kind=kind, state="confirm", push=offer)
        if kind in ("phone", "email"):
            return Change(ref=CHANGE, kind=kind, state="confirm", destination_hint="•••• 0001")
        codes = [A_RECOVERY_CODE] if kind == "recovery" else None
        return Change(ref=CHANGE, kind=kind, state="done", codes=codes)

    async def go_on_with_change(
        self, session_id: str, csrf_token: str, ref: str, address: str
    ) -> Change:
        self._called("go_on_with_change", (ref, address))
        self._held(session_id, csrf_token)
        self._begun(ref)
        return Change(ref=CHANGE, kind="totp", state="confirm", totp=OFFER)

    async def confirm_change(
        self, session_id: str, csrf_token: str, ref: str, proof: Proof
    ) -> Change:
        self._called("confirm_change", (ref, proof))
        self._held(session_id, csrf_token)
        self._begun(ref)
        if isinstance(proof, ShownDevice):
            return Change(ref=CHANGE, kind="push", state="done")
        if isinstance(proof, ShownPasskey):
            return Change(ref=CHANGE, kind="passkey", state="done")
        if proof != "287082":
            raise Refused("wrong_code", attempts_left=4)
        return Change(ref=CHANGE, kind="totp", state="done")

    def _begun(self, ref: str) -> None:
        if ref != CHANGE:
            raise Refused("unknown_change")

    async def recover(self, tenant: str, username: str, address: str) -> None:
        self._called("recover", (tenant, username, address))

    async def finish_recovery(
        self,
        token: str,
        new_password: str,
        address: str,
        recovery_code: str | None = None,
        lost_factor: bool | None = None,
    ) -> None:
        given = (token, new_password, address, recovery_code, lost_factor)
        self._called("finish_recovery", given)

    async def outbox(self, to: str | None = None) -> list[Sent]:
        self._called("outbox", to)
        return [sent for sent in SENT if to in (None, sent.to)]
