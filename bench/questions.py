"""What is asked, and which answers are right: a fast wrong answer must not count."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import yaml

from actions.speech import grouped
from bench.customers import the_account
from cli.problems import Problem
from cli.settings import ROOT


@dataclass(frozen=True)
class Question:
    """Some words, and every text that answers them."""

    words: str
    answers: frozenset[str]


@dataclass(frozen=True)
class Questions:
    """`plain` needs no action; `protected` goes through an action to the banking API."""

    plain: Question
    protected: Question


class Client(Protocol):
    """Somebody with a kept connection to one of the two sides."""

    async def say(self, words: str) -> str:
        """Say something; return the text of the first message that comes back."""
        ...

    async def start_over(self) -> None:
        """Begin a new conversation, where its length makes a difference."""
        ...


def questions() -> Questions:
    """Read the right answers from the project's domain and from the account of the run."""
    responses = yaml.safe_load((ROOT / "domain.yml").read_text())["responses"]
    account = the_account()
    words = {
        "account": account["name"],
        "balance": grouped(account["balance"]),
        "currency": account["currency"],
    }
    return Questions(
        plain=Question("thank you", _texts(responses["utter_thank"], {})),
        protected=Question("what's my balance?", _texts(responses["utter_balance"], words)),
    )


def _texts(variants: list[dict[str, Any]], words: dict[str, str]) -> frozenset[str]:
    return frozenset(each["text"].format(**words) for each in variants)


async def ask(client: Client, question: Question) -> None:
    """Ask once; raises `Problem` where the answer is not right."""
    answer = await client.say(question.words)
    if answer not in question.answers:
        what = f"{type(client).__name__} got a wrong answer to “{question.words}”: “{answer}”"
        raise Problem(what, "see that `make run` answers it, then try again")
