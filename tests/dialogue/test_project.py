"""The Rasa project says what it should, and no more."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import yaml

from dialogue.offers import read_offers
from security.server import read_operations

ROOT = Path(__file__).parents[2]
REFUSALS = {
    "authentication_required",
    "step_up_required",
    "forbidden",
    "nothing_pending",
    "api_unavailable",
    "api_invalid",
    "security_unavailable",
    "invalid_arguments",
    "rate_limited",
    "turn_over",
    "confirmation_required",
    "step_up_impossible",
    "insufficient_funds",
    "limit_exceeded",
    "details_changed",
    "api_refused",
    "in_doubt",
}


def load(name: str) -> Any:
    return yaml.safe_load((ROOT / name).read_text("utf-8"))


@pytest.fixture(scope="module")
def domain() -> Any:
    return load("domain.yml")


@pytest.fixture(scope="module")
def sentences() -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for path in (ROOT / "data" / "nlu").glob("*.yml"):
        for item in yaml.safe_load(path.read_text("utf-8"))["nlu"]:
            assert item["intent"] not in found
            found[item["intent"]] = re.findall(r"^- (.+)$", item["examples"], re.MULTILINE)
    return found


def rules() -> list[Any]:
    paths = (ROOT / "data" / "rules").glob("*.yml")
    return [rule for path in paths for rule in yaml.safe_load(path.read_text("utf-8"))["rules"]]


def test_the_skills_have_the_same_names_in_every_folder() -> None:
    folders = ("data/nlu", "data/rules")
    names = [{path.stem for path in (ROOT / folder).iterdir()} for folder in folders]
    skills = {"general", "banking", "payments", "healthcare", "hr", "it", "orders", "account"}
    assert names[0] == names[1] == skills


def test_no_words_alone_lead_to_resume_or_to_an_answer(sentences: dict[str, list[str]]) -> None:
    assert not {"resume", "answer"} & set(sentences)


def test_every_intent_has_a_rule_and_enough_sentences(
    domain: Any, sentences: dict[str, list[str]]
) -> None:
    ruled = {rule["steps"][0]["intent"] for rule in rules()}
    assert ruled == {*domain["intents"], "nlu_fallback"}
    assert {*sentences, "resume", "answer", "ambiguous", "lost"} == set(domain["intents"])
    assert min(len(said) for said in sentences.values()) >= 40
    assert len(sentences["out_of_scope"]) >= 800


def test_no_sentence_is_given_twice(sentences: dict[str, list[str]]) -> None:
    said = Counter(text.lower() for texts in sentences.values() for text in texts)
    assert [text for text, times in said.items() if times > 1] == []


def test_no_held_out_sentence_is_learned(sentences: dict[str, list[str]]) -> None:
    """Otherwise what is measured on them would mean nothing."""
    learned = {text.lower() for texts in sentences.values() for text in texts}
    held_out = load("tests/nlu/held_out.yml")
    assert [text for texts in held_out.values() for text in texts if text.lower() in learned] == []
    assert set(held_out) == set(sentences)


def test_every_refusal_of_the_guard_is_explained(domain: Any) -> None:
    explained = {name for name in domain["responses"] if name.startswith("utter_refused_")}
    assert explained >= {f"utter_refused_{code}" for code in REFUSALS}


def test_every_choice_is_an_intent_of_the_domain(domain: Any) -> None:
    said = [text for texts in domain["responses"].values() for text in texts]
    payloads = {button["payload"] for text in said for button in text.get("buttons", [])}
    payloads |= {offer.button()["payload"] for offer in read_offers().to(read_operations(ROOT))}
    assert payloads <= {f"/{intent}" for intent in domain["intents"]}
    assert payloads


def test_the_one_slot_holds_words_and_there_are_no_stories(domain: Any) -> None:
    """Security state in slots could be un-set by what is typed; stories forget."""
    slot = {"type": "any", "influence_conversation": False, "mappings": [{"type": "custom"}]}
    assert domain["slots"] == {"open_request": slot}
    assert not list((ROOT / "data").rglob("stories*"))


def test_the_files_name_one_channel_and_no_credential() -> None:
    assert load("credentials.yml") == {"dialogue.channel.GatehouseChannel": None}
    endpoints = load("endpoints.yml")
    assert set(endpoints) == {"action_endpoint", "tracker_store", "lock_store"}
    assert set(endpoints["action_endpoint"]) == {"url", "unix_socket"}
