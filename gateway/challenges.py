"""Calls about a challenge: look, choose a method, answer, cancel."""

from __future__ import annotations

from pydantic import TypeAdapter

from gateway.answers import ChallengeAnswer
from gateway.calls import Asked, Call, Parts, Reply
from gateway.resuming import FAILURES, resume
from gateway.rotation import latest
from gateway.shapes import Answer, ChosenMethod, proof_of
from gateway.turns import Holder, TurnResult
from security.model import ChallengeView, Message, SessionGrant

_NOT_RESUMED = (
    "You have confirmed it, but what you asked for could not be finished. Please ask again."
)
# Of a write nobody may say "ask again": it may have been done.
_NOT_SURE = (
    "You have confirmed it, but I cannot say yet whether this was done. I am finding out and will "
    "tell you here. Please do not repeat it."
)


async def look_at_challenge(parts: Parts, asked: Asked) -> Reply:
    """Describe a challenge of this session."""
    return Reply(await parts.security.look_at_challenge(asked.session_id, asked.reference))


async def send_challenge(parts: Parts, asked: Asked) -> Reply:
    """Choose how to prove who one is, or have the code sent again."""
    body: ChosenMethod = asked.body
    view = await parts.security.send_challenge(
        asked.session_id, asked.csrf_token, asked.reference, body.method, asked.address
    )
    return Reply(view)


async def answer_challenge(parts: Parts, asked: Asked) -> Reply:
    """Check a code or a passkey; what waited for it runs at once, in a turn of its own."""
    body: Answer = asked.body
    passed = await parts.security.answer_challenge(
        asked.session_id, asked.csrf_token, asked.reference, proof_of(body), body.panel
    )
    grant, messages, turn = passed.grant, list[Message](), None
    if passed.resume:
        result, known = await _resume(parts, asked.session_id, grant)
        messages = result.messages if known or not passed.confirmed else _unsure(result.messages)
        grant, turn = latest(grant, result.grant) or grant, result.name
    elif passed.confirmed:
        # What the code was for had expired, so nothing was done; nobody is left without a word.
        messages = [Message(text=_NOT_RESUMED, refused="nothing_pending")]
    answer = ChallengeAnswer(
        session=grant.session,
        csrf_token=grant.csrf_token,
        messages=messages,
        turn=turn,
        enrol=True if passed.enrol else None,
    )
    return Reply(answer, grant)


async def cancel_challenge(parts: Parts, asked: Asked) -> Reply:
    """Not me, or not now: what waited for the proof is void."""
    await parts.security.cancel_challenge(asked.session_id, asked.csrf_token, asked.reference)
    return Reply()


async def _resume(parts: Parts, session_id: str, grant: SessionGrant) -> tuple[TurnResult, bool]:
    """Resume under the new session; the proof stands whatever becomes of the turn."""
    holder = Holder(grant.session_id or session_id, grant.csrf_token)
    result, known = await resume(parts, holder)
    return (result if result.failed is None else _not_resumed(result)), known


def _not_resumed(result: TurnResult) -> TurnResult:
    code = result.failed.code if result.failed else None
    return TurnResult([Message(text=_NOT_RESUMED, refused=code)], result.grant)


def _unsure(messages: list[Message]) -> list[Message]:
    """Ask nobody to repeat a write of which we do not know: it may have been done."""
    return [
        message.model_copy(update={"text": _NOT_SURE, "refused": "in_doubt"})
        if message.refused in FAILURES or message.text == _NOT_RESUMED
        else message
        for message in messages
    ]


def challenge_calls() -> tuple[Call, ...]:
    """Return the calls of this module."""
    path = "/api/challenges/{id}"
    unknown, gone = "unknown_challenge", frozenset({"expired"})
    view = TypeAdapter(ChallengeView)
    return (
        Call(
            "GET",
            path,
            "Look at a challenge",
            look_at_challenge,
            view,
            guard="session",
            unknown=unknown,
            may_refuse=gone,
        ),
        Call(
            "DELETE",
            path,
            "Cancel a challenge",
            cancel_challenge,
            None,
            status=204,
            unknown=unknown,
            may_refuse=gone,
        ),
        Call(
            "POST",
            f"{path}/send",
            "Choose a method, or send again",
            send_challenge,
            view,
            body=TypeAdapter(ChosenMethod),
            unknown=unknown,
            may_refuse=gone | {"unknown_method", "locked", "too_many_codes"},
        ),
        Call(
            "POST",
            f"{path}/answer",
            "Answer a challenge",
            answer_challenge,
            TypeAdapter(ChallengeAnswer),
            body=TypeAdapter(Answer),
            unknown=unknown,
            may_refuse=gone
            | {"wrong_code", "passkey_refused", "code_unchecked", "unknown_method", "locked"}
            | {"entry_required", "entry_invalid", "entry_guessable", "not_answered_yet"},
        ),
    )
