"""What the loads ask of whom, and that a wrong answer never counts."""

from __future__ import annotations

import asyncio
import math

import pytest

from bench.load import long_conversation, single_turns, together
from bench.questions import Question, Questions
from cli.problems import Problem

ASKED = Questions(
    plain=Question("hello", frozenset({"Hi."})),
    protected=Question("balance?", frozenset({"1 EUR."})),
)


class FakeClient:
    """Answers rightly until `wrong_after` turns; remembers what happened."""

    def __init__(self, wrong_after: float = math.inf) -> None:
        self.heard: list[str] = []
        self._wrong_after = wrong_after

    async def say(self, words: str) -> str:
        self.heard.append(words)
        await asyncio.sleep(0)
        if len(self.heard) > self._wrong_after:
            return "Something went wrong."
        return "Hi." if words == "hello" else "1 EUR."

    async def start_over(self) -> None:
        self.heard.append("(new)")


async def test_single_turns_stay_in_short_conversations_whose_opening_is_not_timed() -> None:
    stock, gatehouse = FakeClient(), FakeClient()
    clients = {"stock": stock, "gatehouse": gatehouse}
    samples = await single_turns(clients, ASKED, ASKED.protected, blocks=2, block=10)
    assert [len(samples[name]) for name in clients] == [20, 20]
    assert stock.heard == ["(new)", "hello", *["balance?"] * 5] * 4
    assert gatehouse.heard == stock.heard


async def test_a_long_conversation_mixes_its_turns_and_times_the_protected_ones() -> None:
    client = FakeClient()
    samples = await long_conversation({"gatehouse": client}, ASKED, turns=5)
    assert client.heard == ["hello", "balance?", "hello", "balance?", "hello"]
    assert list(samples["gatehouse"]) == [2, 4]


async def test_many_clients_count_all_of_their_turns() -> None:
    clients = [FakeClient() for _ in range(3)]
    result = await together(clients, {}, ASKED.protected, seconds=0.02)
    assert result.turns == sum(each.heard.count("balance?") for each in clients)
    assert result.rate == result.turns / result.seconds
    assert all("balance?" in each.heard for each in clients)
    assert result.seconds >= 0.02


async def test_a_wrong_answer_ends_the_run() -> None:
    clients = {"stock": FakeClient(), "gatehouse": FakeClient(wrong_after=3)}
    with pytest.raises(Problem, match="wrong answer"):
        await single_turns(clients, ASKED, ASKED.plain, blocks=1, block=5)
