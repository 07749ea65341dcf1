"""The bot's messages as one text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from security.challenge_view import ChallengeView, Purpose
from security.model import Message, OfferedChoice
from security.sms.gsm import MAX_SMS_UNITS, MAX_UCS2_UNITS, segments, units
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


def asked(purpose: Purpose) -> ChallengeView:
    return ChallengeView(
        id="c",
        purpose=purpose,
        method="totp",
        methods=["totp"],
        binding="Sign in",
        expires_in=300,
        attempts_left=5,
    )


BY_CODE = f"Reply with the 6-digit code of your authenticator app, or open {URL}."
AT_THE_PAGE = f"To go on, please open {URL} and sign in."
ONWARD = {
    "a code that can be typed": (Message(challenge=asked("step_up")), BY_CODE),
    "an approval": (Message(challenge=asked("confirm")), AT_THE_PAGE),
    "signing in, asked for": (Message(challenge=asked("sign_in")), AT_THE_PAGE),
    "signing in": (Message(sign_in=True), AT_THE_PAGE),
    "a factor to set up": (Message(enrol=True), AT_THE_PAGE),
    "a refusal for want of a sign-in": (
        Message(refused="authentication_required"),
        AT_THE_PAGE,
    ),
    "for want of an approval": (Message(refused="confirmation_required"), AT_THE_PAGE),
    "for want of a code": (Message(refused="step_up_required"), AT_THE_PAGE),
    "for want of a factor": (Message(refused="step_up_impossible"), AT_THE_PAGE),
    "a refusal that no proof changes": (Message(refused="not_permitted"), ""),
    "nothing": (Message(), ""),
}


@pytest.mark.parametrize(("message", "told"), ONWARD.values(), ids=ONWARD)
def test_it_says_how_to_go_on_and_only_where_one_can(message: Message, told: str) -> None:
    """A text takes a code, and no other proof."""
    assert worded([message], URL).text == told


def test_a_line_that_is_said_again_is_said_once() -> None:
    again = Message(text="Please sign in.", sign_in=True)
    assert worded([again, again], URL).text.splitlines() == [
        "Please sign in.",
        AT_THE_PAGE,
        "Please sign in.",
        AT_THE_PAGE,
    ]
    assert worded([Message(text=" A. "), Message(text="A."), Message(text="B.")], URL).text == (
        "A.\nB."
    )


FULL = MAX_SMS_UNITS - len(f"\n{MORE}")
PAGES = {
    "what fits is a page": ("a" * MAX_SMS_UNITS, "a" * MAX_SMS_UNITS, ""),
    "a word is cut where there is no blank": ("a" * 307, "a" * FULL, "a" * (307 - FULL)),
    "a blank at the very end of the room": (
        "a" * FULL + " " + "b" * 99,
        "a" * FULL,
        "b" * 99,
    ),
    "one beyond the room, and one before": (
        "aa " + "b" * (FULL - 2) + " " + "c" * 99,
        "aa",
        "b" * (FULL - 2) + " " + "c" * 99,
    ),
    "a sentence before a blank": (
        "One. Two " + "b" * 400,
        "One.",
        "Two " + "b" * 400,
    ),
    "the last sentence that fits": (
        "One. Two! Three? " + "b" * 400,
        "One. Two! Three?",
        "b" * 400,
    ),
    "a sentence that ends where the room does": (
        "One. " + "b" * (FULL - 6) + ". " + "c" * 99,
        "One. " + "b" * (FULL - 6) + ".",
        "c" * 99,
    ),
    "a blank before a line's end": (" One \nTwo " + "b" * 400, " One", "Two " + "b" * 400),
    "a line is an end": ("One\nTwo " + "b" * 400, "One", "Two " + "b" * 400),
    "the euro takes two": ("€" * 160, "€" * (FULL // 2), "€" * (160 - FULL // 2)),
}


@pytest.mark.parametrize(("text", "now", "rest"), PAGES.values(), ids=PAGES)
def test_a_page_ends_where_a_reader_would_pause(text: str, now: str, rest: str) -> None:
    assert page(text) == (f"{now}\n{MORE}" if rest else now, rest)


def test_a_page_of_another_script_has_its_own_room() -> None:
    most = MAX_UCS2_UNITS - len(f"\n{MORE}")
    assert page("я" * MAX_UCS2_UNITS) == ("я" * MAX_UCS2_UNITS, "")
    assert page("я" * 135) == (f"{'я' * most}\n{MORE}", "я" * (135 - most))
    assert page("€" * 135 + "я") == (f"{'€' * most}\n{MORE}", "€" * (135 - most) + "я")
    emoji = "\N{GRINNING FACE}"
    assert page(emoji * 68) == (f"{emoji * (most // 2)}\n{MORE}", emoji * (68 - most // 2))


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
