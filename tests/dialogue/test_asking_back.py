"""Near meanings are asked back, places in a list are understood, failures are counted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from dialogue.asking_back import LEAST, MARGIN, close_ones, failed_again, pointed_at

TITLES = ["My balance", "My bills", "Something else"]


def ranking(**confidences: float) -> list[Mapping[str, Any]]:
    return [{"name": name, "confidence": value} for name, value in confidences.items()]


def close(**confidences: float) -> list[str]:
    return close_ones(ranking(**confidences), lambda _: True)


def test_two_near_meanings_are_asked_back() -> None:
    assert close(check_balance=0.4, bill_due=0.35) == ["check_balance", "bill_due"]


@pytest.mark.parametrize(("apart", "asked"), [(-0.001, True), (0.001, False)])
def test_the_margin_is_a_boundary(apart: float, asked: bool) -> None:
    assert bool(close(check_balance=0.6, bill_due=0.6 - MARGIN - apart)) is asked


@pytest.mark.parametrize(("under", "asked"), [(0.0, True), (0.001, False)])
def test_what_is_unlikely_is_no_choice(under: float, asked: bool) -> None:
    assert bool(close(check_balance=LEAST + 0.05, bill_due=LEAST - under)) is asked


def test_three_at_most() -> None:
    assert len(close(a=0.24, b=0.23, c=0.22, d=0.21)) == 3


def test_the_mark_of_the_fallback_is_no_meaning() -> None:
    assert close(nlu_fallback=0.35, check_balance=0.3, bill_due=0.28) == [
        "check_balance",
        "bill_due",
    ]


@pytest.mark.parametrize("other", ["out_of_scope", "greet", "deny"])
def test_small_talk_and_foreign_subjects_are_no_choices(other: str) -> None:
    assert close(**{"check_balance": 0.4, other: 0.35}) == []
    assert close(**{other: 0.4, "check_balance": 0.35}) == []


def test_what_the_person_cannot_ask_for_is_no_choice() -> None:
    near = ranking(account_status=0.4, check_balance=0.38, account_blocked=0.35)
    assert close_ones(near, lambda name: name != "account_status") == [
        "check_balance",
        "account_blocked",
    ]
    # One is left: the words alone would have led to another one, so it is asked for.
    assert close_ones(near, lambda name: name == "check_balance") == ["check_balance"]
    assert close_ones(near, lambda _: False) == []


def test_the_likeliest_needs_no_question_where_the_others_are_not_theirs() -> None:
    near = ranking(check_balance=0.4, account_status=0.38)
    assert close_ones(near, lambda name: name == "check_balance") == []
    turned_away = [{"name": "nlu_fallback", "confidence": 0.35}, *ranking(check_balance=0.3, a=0.2)]
    assert close_ones(turned_away, lambda name: name == "check_balance") == ["check_balance"]


def test_without_a_ranking_nothing_is_asked() -> None:
    assert close_ones([], lambda _: True) == []
    assert close(check_balance=0.4) == []


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("1", 0),
        ("the first", 0),
        ("the first one please", 0),
        ("First!", 0),
        ("number 2", 1),
        ("#2", 1),
        ("option two", 1),
        ("2nd", 1),
        ("take the second one", 1),
        ("I mean the second", 1),
        ("the last one", 2),
        ("my bills", 1),
        ("My  Bills.", 1),
        ("something else", 2),
        ("4", None),
        ("0", None),
        ("the latter", None),
        ("12", None),
        ("1.50", None),
        ("the first of May", None),
        ("first send money to Bob", None),
        ("bills", None),
        ("", None),
    ],
)
def test_a_place_or_the_words_of_a_choice_name_it(text: str, at: int | None) -> None:
    assert pointed_at(text, TITLES) == at


def test_the_latter_is_of_two() -> None:
    assert pointed_at("the latter", TITLES[:2]) == 1
    assert pointed_at("the former", TITLES[:2]) == 0


def test_without_choices_nothing_is_named() -> None:
    assert pointed_at("the first", []) is None
    assert pointed_at("the last", []) is None


@pytest.mark.parametrize(
    ("intent", "before", "again"),
    [
        ("nlu_fallback", "out_of_scope", True),
        ("out_of_scope", "nlu_fallback", True),
        ("nlu_fallback", "lost", True),
        ("nlu_fallback", "ambiguous", True),
        ("nlu_fallback", "check_balance", False),
        ("nlu_fallback", None, False),
        ("check_balance", "nlu_fallback", False),
    ],
)
def test_two_failures_in_a_row_are_one_too_many(
    intent: str, before: str | None, again: bool
) -> None:
    assert failed_again(intent, before) is again
