"""The bot's messages as one text."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from security.model import Message, OfferedChoice
from security.sms.gsm import MAX_SMS_UNITS, segments, units
from security.sms.keywords import OPT_OUT_WORDS
from security.sms.wording import MORE, page, worded

URL = "https://chat.example"


def test_words_cards_and_choices_become_lines() -> None:
    card = {"kind": "facts", "title": "Leave", "rows": [{"label": "Left", "value": "17 days"}]}
    offered = [OfferedChoice(id="a", title="Ask for leave"), OfferedChoice(id="b", title="No")]
    answer = worded([Message(text="Your leave:", card=card), Message(choices=offered)], URL)
    assert answer.text == "Your leave:\nLeft: 17 days\n1) Ask for leave\n2) No"
    assert answer.rest == ""


def test_only_what_the_dialogue_would_take_a_number_for_is_numbered() -> None:
    """It looks at the last message with choices, and at nine of them."""
    first = [OfferedChoice(id="a", title="Other")]
    last = [OfferedChoice(id=str(at), title=f"Choice {at}") for at in range(1, 11)]
    answer = worded([Message(text="A.", choices=first), Message(choices=last), Message()], URL)
    assert answer.text.splitlines()[1:] == [f"{at}) Choice {at}" for at in range(1, 10)]
    assert "Other" not in answer.text


def test_what_a_text_must_not_do_goes_on_at_the_page() -> None:
    answer = worded([Message(text="Please sign in first.", sign_in=True)], URL)
    assert answer.text == f"Please sign in first.\nTo go on, please open {URL} and sign in."


def test_a_long_answer_ends_at_a_sentence_and_offers_the_rest() -> None:
    sentences = [f"This is sentence number {at} of a long answer." for at in range(20)]
    answer = worded([Message(text=" ".join(sentences))], URL)
    assert answer.text.endswith(f".\n{MORE}")
    assert segments(answer.text) == 2
    assert answer.text.removesuffix(f"\n{MORE}") + " " + answer.rest == " ".join(sentences)


def test_another_script_has_less_room() -> None:
    answer = worded([Message(text="Ваш заказ в пути. " * 20)], URL)
    assert segments(answer.text) == 2
    assert answer.rest


def test_no_text_of_ours_asks_for_a_word_that_signs_off() -> None:
    """Twilio takes CANCEL, END or QUIT for STOP."""
    assert not {word.lower() for word in MORE.split()} & OPT_OUT_WORDS


@given(st.text(alphabet=st.sampled_from("abc .!?\n€[äя"), max_size=900))
def test_no_page_is_too_long_and_nothing_is_lost(text: str) -> None:
    """Every page is within two segments; together they are the text."""
    left, read = text, ""
    for _ in range(400):
        now, left = page(left)
        assert segments(now) <= 2
        read += now.removesuffix(f"\n{MORE}") if left else now
        if not left:
            break
    assert not left
    assert "".join(read.split()) == "".join(text.split())


def test_a_word_without_end_is_cut() -> None:
    now, rest = page("a" * 400)
    assert units(now) <= MAX_SMS_UNITS
    assert now.startswith("aaa")
    assert rest
