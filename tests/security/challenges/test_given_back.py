"""A guess that turned out to be none, because nobody could say whether it was right."""

from __future__ import annotations

from typing import Any

import pytest

from security.challenges import rules
from tests.security.fakes import NOW

BEFORE = rules.Guesses(4, 1, None)
PAUSED = rules.after_wrong(BEFORE, NOW)


@pytest.mark.parametrize(
    ("now_is", "before", "counted_as", "becomes"),
    [
        (PAUSED, BEFORE, PAUSED, BEFORE),
        (rules.Guesses(2, 0, None), rules.Guesses(1, 0, None), rules.Guesses(2, 0, None), 1),
        (rules.Guesses(3, 0, None), rules.Guesses(1, 0, None), rules.Guesses(2, 0, None), 2),
        (rules.Guesses(0, 0, None), rules.Guesses(1, 0, None), rules.Guesses(2, 0, None), 0),
        (PAUSED, rules.Guesses(1, 1, None), rules.Guesses(2, 1, None), PAUSED),
    ],
)
def test_a_guess_is_given_back_alone(
    now_is: rules.Guesses, before: rules.Guesses, counted_as: rules.Guesses, becomes: Any
) -> None:
    """What others counted meanwhile stays, and nobody's pause is lifted by it."""
    after = rules.given_back(now_is, before, counted_as, NOW)
    assert (after if isinstance(becomes, rules.Guesses) else after.failures) == becomes
