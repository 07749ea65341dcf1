"""What the callers of the faces send: their shapes and bounds."""

from __future__ import annotations

from typing import Annotated, Any, Self

from pydantic import AfterValidator, Field, field_validator, model_validator

from security.model import MAX_TEXT, BotMessage, Frozen, Method, Name, Reference
from security.proof import Proof

MAX_DEPTH = 20
"""How deep arguments and cards may be nested: far more than any of them needs."""


def _shallow(value: Any, depth: int = MAX_DEPTH) -> Any:
    if isinstance(value, (dict, list)):
        if depth == 0:
            raise ValueError("nested too deeply")
        for inner in value.values() if isinstance(value, dict) else value:
            _shallow(inner, depth - 1)
    return value


Secret = Annotated[str, Field(max_length=256, repr=False)]
Typed = Annotated[str, Field(max_length=64)]
Address = Annotated[str, Field(max_length=128)]
Shallow = AfterValidator(_shallow)


class Nothing(Frozen):
    """A question without arguments."""


class CreateSession(Frozen):
    """Begin a session. `address` is the client's, for limits; `device` names its browser."""

    tenant: Annotated[str, Field(max_length=128)] | None = None
    address: Address
    label: Annotated[str, Field(max_length=80)] = ""
    device: Annotated[str | None, Field(max_length=256, repr=False)] = None


class LookAt(Frozen):
    """A question that changes nothing."""

    session_id: Secret


class ReadEvents(LookAt):
    """What is new for this session's page.

    `name`, `position` and `mark` are those of the last reading; the first one has no name, and
    perhaps the position that a page was at before. No position is the present one.
    """

    name: Reference | None = None
    position: Annotated[str, Field(max_length=128)] | None = None
    mark: Annotated[str, Field(max_length=4_096)] | None = None


class AwaitEvents(Frozen):
    """Which sessions something has happened to, after an answer's `at`."""

    after: Annotated[str, Field(max_length=64)]


class OpenDocument(LookAt):
    """Use up a link; it is a secret of its own, so it needs no other."""

    link: Secret


class Held(Frozen):
    """A question of a session's holder that may change something."""

    session_id: Secret
    csrf_token: Secret


class Password(Held):
    """The first factor."""

    tenant: Annotated[str, Field(max_length=128)]
    username: Annotated[str, Field(max_length=128)]
    password: Annotated[str, Field(max_length=1_024, repr=False)]
    address: Address


class LookAtChallenge(LookAt):
    """Describe a challenge of this session."""

    challenge_id: Reference


class HeldChallenge(Held):
    """Do something with a challenge of this session."""

    challenge_id: Reference


class SendChallenge(HeldChallenge):
    """Choose a method, or have the code sent again."""

    method: Method
    address: Address


class AnswerChallenge(HeldChallenge):
    """Answer with a code or a passkey, and with what is to be filled in beside it."""

    proof: Annotated[Proof, Field(repr=False)]
    panel: Annotated[dict[Name, Typed] | None, Field(max_length=4, repr=False)] = None


class BeginTurn(Held):
    """Begin a turn with exactly one of words, a choice and a resumption."""

    text: str | None = Field(default=None, min_length=1, max_length=MAX_TEXT, repr=False)
    choice: Reference | None = None
    resume: bool | None = None
    client_id: Reference | None = None

    @model_validator(mode="after")
    def _exactly_one(self) -> Self:
        given = [self.text is not None, self.choice is not None, bool(self.resume)]
        if sum(given) != 1:
            raise ValueError("one of text, choice and resume")
        return self


class EndTurn(Frozen):
    """End a turn with what rasa said."""

    turn_id: Reference
    messages: Annotated[list[BotMessage], Field(max_length=50)]

    @field_validator("messages")
    @classmethod
    def _cards_are_shallow(cls, messages: list[BotMessage]) -> list[BotMessage]:
        for message in messages:
            _shallow(message.card)
        return messages


class Invoke(Frozen):
    """Run a declared operation with this turn's ticket, for one of its purposes if it has any."""

    ticket: Secret
    operation: Name
    arguments: Annotated[dict[str, Any], Shallow]
    action: Name
    purpose: Name | None = None


class Resume(Frozen):
    """Run what the person's proof released."""

    ticket: Secret


class Cancel(Frozen):
    """Void what waits for the person's approval."""

    ticket: Secret
