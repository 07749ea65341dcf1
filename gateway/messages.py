"""Calls of the conversation: say something, and read what has been said."""

from __future__ import annotations

from pydantic import TypeAdapter

from gateway.answers import Messages, PastMessages
from gateway.calls import Asked, Call, Parts, Reply
from gateway.problems import Problem, problem_of
from gateway.rotation import held_now
from gateway.shapes import Said, SaidChoice, SaidText
from gateway.text import UnusableText, plain_text
from gateway.turns import TurnResult, Utterance


async def say(parts: Parts, asked: Asked) -> Reply:
    """Say something; return what the bot answers."""
    return replied(asked, await parts.turns.run(asked.holder, utterance_of(asked.body)))


def replied(asked: Asked, result: TurnResult) -> Reply:
    """Return what a turn's answer is to the one who asked for it."""
    due = held_now(asked.holder, result.grant) if result.due else None
    if result.failed is not None:
        return Reply(grant=result.grant, problem=problem_of(result.failed), due=due)
    said = Messages(messages=result.messages, turn=result.name)
    return Reply(said, result.grant, due=due)


async def past_messages(parts: Parts, asked: Asked) -> Reply:
    """Return this conversation so far, oldest first."""
    return Reply(PastMessages(messages=await parts.security.past_messages(asked.session_id)))


def utterance_of(said: SaidText | SaidChoice) -> Utterance:
    """Return words as words and a choice as an id; text can never become anything else."""
    if isinstance(said, SaidChoice):
        return Utterance(choice=said.choice)
    try:
        return Utterance(text=plain_text(said.text), client_id=said.client_id or None)
    except UnusableText:
        raise Problem("invalid_request", field="text") from None


def message_calls() -> tuple[Call, ...]:
    """Return the calls of this module."""
    path = "/api/messages"
    return (
        Call(
            "POST",
            path,
            "Say something",
            say,
            TypeAdapter(Messages),
            body=TypeAdapter(Said),
            rate="messages",
            may_refuse=frozenset({"in_progress", "turn_over", "unknown_choice"}),
        ),
        Call(
            "GET",
            path,
            "This conversation so far",
            past_messages,
            TypeAdapter(PastMessages),
            guard="session",
        ),
    )
