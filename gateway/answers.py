"""What clients get: the shapes of contract, absent fields left out of the JSON."""

from __future__ import annotations

from typing import Literal

from security.model import ChallengeView, Frozen, Message, PastMessage, SessionGrant, SessionView


class SessionStarted(Frozen):
    """A new session and the token that every change under it must present."""

    csrf_token: str
    session: SessionView


class SessionState(SessionView):
    """A session with its token; `user` is absent before sign-in."""

    csrf_token: str


class PasswordAnswer(Frozen):
    """A challenge follows; or, where no factor is enrolled, a session that must enrol one."""

    challenge: ChallengeView | None = None
    session: SessionView | None = None
    csrf_token: str | None = None
    enrol: Literal[True] | None = None


class ChallengeAnswer(Frozen):
    """The proof was right; `messages` are those of the operation that waited for it.

    `enrol` says that a recovery code was used: a new factor is to be enrolled. `turn` names the
    turn in which it was said, as in `GET /api/messages`.
    """

    status: Literal["passed"] = "passed"
    session: SessionView
    csrf_token: str
    messages: list[Message]
    turn: str | None = None
    enrol: Literal[True] | None = None


class RecoveryAccepted(Frozen):
    """Whoever this is for will hear of it where they can be reached, if there is anybody."""

    status: Literal["accepted"] = "accepted"


class RecoveryDone(Frozen):
    """The new password holds; nobody is signed in by this."""

    status: Literal["done"] = "done"


class Messages(Frozen):
    """What the bot says; `turn` names the turn, as in `GET /api/messages`."""

    messages: list[Message]
    turn: str | None = None


class PastMessages(Frozen):
    """This conversation so far, oldest first."""

    messages: list[PastMessage]


class Alive(Frozen):
    """The process answers."""

    alive: Literal[True] = True


class Ready(Frozen):
    """Every part is ready."""

    ready: Literal[True] = True


def started(grant: SessionGrant) -> SessionStarted:
    """Return what a client may see of a grant: everything but the session id."""
    return SessionStarted(csrf_token=grant.csrf_token, session=grant.session)


def state(grant: SessionGrant) -> SessionState:
    """Return a session and its token as one flat object."""
    return SessionState(csrf_token=grant.csrf_token, **dict(grant.session))
