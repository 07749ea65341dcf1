"""Our lean components answer what Rasa's own answer."""

from __future__ import annotations

import json
import random
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from .service import PYTHON, ROOT, environ

ODD = [
    "x",
    "²",
    "zzz qqq",
    "12 345 6",
    "BALANCE BALANCE balance",
    "BaLaNcE\u0301",
    "İstanbul ß ﬁ",
    "漢字 かな 한글",
    "😀 🇪🇸 balance 😀",
    "\u200bbalance\u200d\u202ebalance",
    "what's\tmy\n\nbalance\u00a0?",
    "/check_balance{}",
    "__NUMBER__ __number__",
    "a" * 1_000,
    "my balance " * 90,
]
LETTERS = "abc éßİ²٣1 2-'/.\n\u0301\u200d😀漢"


def _sentences() -> list[str]:
    """Sentences of the training data, and as many again with a few letters changed."""
    parts = [yaml.safe_load(file.read_text("utf-8")) for file in (ROOT / "data/nlu").glob("*.yml")]
    examples = [intent["examples"] for part in parts for intent in part["nlu"]]
    known = sorted(line[2:] for lines in examples for line in lines.splitlines())[::2]
    choose = random.Random(1)
    odd = ["".join(choose.choices(LETTERS, k=choose.randint(1, 30))) for _ in range(150)]
    odd = [text for text in odd if text.strip()]
    return [*known, *(_mistyped(text, choose) for text in known), *odd, *ODD]


def _mistyped(text: str, choose: random.Random) -> str:
    letters = list(text)
    for _ in range(3):
        letters[choose.randrange(len(letters))] = choose.choice(LETTERS)
    return "x" + "".join(letters)


@pytest.fixture(scope="module")
def found(model: Path, tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder = tmp_path_factory.mktemp("lean")
    done = subprocess.run(
        [PYTHON, "-W", "ignore", "-m", "tests.dialogue.inside_lean", str(model)],
        cwd=ROOT,
        env=environ(folder, folder),
        input=json.dumps(_sentences()),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def test_this_model_is_served_by_the_lean_components(found: Any) -> None:
    """So that the tests below compare something."""
    assert found["lean"] == [
        "CountVectorsFeaturizer",
        "LogisticRegressionClassifier",
        "RulePolicy",
    ]


def test_words_are_understood_as_rasa_understands_them(found: Any) -> None:
    assert found["understanding"]["texts"] > 500
    assert found["understanding"]["different"] == []
    assert found["understanding"]["apart"] < 1e-9


def test_words_are_counted_as_sklearn_counts_them(found: Any) -> None:
    assert found["counts"]["different"] == []
    assert found["counts"]["rows"] > 1_000
    assert found["counts"]["empty"] == 4


def test_any_rules_predict_what_they_predict_in_rasa(found: Any) -> None:
    kinds = found["rules"]["kinds"]
    assert found["rules"]["different"] == []
    names = ("words", "intent", "words matter True", "words matter False", "fallback", "returning")
    assert all(kinds.get(name, 0) >= 5 for name in names), kinds


def test_our_rules_predict_what_they_predict_in_rasa(found: Any) -> None:
    assert found["own_rules"]["different"] == []
    assert found["own_rules"]["predicted"] > 200
    assert found["own_rules"]["words_matter"] is False


def test_beside_an_unknown_component_nothing_is_replaced(found: Any) -> None:
    assert found["other_ways"]["replaced"] == []


def test_features_of_another_kind_are_left_to_rasa(found: Any) -> None:
    """None, dense ones of the right width and of a wrong one, and sparse ones of a wrong one."""
    ends = found["other_ways"]["ends"]
    assert ends[0::2] == ends[1::2]
    assert "confidence" in ends[2]
    assert {*ends[:2], *ends[4:]} == {"ValueError"}
    assert len(ends) == 8


def test_a_model_of_another_kind_is_left_to_rasa(found: Any) -> None:
    ours = {"two": False, "three": True, "ovr": False, "untrained": False}
    assert found["other_ways"]["laid_out"] == ours
