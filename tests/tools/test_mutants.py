"""The page of mutants: shares, survivors, and who has no reason to live."""

from __future__ import annotations

import pytest

from tools.mutants import Reason, reasons
from tools.mutants_few import MOST, few, some
from tools.mutants_page import Group, Survivor, page

LIVES = Survivor("security.x.f", "a == b", "a != b | `c`", "they are the same")
UNKNOWN = Survivor("security.x.g", "1", "2", "")


def test_the_page_tells_shares_and_survivors_with_their_reasons():
    told = page(
        [Group("x", 50, 10, 8, 3, 90.0, (LIVES, UNKNOWN)), Group("y", 30, 30, 30, 1, 30.0, ())]
    )
    assert "| x | 50 | 10 | 8 | 80.0 % | 3 | 2 |" in told
    assert "| **all** | 80 | 40 | 38 | 95.0 % | 4 | 2 |" in told
    assert "| `security.x.f` | `` a == b `` | `` a != b \\| 'c' `` | they are the same |" in told
    assert "| `security.x.g` | `` 1 `` | `` 2 `` | **no reason given** |" in told
    assert "### y" not in told


def test_a_survivor_without_a_reason_is_unexplained():
    assert Group("x", 50, 10, 8, 0, 1.0, (LIVES, UNKNOWN)).unexplained == [UNKNOWN]


def test_a_reason_is_of_a_place_and_of_what_became_of_it():
    reason = Reason("security.x.*", "^raise ", "words")
    assert reason.fits("security.x.f", "raise Problem(None)")
    assert not reason.fits("security.y.f", "raise Problem(None)")
    assert not reason.fits("security.x.f", "return None")
    (anything,) = reasons({"reasons": [{"where": "security.x.f", "why": "w"}]})
    assert anything.fits("security.x.f", "whatever")


@pytest.mark.parametrize("count", [0, 1, MOST - 1, MOST, MOST + 1, 1_150])
def test_of_many_parameters_some_are_tried_first(count):
    chosen = some(count)
    assert len(chosen) == min(count, MOST)
    assert chosen <= set(range(count))
    assert {0, count - 1} <= chosen or count < 1


def test_those_of_each_test_are_chosen_by_themselves():
    names = [("a", "one")] * 100 + [("a", "two")] + [("b", "one")] * 2
    chosen = few(names)
    assert sum(chosen[:100]) == MOST
    assert chosen[100:] == [True, True, True]
