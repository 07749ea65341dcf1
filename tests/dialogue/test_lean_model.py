"""Our lean components answer what Rasa's own answer."""

from __future__ import annotations

import json
import random
import subprocess
from pathlib import Path
from typing import Any

import pytest

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
    choose = random.Random(1)
    odd = ["".join(choose.choices(LETTERS, k=choose.randint(1, 30))) for _ in range(60)]
    return [*(text for text in odd if text.strip()), *ODD]


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


def test_this_model_is_served_by_the_lean_policy(found: Any) -> None:
    """So that the tests below compare something."""
    stock, lean = found["ours"]
    assert stock == ["SentenceClassifier", "SentenceFeaturizer"]
    assert lean == ["RulePolicy", *stock]


def test_words_are_understood_as_rasa_understands_them(found: Any) -> None:
    assert found["understanding"] == []


def test_any_rules_predict_what_they_predict_in_rasa(found: Any) -> None:
    kinds = found["rules"]["kinds"]
    assert found["rules"]["different"] == []
    names = ("words", "intent", "words matter True", "words matter False", "fallback", "returning")
    assert all(kinds.get(name, 0) >= 5 for name in names), kinds


def test_our_rules_predict_what_they_predict_in_rasa(found: Any) -> None:
    assert found["own_rules"]["different"] == []
    assert found["own_rules"]["predicted"] > 200
    assert found["own_rules"]["words_matter"] is False
