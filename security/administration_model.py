"""What travels between security and the page of an organisation's administrators."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from security.model import Assurance, ChallengeView, Detail, Frozen, Method, Name, Reference

ActionKind = Literal[
    "add", "invite", "disable", "enable", "roles", "reset", "unlock", "end_sessions"
]
"""What can be asked for about a person; `approve` is a second administrator's yes to one."""

Sent = Literal["email", "sms"]


class ActionValues(Frozen):
    """What an action needs beside whom it is about; each kind looks at its own fields.

    `send` is how a link for a new password goes; without it a password is made and shown once.
    `session` is the reference of one session; without it all of them are meant.
    """

    username: Annotated[str | None, Field(max_length=64)] = None
    name: Annotated[str | None, Field(max_length=200)] = None
    phone: Annotated[str | None, Field(max_length=128, repr=False)] = None
    email: Annotated[str | None, Field(max_length=254, repr=False)] = None
    give: Annotated[list[Name] | None, Field(max_length=20)] = None
    take: Annotated[list[Name] | None, Field(max_length=20)] = None
    send: Sent | None = None
    method: Method | None = None
    session: Reference | None = None


class AdminPerson(Frozen):
    """A person as an administrator sees them; times are UTC, ISO 8601.

    `ref` is what the calls name them by. `invited` says that a link is on its way which has not
    been used, or could be sent again. `second`: what is done to their account, apart from ending
    sessions and pauses, needs a second administrator.
    """

    ref: str
    username: str
    name: str
    roles: list[str]
    disabled: bool
    methods: list[Method]
    paused: list[Method]
    sessions: int
    last_sign_in: str | None = None
    invited: Literal["waiting", "expired"] | None = None
    me: bool
    second: bool


class AdminPeople(Frozen):
    """A page of an organisation's people; `next` is what to ask `after`, where there are more.

    `roles` are those that can be given here, `second_admin` tells whether there is another one.
    """

    people: list[AdminPerson]
    next: str | None = None
    roles: list[str]
    second_admin: bool


class AdminSession(Frozen):
    """A live session of somebody's, as an administrator sees it: no address, no word of it."""

    ref: str
    device: str
    channel: Literal["web", "sms", "embed"]
    assurance: Assurance
    signed_in_at: str
    last_seen_at: str


class AdminAction(Frozen):
    """An action under way: its proof is wanted, a second administrator is, or it is done.

    `password` was made for the person and is shown this once; `sent` tells whether a link has left.
    """

    ref: str
    kind: str
    state: Literal["prove", "waiting", "done"]
    challenge: ChallengeView | None = None
    password: Annotated[str | None, Field(repr=False)] = None
    sent: bool | None = None


class WaitingAction(Frozen):
    """What waits for a second administrator: in words, and exactly. Times are UTC, ISO 8601.

    `mine`: whoever looks has asked for it, and can only withdraw it.
    """

    ref: str
    words: str
    details: list[Detail]
    asked_by: str
    asked_at: str
    expires_at: str
    mine: bool


class InvitationUsed(Frozen):
    """The first password is set; this is what to sign in with."""

    tenant: str
    name: str
    username: str
