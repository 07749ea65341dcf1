"""Somebody at a browser, and the bot that answers them: tests read as what these two do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from security.errors import Refused
from security.model import (
    BotMessage,
    ChallengePassed,
    ChallengeView,
    Message,
    OpenTurn,
    PasswordPassed,
    Proof,
    Resumed,
    SessionGrant,
    TurnOpened,
)
from tests.security.world import World

BALANCE = "banking.list_accounts"
TRANSACTIONS = "banking.list_recent_transactions"


class Visitor:
    """A browser with the cookie and the CSRF token that it was given last."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.address = "192.0.2.1"
        self.cookie = ""
        self.csrf = ""
        self.challenge: ChallengeView | None = None
        self.device: str | None = None

    # Sessions

    async def arrive(self, tenant: str | None = None) -> SessionGrant:
        """Open the page: an anonymous session."""
        return self._keep(
            await self.world.gateway.create_session(
                tenant, self.address, "Firefox on Linux", self.device
            )
        )

    async def look(self) -> SessionGrant:
        """Look at the session."""
        return await self.world.gateway.look_at_session(self.cookie)

    async def extend(self) -> SessionGrant:
        """Ask for more time."""
        return self._keep(await self.world.gateway.extend_session(self.cookie, self.csrf))

    async def sign_out(self) -> None:
        """Sign out."""
        await self.world.gateway.end_session(self.cookie, self.csrf)

    # Proofs

    async def give_password(
        self, username: str, password: str | None = None, tenant: str | None = None
    ) -> PasswordPassed:
        """Type a name and a password: their own, of their own organisation, if none is given."""
        if password is None:
            password = self.world.password_of(username)
        if tenant is None:
            tenant = self.world.person(username).tenant
        passed = await self.world.gateway.check_password(
            self.cookie, self.csrf, tenant, username, password, self.address
        )
        self.challenge = passed.challenge or self.challenge
        if passed.grant is not None:
            self._keep(passed.grant)
        return passed

    async def answer(
        self, proof: Proof, challenge_id: str | None = None, panel: Mapping[str, str] | None = None
    ) -> ChallengePassed:
        """Type a code into the panel, or show a passkey, and what is asked for beside it."""
        held = (self.cookie, self.csrf, challenge_id or self.challenge_id)
        passed = await self.world.gateway.answer_challenge(*held, proof, panel)
        self._keep(passed.grant)
        return passed

    async def sign_in(self, username: str) -> ChallengePassed:
        """Give the right password and the right code; the code is one not used before."""
        await self.give_password(username)
        return await self.prove(username)

    async def prove(self, username: str, panel: Mapping[str, str] | None = None) -> ChallengePassed:
        """Answer the open challenge with a code that was not used before."""
        [(last,)] = self.world.sql(
            "SELECT last_step FROM authenticators WHERE method = 'totp' AND person_id ="
            " (SELECT id FROM people WHERE username_hash = hashed(tenant_id, ?))",
            username,
        )
        if int(self.world.clock.now.timestamp()) // 30 <= last:
            self.world.clock.advance(seconds=30)
        return await self.answer(self.world.code_of(username), panel=panel)

    async def look_at_challenge(self) -> ChallengeView:
        """Look at the open challenge."""
        return await self.world.gateway.look_at_challenge(self.cookie, self.challenge_id)

    async def choose(self, method: Any) -> ChallengeView:
        """Choose how to prove it."""
        return await self.world.gateway.send_challenge(
            self.cookie, self.csrf, self.challenge_id, method, self.address
        )

    async def cancel(self) -> None:
        """Not me, or not now."""
        await self.world.gateway.cancel_challenge(self.cookie, self.csrf, self.challenge_id)

    @property
    def challenge_id(self) -> str:
        """The challenge that was shown last."""
        assert self.challenge is not None
        return self.challenge.id

    # Turns

    async def open(self, **said: Any) -> TurnOpened:
        """Send something: `text`, `choice` or `resume`, and perhaps a `client_id`."""
        return await self.world.gateway.open_turn(self.cookie, self.csrf, **said)

    async def say(self, text: str = "what's my balance?") -> OpenTurn:
        """Say something that rasa is to answer."""
        return self._begun(await self.open(text=text))

    async def come_back(self) -> OpenTurn:
        """Let the gateway resume what the proof released."""
        return self._begun(await self.open(resume=True))

    async def hear(self, turn: OpenTurn, *messages: BotMessage) -> list[Message]:
        """Close the turn with what the bot says, and keep a challenge that comes with it."""
        heard = await self.world.gateway.close_turn(
            turn.turn_id, messages or [BotMessage(text="Well.")]
        )
        for message in heard:
            self.challenge = message.challenge or self.challenge
        return heard

    # A whole exchange

    async def ask(
        self, operation: str = BALANCE, arguments: Mapping[str, Any] | None = None
    ) -> Any:
        """Say something; the bot runs `operation` and answers. Returns the result.

        Where the guard refuses, the bot says so, the turn is closed, and the refusal is raised.
        """
        turn = await self.say()
        try:
            return await self.bot_invokes(turn, operation, arguments)
        finally:
            await self.hear(turn)

    async def bot_invokes(
        self,
        turn: OpenTurn,
        operation: str = BALANCE,
        arguments: Mapping[str, Any] | None = None,
    ) -> Any:
        """Let an action use this turn's ticket."""
        return await self.world.actions.invoke(
            turn.ticket, operation, arguments or {}, "action_check_balance"
        )

    async def resume(self) -> Resumed:
        """Come back after a proof: a turn of its own, in which the pending operation runs."""
        turn = await self.come_back()
        try:
            return await self.world.actions.resume(turn.ticket)
        finally:
            await self.hear(turn)

    async def is_refused(self, code: str, operation: str = BALANCE) -> None:
        """Ask, and be refused with this code."""
        with pytest.raises(Refused, match=f"^{code}$"):
            await self.ask(operation)

    @staticmethod
    def _begun(opened: TurnOpened) -> OpenTurn:
        assert opened.turn is not None
        return opened.turn

    def _keep(self, grant: SessionGrant) -> SessionGrant:
        self.cookie = grant.session_id or self.cookie
        self.csrf = grant.csrf_token
        self.device = grant.device or self.device
        return grant
