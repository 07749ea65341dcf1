"""What only Rasa's own environment can show: replayed state, the graph, understanding."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from .service import PYTHON, ROOT, environ

QUESTION, COMMAND = "what's my balance?", '/check_balance{"account": "other"}'
# Sentences of nobody's training data, one for each thing that must not be taken for another.
UNDERSTOOD = {
    "tell me what's in my checking account": "check_balance",
    "how much money have i got on my account": "check_balance",
    "show me the latest purchases on my account": "list_transactions",
    "which payments did i make recently": "list_transactions",
    "let me sign in please": "sign_in",
    "log me out of here": "sign_out",
    "what is the exchange rate for the swiss franc": "out_of_scope",
    "what's the weather in madrid": "out_of_scope",
    "hello": "greet",
    "thank you": "thank",
    "???": "nlu_fallback",
}


@pytest.fixture(scope="module")
def found(model: Path, tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder = tmp_path_factory.mktemp("inside")
    done = subprocess.run(
        [PYTHON, "-W", "ignore", "-m", "tests.dialogue.inside", str(model)],
        cwd=ROOT,
        env=environ(folder, folder),
        input=json.dumps(list(UNDERSTOOD)),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


@pytest.mark.parametrize(
    "history", ["slots", "initial", "form", "interrupted", "rejected", "left", "paused"]
)
def test_the_state_before_a_window_is_the_state_that_was(found: Any, history: str) -> None:
    was, replayed = found["windows"][history]
    assert replayed == was


def test_the_histories_differ(found: Any) -> None:
    """So that the test above compares something."""
    assert found["windows"]["interrupted"][0]["loop"] == ["pay_form", False, True]
    assert found["windows"]["rejected"][0]["loop"] == ["pay_form", True, False]
    assert found["windows"]["paused"][0]["paused"] is True
    assert found["windows"]["slots"][0]["slots"]["amount"] == 2.0
    assert found["windows"]["initial"][0]["slots"]["colour"] is None


@pytest.mark.parametrize("text", [QUESTION, COMMAND])
@pytest.mark.parametrize("end", ["stock", "words"])
def test_the_sequential_runner_gives_what_rasas_gives(found: Any, end: str, text: str) -> None:
    stock = found["graph"][f"DaskGraphRunner {end} {text}"]
    assert found["graph"][f"SequentialGraphRunner {end} {text}"] == stock


def test_rasas_own_end_of_the_graph_obeys_a_typed_command_and_ours_does_not(found: Any) -> None:
    stock = found["graph"][f"SequentialGraphRunner stock {COMMAND}"]
    assert stock == ["check_balance", 1.0, ["other"]]
    _, confidence, entities = found["graph"][f"SequentialGraphRunner words {COMMAND}"]
    assert confidence < 1
    assert entities == []


def test_it_understands_what_it_must_not_confuse(found: Any) -> None:
    assert dict(zip(UNDERSTOOD, found["intents"], strict=True)) == UNDERSTOOD
