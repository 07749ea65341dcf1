"""The public face as the page sees it, with its answers decided by the test.

It keeps sessions, tokens and challenges like the real one, so that a page that forgets a token,
or mixes up two sessions, fails here too. Its clock moves only where a test moves it.
"""

from __future__ import annotations

import secrets
import threading
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.web.fake_account import FakeAccount
from tests.web.fake_administration import FakeAdministration
from tests.web.fake_auditing import FakeAuditing
from tests.web.fake_challenges import BINDING, CODE, CONFIRMATION, RECEIPT, FakeChallenges
from tests.web.fake_demo import FakeDemo
from tests.web.fake_events import FakeFeed
from tests.web.fake_push import FakePush

__all__ = ["CODE", "PASSWORD", "FakeGateway", "FakeSession", "Json", "Refusal"]
PASSWORD = "correct horse battery"
TENANTS = [
    {"id": "northwind-bank", "name": "Northwind Bank"},
    {"id": "harbor-clinic", "name": "Harbor Clinic"},
]
BALANCES = {
    "kind": "balances",
    "accounts": [
        {
            "name": "Current account",
            "number": "•••• 4021",
            "balance": "2480.15",
            "available": "2230.15",
            "currency": "EUR",
        }
    ],
}
TRANSACTIONS = {
    "kind": "transactions",
    "account": {"name": "Current account", "number": "•••• 4021"},
    "rows": [
        {"date": "2026-11-20", "text": "Spotify", "amount": "-10.99", "currency": "EUR"},
        {"date": "2026-11-18", "text": "Salary Globex", "amount": "3150.00", "currency": "EUR"},
        {"date": "2026-11-17", "text": "Rent November", "amount": "-1180.00", "currency": "EUR"},
        {
            "date": "2026-11-15",
            "text": "Corner bakery & café, Main Street 12",
            "amount": "-7.40",
            "currency": "EUR",
        },
    ],
}
Json = dict[str, Any]


class Refusal(Exception):
    """A problem document, as the gateway would send it."""

    def __init__(self, status: int, code: str, title: str = "", **details: Any) -> None:
        super().__init__(code)
        headers: Mapping[str, str] = details.pop("headers", {})
        self.status, self.headers = status, headers
        self.document = {"status": status, "code": code, **details}
        if title:
            self.document["title"] = title


@dataclass
class FakeSession:
    """One session; `idle_ends` and `absolute_ends` are moments of the gateway's clock."""

    idle_ends: float
    absolute_ends: float
    csrf: str = field(default_factory=lambda: secrets.token_urlsafe(16))
    tenant: str | None = None
    user: Json | None = None
    past: list[Json] = field(default_factory=list)
    challenge: Json | None = None
    asked: str = ""
    turn: str = ""
    answered: dict[str, list[Json]] = field(default_factory=dict)
    """What was answered, by the id that the page gave its message."""


class FakeGateway:
    """What the routes of `fake_server` call; a test reads and steers it."""

    def __init__(self) -> None:
        self.now, self.idle_seconds, self.absolute_seconds = 0.0, 300, 43_200
        self.sessions: dict[str, FakeSession] = {}
        self.calls: list[tuple[str, str, Json]] = []
        self.failures: dict[str, deque[Refusal]] = {}
        self.scripted: deque[list[Json]] = deque()
        self.challenges, self.demo, self.push = FakeChallenges(), FakeDemo(), FakePush(Refusal)
        inside = (Refusal, self.change_challenge)
        self.account, self.administration = FakeAccount(*inside), FakeAdministration(*inside)
        self.auditing, self.without_factor = FakeAuditing(*inside), False
        self.enrols_after = {"recovery"}
        """Methods after which a new way is to be set up."""
        self.dropped: set[str] = set()
        """Challenges that a "no" has voided."""
        self.feed: FakeFeed | None = None
        """What streams tell; None: this gateway has none."""
        self.links: dict[str, tuple[str, bool]] = {}
        """What was asked for, by the token of its link; and whether it changes anything."""
        self.links_say: Json = {"asked_by": "text"}
        self.may_answer = threading.Event()
        self.may_answer.set()

    def fail(self, path: str, *refusals: Refusal) -> None:
        """Let the next calls of `path` fail."""
        self.failures.setdefault(path, deque()).extend(refusals)

    def answer_next(self, *messages: Json) -> None:
        """Say what the bot answers next."""
        self.scripted.append(list(messages))

    def bodies(self, path: str) -> list[Json]:
        """What was sent to `path` so far."""
        return [body for method, called, body in self.calls if (method, called) == ("POST", path)]

    def count(self, method: str, path: str) -> int:
        """How often it was called."""
        return sum(1 for call in self.calls if call[:2] == (method, path))

    # The calls themselves.

    def new_session(self, tenant: str | None) -> tuple[str, FakeSession]:
        """Begin an anonymous session."""
        cookie = secrets.token_urlsafe(16)
        ends = self.now + self.idle_seconds, self.now + self.absolute_seconds
        self.sessions[cookie] = FakeSession(*ends, tenant=tenant)
        return cookie, self.sessions[cookie]

    def session_of(self, cookie: str | None) -> FakeSession:
        """Return the live session of a cookie."""
        session = self.sessions.get(cookie or "")
        if session is None or self.now >= min(session.idle_ends, session.absolute_ends):
            raise Refusal(401, "session_expired", "Your session has ended.")
        return session

    def go_on(self, session: FakeSession, path: str, body: Json) -> Json:
        """Tell what a link leads to, or go on with it."""
        if session.user is None:
            raise Refusal(401, "authentication_required", "Please sign in first.")
        if body["token"] not in self.links:
            raise Refusal(410, "link_expired", "This link has been used.")
        asked, changes = self.links[body["token"]]
        if path == "continue/look":
            return {"asked": asked, "changes": changes, "expires_in": 500, **self.links_say}
        del self.links[body["token"]]
        return self.say(session, {"text": asked})

    def touch(self, session: FakeSession) -> None:
        """Something happened: the idle limit begins anew."""
        session.idle_ends = self.now + self.idle_seconds

    def view(self, session: FakeSession) -> Json:
        """Return the session as its holder sees it."""
        known = {"user": session.user, "tenant": session.tenant}
        return {
            "authenticated": session.user is not None,
            "assurance": "aal2" if session.user else "none",
            "idle_seconds_left": int(session.idle_ends - self.now),
            "absolute_seconds_left": int(session.absolute_ends - self.now),
            **{name: value for name, value in known.items() if value is not None},
        }

    def challenge(self, session: FakeSession, purpose: str, binding: str) -> Json:
        """Open a challenge, and return it as the holder sees it."""
        session.challenge = self.challenges.open(purpose, binding)
        return dict(session.challenge)

    def change_challenge(self, binding: str, purpose: str = "change") -> Json:
        """Open the challenge of a change, in the only session that is signed in."""
        session = next(one for one in self.sessions.values() if one.user)
        return self.challenge(session, purpose, binding)

    def reauthenticate(self, session: FakeSession, body: Json) -> Json:
        """Check the password once more."""
        if body["password"] != PASSWORD:
            raise Refusal(401, "invalid_credentials", "That password is not right.")
        self.account.reauthenticated = True
        return {"session": self.view(session)}

    def sign_in(self, session: FakeSession) -> Json:
        """Bind the session to the person."""
        session.csrf = secrets.token_urlsafe(16)
        session.user = {"name": "Alice Moreau", "tenant": "northwind-bank", "roles": ["customer"]}
        session.tenant = "northwind-bank"
        self.touch(session)
        return {"session": self.view(session), "csrf_token": session.csrf}

    def password(self, session: FakeSession, body: Json) -> Json:
        """Check the first factor."""
        if (body["username"], body["password"]) != ("alice", PASSWORD):
            raise Refusal(
                401,
                "invalid_credentials",
                "That user name or password is not right. Please try again.",
            )
        if self.without_factor:
            self.account.enrol, self.account.authenticators = True, []
            return {**self.sign_in(session), "enrol": True}
        return {"challenge": self.challenge(session, "sign_in", "Sign in to Northwind Bank")}

    def passkey(self, session: FakeSession) -> Json:
        """Open a challenge that any passkey answers."""
        challenge = self.challenges.open("sign_in", "Sign in")
        challenge["methods"] = ["passkey"]
        self.challenges.choose(challenge, "passkey")
        session.challenge = challenge
        return {"challenge": dict(challenge)}

    def live_challenge(self, session: FakeSession, name: str) -> Json:
        """Return the challenge of this session that is called so."""
        if name in self.dropped:
            raise Refusal(410, "expired", "This request has expired.")
        if session.challenge is None or session.challenge["id"] != name:
            raise Refusal(404, "unknown_challenge", "This request for a code is not open here.")
        return session.challenge

    def code(self, session: FakeSession, name: str, body: Json) -> Json:
        """Check a code, and answer what waited for it."""
        challenge = self.live_challenge(session, name)
        for asked in challenge.get("panel", []):
            if body["panel"][asked["name"]] == "1234":
                title = "This is too easy to guess. Please choose another one."
                raise Refusal(422, "entry_guessable", title, field=asked["name"])
        if not self.challenges.right(challenge, body):
            challenge["attempts_left"] -= 1
            left = challenge["attempts_left"]
            if challenge["method"] == "passkey":
                title = "This passkey could not be used here."
                raise Refusal(401, "passkey_refused", title, attempts_left=left)
            title = "That code is not right. Please check it and try again."
            raise Refusal(401, "wrong_code", title, attempts_left=left)
        session.challenge = None
        state, session.turn = self.sign_in(session), secrets.token_hex(16)
        if challenge["purpose"] == "confirm":
            answer = self.keep(session, [{"text": "The payment is made.", "card": RECEIPT}])
        else:
            answer = self.keep(session, self.reply(session, session.asked)) if session.asked else []
        if challenge["method"] in self.enrols_after:
            state["enrol"] = True
        return {"status": "passed", "messages": answer, "turn": session.turn, **state}

    def say(self, session: FakeSession, body: Json) -> Json:
        """Answer one message."""
        client_id = body.get("client_id")
        if client_id is not None and client_id in session.answered:
            return {"messages": session.answered[client_id]}
        words = body.get("text") or f"choice {body['choice']}"
        self.touch(session)
        session.turn = secrets.token_hex(16)
        mine = {"sender": "person", "at": "2026-11-23T10:00:00Z", "text": words}
        self.remember(session, {**mine, **({"client_id": client_id} if client_id else {})})
        said = self.scripted.popleft() if self.scripted else self.reply(session, words)
        if client_id is not None:
            session.answered[client_id] = said
        return {"messages": self.keep(session, said), "turn": session.turn}

    def keep(self, session: FakeSession, said: list[Json]) -> list[Json]:
        """Remember what was said."""
        stamp = {"sender": "bot", "at": "2026-11-23T10:00:01Z"}
        for message in said:
            self.remember(session, {**message, **stamp})
        return said

    def remember(self, session: FakeSession, message: Json) -> None:
        """Keep a message, and tell it to whoever looks on."""
        kept = {**message, "turn": session.turn}
        session.past.append(self.feed.tell("message", **kept) if self.feed else kept)

    def reply(self, session: FakeSession, words: str) -> list[Json]:
        """What the bot says to some words; anything else is said back."""
        if "transfer" in words:
            pending = self.challenge(session, "confirm", BINDING)
            refusal = {"refused": "confirmation_required", "challenge": pending}
            return [{"text": "Please check and confirm.", "card": CONFIRMATION, **refusal}]
        if "no, thanks" in words and session.challenge:
            self.dropped.add(session.challenge["id"])
            session.challenge = None
        if "pay" in words:
            binding = "Pay 25.00 EUR to Anna Berg"
            pending = self.challenge(session, "step_up", binding)
            return [{"text": "Please confirm this payment.", "challenge": pending}]
        if "balance" not in words and "transactions" not in words:
            return [{"text": f"You said: {words}"}]
        if session.user is None:
            session.asked = words
            refusal = {"refused": "authentication_required", "sign_in": True}
            return [{"text": "I need to know who you are first.", **refusal}]
        if "balance" in words:
            return [{"text": "Here is your balance, Alice.", "card": BALANCES}]
        return [{"text": "These are your last transactions.", "card": TRANSACTIONS}]
