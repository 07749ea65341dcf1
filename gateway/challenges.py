"""Calls about a challenge: look, choose a method, answer, cancel."""

from __future__ import annotations

from pydantic import TypeAdapter

from gateway.answers import ChallengeAnswer
from gateway.bodies import ChosenMethod, Code
from gateway.calls import Asked, Call, Parts, Reply
from gateway.turns import Holder, TurnResult, Utterance
from security.errors import Refused
from security.model import ChallengeView, Message, SessionGrant

_NOT_RESUMED = (
    "Your code was right, but what you asked for could not be finished. Please ask again."
)


async def look_at_challenge(parts: Parts, asked: Asked) -> Reply:
    """Describe a challenge of this session."""
    return Reply(await parts.security.look_at_challenge(asked.session_id, asked.challenge_id))


async def send_challenge(parts: Parts, asked: Asked) -> Reply:
    """Choose how to prove who one is, or have the code sent again."""
    body: ChosenMethod = asked.body
    view = await parts.security.send_challenge(
        asked.session_id, asked.csrf_token, asked.challenge_id, body.method
    )
    return Reply(view)


async def answer_challenge(parts: Parts, asked: Asked) -> Reply:
    """Check a code; what waited for it runs at once, in a turn of its own."""
    body: Code = asked.body
    passed = await parts.security.answer_challenge(
        asked.session_id, asked.csrf_token, asked.challenge_id, body.code
    )
    grant, messages = passed.grant, list[Message]()
    if passed.resume:
        result = await _resume(parts, asked.session_id, grant)
        messages = result.messages
        grant = _latest(grant, result.grant)
    answer = ChallengeAnswer(session=grant.session, csrf_token=grant.csrf_token, messages=messages)
    return Reply(answer, grant)


async def cancel_challenge(parts: Parts, asked: Asked) -> Reply:
    """Not me, or not now: what waited for the proof is void."""
    await parts.security.cancel_challenge(asked.session_id, asked.csrf_token, asked.challenge_id)
    return Reply()


async def _resume(parts: Parts, session_id: str, grant: SessionGrant) -> TurnResult:
    """Resume under the new session; the proof stands whatever becomes of the turn."""
    holder = Holder(grant.session_id or session_id, grant.csrf_token)
    try:
        result = await parts.turns.run(holder, Utterance(resume=True))
    except Refused as refused:
        result = TurnResult(failed=refused)
    if result.failed is None and any(message.refused for message in result.messages):
        # Security keeps the result of what did not reach the person: ask for it once more.
        return await _again(parts, holder, result)
    if result.failed is None:
        return result
    return TurnResult([Message(text=_NOT_RESUMED, refused=result.failed.code)], result.grant)


async def _again(parts: Parts, holder: Holder, first: TurnResult) -> TurnResult:
    try:
        second = await parts.turns.run(holder, Utterance(resume=True))
    except Refused:
        return first
    return first if second.failed is not None else second


def _latest(first: SessionGrant, second: SessionGrant | None) -> SessionGrant:
    if second is None:
        return first
    return second.model_copy(update={"session_id": second.session_id or first.session_id})


def challenge_calls() -> tuple[Call, ...]:
    """Return the calls of this module."""
    path = "/api/challenges/{id}"
    unknown = frozenset({"unknown_challenge", "expired"})
    view = TypeAdapter(ChallengeView)
    return (
        Call(
            "GET",
            path,
            "Look at a challenge",
            look_at_challenge,
            view,
            guard="session",
            may_refuse=unknown,
        ),
        Call(
            "DELETE",
            path,
            "Cancel a challenge",
            cancel_challenge,
            None,
            status=204,
            may_refuse=unknown,
        ),
        Call(
            "POST",
            f"{path}/send",
            "Choose a method, or send again",
            send_challenge,
            view,
            body=TypeAdapter(ChosenMethod),
            may_refuse=unknown | {"unknown_method", "locked"},
        ),
        Call(
            "POST",
            f"{path}/answer",
            "Answer a challenge",
            answer_challenge,
            TypeAdapter(ChallengeAnswer),
            body=TypeAdapter(Code),
            may_refuse=unknown | {"wrong_code", "locked"},
        ),
    )
