"""The conversations are in words of their own: not one sentence of them is learned by heart."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from tests.e2e.script import read_script

PROJECT = Path(__file__).parents[2]
SCRIPTS = sorted((PROJECT / "tests" / "conversations").glob("*.yml"))
SHORT = 3
"""There is one way to say yes, hello or cancel; a sentence has more words than this."""


def plain(text: str) -> str:
    return " ".join(re.findall(r"[\w']+", text.lower()))


@pytest.fixture(scope="module")
def learned() -> set[str]:
    found = set()
    for path in (PROJECT / "data" / "nlu").glob("*.yml"):
        for item in yaml.safe_load(path.read_text("utf-8"))["nlu"]:
            found |= {plain(line) for line in re.findall(r"^- (.+)$", item["examples"], re.M)}
    return found


def sentences(path: Path) -> Iterator[str]:
    for step in read_script(path):
        if step.verb == "says":
            yield str(step.given)


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.stem)
def test_no_sentence_is_one_that_was_learned(path: Path, learned: set[str]) -> None:
    known = [said for said in sentences(path) if plain(said) in learned]
    assert [said for said in known if len(plain(said).split()) > SHORT] == []


def test_there_are_enough_of_them() -> None:
    assert len(SCRIPTS) >= 130


def test_their_names_are_sentences() -> None:
    assert [path.stem for path in SCRIPTS if path.stem.count("_") < 2] == []


def test_there_are_no_stories_that_could_be_known_by_heart() -> None:
    trained = list((PROJECT / "data").rglob("*.yml"))
    assert trained
    assert not any("stories" in (yaml.safe_load(path.read_text()) or {}) for path in trained)
