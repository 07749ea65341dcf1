"""What a conversation expects has to be said by every variant of a response."""

from __future__ import annotations

import pytest

from tests.e2e.expectations import Mismatch
from tests.e2e.variants import Variants, read_variants

VARIANTS = Variants(
    {
        "utter_left": [
            {"text": "You have {left} of leave left in {year}."},
            {"text": "Your leave in {year}: {left} left."},
        ],
        "utter_alone": [{"text": "Only so."}],
    }
)
SAID = [{"text": "You have 3 days of leave left in 2026."}]


@pytest.mark.parametrize(
    "words", ["3 days", "leave", ["2026", "left"], r"/days? (of leave )?left/"]
)
def test_what_all_variants_say_is_sure(words: object) -> None:
    VARIANTS.check(words, SAID)


@pytest.mark.parametrize("words", ["days of leave", ["left", "You have"]])
def test_what_one_variant_says_is_luck(words: object) -> None:
    with pytest.raises(Mismatch, match="utter_left"):
        VARIANTS.check(words, SAID)


def test_another_message_may_say_it_for_sure() -> None:
    VARIANTS.check("You have", [*SAID, {"text": "You have mail."}])


def test_what_has_one_way_is_sure() -> None:
    VARIANTS.check("Only so", [{"text": "Only so."}])


def test_the_real_domain_has_variants() -> None:
    assert read_variants().said_otherwise("You are welcome.") == {
        "utter_thank": ["You are welcome.", "Glad to help."]
    }
