"""In-memory stand-ins for what the gateway talks to: real rules where a test leans on them."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

from gateway.ports import RasaFailed, RasaHealth
from security.document_model import Document
from security.errors import Refused
from security.model import (
    BotMessage,
    ChallengePassed,
    ChallengeView,
    Event,
    Message,
    Method,
    OfferedChoice,
    OpenTurn,
    PasswordPassed,
    PastMessage,
    Proof,
    Reading,
    SessionGrant,
    Tenant,
    Touches,
    TurnOpened,
    Utterance,
)
from tests.gateway.account_fakes import FakeAccount
from tests.gateway.administration_fakes import FakeAdministration
from tests.gateway.auditing_fakes import FakeAuditing
from tests.gateway.continuing_fakes import FakeLinks
from tests.gateway.demo_fakes import FakeDemo
from tests.gateway.embedded_fakes import FakeEmbedded
from tests.gateway.recorder import ANONYMOUS, CSRF, NEW_CSRF, NEW_SESSION, SESSION, SIGNED_IN
from tests.gateway.sso_fakes import FakeSso
from tests.gateway.text_fakes import FakeTexts

DUE_SESSION = "r" * 43
CHALLENGE = "challenge-1"
CODE = "287082"
PASSWORD = "correct horse"

A_CHALLENGE = ChallengeView(
    id=CHALLENGE,
    purpose="sign_in",
    method="totp",
    methods=["totp"],
    binding="Sign in to Northwind Bank",
    expires_in=300,
    attempts_left=5,
)


def reading(*events: Event, name: str = "name-1", over: Any = None, **more: Any) -> Reading:
    """Return what security says of a stream; it says nothing else for a while."""
    given = {"position": "0", "mark": "mark-1", "again_in": 15.0, **more}
    return Reading(events=list(events), name=name, over=over, **given)


class FakeSecurity(
    FakeTexts,
    FakeLinks,
    FakeEmbedded,
    FakeAccount,
    FakeAdministration,
    FakeAuditing,
    FakeSso,
    FakeDemo,
):
    """One session, one challenge, one turn at a time; every call is kept in `calls`."""

    def __init__(self) -> None:
        super().__init__()
        self.closed: list[tuple[str, list[BotMessage]]] = []
        self.browsers: list[tuple[str, str | None]] = []
        self.resume = False
        self.confirmed: bool | None = None
        self.enrol: bool | None = None
        self.device: str | None = None
        self.rotated: SessionGrant | None = None
        self.due = False
        self.renewed = SessionGrant(session_id=DUE_SESSION, csrf_token=CSRF, session=SIGNED_IN)
        self.answered: list[Message] | None = None
        self.missing: list[str] = []
        self.readings: list[Reading | Refused] = []
        self.touches: asyncio.Queue[list[str] | None] = asyncio.Queue()

    async def tenants(self) -> list[Tenant]:
        self._called("tenants")
        return [Tenant(id="northwind-bank", name="Northwind Bank")]

    async def create_session(
        self, tenant: str | None, address: str, label: str = "", device: str | None = None
    ) -> SessionGrant:
        self._called("create_session", (tenant, address))
        self.browsers.append((label, device))
        if tenant not in (None, "northwind-bank"):
            raise Refused("unknown_tenant")
        return SessionGrant(session_id=SESSION, csrf_token=CSRF, session=ANONYMOUS)

    async def look_at_session(self, session_id: str) -> SessionGrant:
        self._called("look_at_session")
        self._held(session_id)
        return SessionGrant(csrf_token=CSRF, session=ANONYMOUS)

    async def extend_session(self, session_id: str, csrf_token: str) -> SessionGrant:
        self._called("extend_session")
        self._held(session_id, csrf_token)
        return SessionGrant(csrf_token=CSRF, session=SIGNED_IN)

    async def rotate_session(self, session_id: str, csrf_token: str) -> SessionGrant:
        self._called("rotate_session", (session_id, csrf_token))
        return self.renewed

    async def end_session(self, session_id: str, csrf_token: str) -> None:
        self._called("end_session")
        self._held(session_id, csrf_token)

    async def check_password(
        self,
        session_id: str,
        csrf_token: str,
        tenant: str,
        username: str,
        password: str,
        address: str,
    ) -> PasswordPassed:
        self._called("check_password", (tenant, username, password))
        self._held(session_id, csrf_token)
        if password != PASSWORD:
            raise Refused("invalid_credentials")
        return PasswordPassed(challenge=A_CHALLENGE)

    async def look_at_challenge(self, session_id: str, challenge_id: str) -> ChallengeView:
        self._called("look_at_challenge", challenge_id)
        self._held(session_id)
        self._open(challenge_id)
        return A_CHALLENGE

    def _open(self, challenge_id: str) -> None:
        if challenge_id != CHALLENGE:
            raise Refused("unknown_challenge")

    async def send_challenge(
        self, session_id: str, csrf_token: str, challenge_id: str, method: Method, address: str
    ) -> ChallengeView:
        self._called("send_challenge", (method, address))
        self._held(session_id, csrf_token)
        self._open(challenge_id)
        if method != "totp":
            raise Refused("unknown_method")
        return A_CHALLENGE

    async def answer_challenge(
        self,
        session_id: str,
        csrf_token: str,
        challenge_id: str,
        proof: Proof,
        panel: Mapping[str, str] | None = None,
    ) -> ChallengePassed:
        self._called("answer_challenge", (proof, panel) if panel else proof)
        self._held(session_id, csrf_token)
        self._open(challenge_id)
        if proof != CODE and isinstance(proof, str):
            raise Refused("wrong_code", attempts_left=4)
        self.sessions = {**self.sessions, NEW_SESSION: NEW_CSRF}
        grant = SessionGrant(
            session_id=NEW_SESSION, device=self.device, csrf_token=NEW_CSRF, session=SIGNED_IN
        )
        return ChallengePassed(
            grant=grant, resume=self.resume, enrol=self.enrol, confirmed=self.confirmed
        )

    async def cancel_challenge(self, session_id: str, csrf_token: str, challenge_id: str) -> None:
        self._called("cancel_challenge", challenge_id)
        self._held(session_id, csrf_token)
        self._open(challenge_id)

    async def open_turn(
        self,
        session_id: str,
        csrf_token: str,
        *,
        text: str | None = None,
        choice: str | None = None,
        resume: bool | None = None,
        client_id: str | None = None,
    ) -> TurnOpened:
        said = {"text": text, "choice": choice, "resume": resume, "client_id": client_id}
        given = {key: value for key, value in said.items() if value is not None}
        self._called("open_turn", (session_id, given))
        self._held(session_id, csrf_token)
        if choice not in (None, "choice-1"):
            raise Refused("unknown_choice")
        rotate = True if self.due else None
        if self.answered is not None:
            return TurnOpened(answered=self.answered, grant=self.rotated, rotate=rotate)
        utterance = Utterance(text=text, resume=resume or None)
        if choice is not None:
            utterance = Utterance(intent="check_balance", entities={}, title="Balance")
        turn = OpenTurn(
            turn_id="turn-1",
            conversation_id="conversation-1",
            ticket="ticket-1",
            conversation_key="k" * 43,
            utterance=utterance,
        )
        return TurnOpened(turn=turn, grant=self.rotated, rotate=rotate)

    async def close_turn(self, turn_id: str, messages: Sequence[BotMessage]) -> list[Message]:
        self._called("close_turn", turn_id)
        self.closed.append((turn_id, list(messages)))
        return [
            Message(
                text=said.text,
                card=said.card,
                refused=said.refused,
                sign_in=said.sign_in,
                choices=said.choices
                and [OfferedChoice(id="choice-1", title=said.choices[0].title)],
            )
            for said in messages
        ]

    async def open_document(self, session_id: str, link: str) -> Document:
        self._called("open_document", (session_id, link))
        self._held(session_id)
        return Document(
            name="payslip-2026-10.pdf", media_type="application/pdf", content="JVBERg=="
        )

    async def read_events(
        self,
        session_id: str,
        name: str | None = None,
        position: str | None = None,
        mark: str | None = None,
    ) -> Reading:
        self._called("read_events", (name, position, mark))
        self._held(session_id)
        next_one = self.readings.pop(0) if self.readings else reading(over="ended")
        if isinstance(next_one, Refused):
            raise next_one
        return next_one

    async def wait_for_events(self, after: str) -> Touches:
        return Touches(at="now", names=await self.touches.get())

    async def past_messages(self, session_id: str) -> list[PastMessage]:
        self._called("past_messages")
        self._held(session_id)
        return [PastMessage(sender="person", at="2026-11-20T10:00:00Z", text="hello")]

    async def unready(self) -> list[str]:
        return self.missing


class FakeRasa:
    """Says `first_says`, one a turn, then `says`; fails with `fails`, or `fails_once`.

    Waits for `gate` where there is one.
    """

    def __init__(self) -> None:
        self.turns: list[OpenTurn] = []
        self.says: list[BotMessage] = [BotMessage(text="Hello.")]
        self.first_says: list[list[BotMessage]] = []
        self.fails: Exception | None = None
        self.fails_once: Exception | None = None
        self.gate: asyncio.Event | None = None
        self.asked = asyncio.Event()
        self.state = RasaHealth(ready=True, actions=True)

    async def turn(self, turn: OpenTurn) -> list[BotMessage]:
        self.turns.append(turn)
        self.asked.set()
        if self.gate is not None:
            await self.gate.wait()
        once, self.fails_once = self.fails_once, None
        if failure := once or self.fails:
            raise failure
        return self.first_says.pop(0) if self.first_says else self.says

    async def health(self) -> RasaHealth:
        return self.state


NO_ANSWER = RasaFailed(invalid=False)
WRONG_ANSWER = RasaFailed(invalid=True)
