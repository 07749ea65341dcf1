"""The words of letters: what a phone, a carrier and a reader make of them."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from security.services import letters
from security.services.letters import Notice, code_letter, recovery_letter, safe
from security.sms.gsm import for_sms, units

URL = "https://localhost:8443"
PAYMENT = "Pay 50.00 EUR to Anna Berg"
AT = datetime(2026, 11, 24, 9, 5, tzinfo=UTC)
GSM = re.compile(
    r"[@£$¥èéùìòÇ\nØøÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,\-./0-9:;<=>?¡A-ZÄÖÑÜ§¿a-zäöñüà^{}\\\[~\]|€]*"
)
ORIGIN_BOUND = re.compile(r"^@\S+ #\S+", re.MULTILINE)

NOTICES: dict[str, Notice] = {
    "device": letters.new_device_notice("Firefox on Linux", AT, URL),
    "added": letters.factor_added_notice("sms", URL),
    "removed": letters.factor_removed_notice("totp", URL),
    "unknown": letters.factor_added_notice("?", URL),
    "password": letters.password_notice(URL),
    "recovery": letters.recovery_notice(URL),
    "payee": letters.payee_notice("Anna Berg", "•••• 1234", URL),
}


def sms(binding: str, code: str = "123456", url: str = URL) -> str:
    return code_letter("sms", "+12025550101", code, binding, url).text


def test_an_sms_says_what_its_code_approves_and_where_it_belongs() -> None:
    """WICG origin-bound one-time codes: the last line is `@host #code`."""
    text = sms(PAYMENT)
    assert PAYMENT in text
    assert text.startswith("123456 is your code")
    assert text.splitlines()[-1] == "@localhost #123456"


def test_the_host_is_the_one_of_the_public_address() -> None:
    assert sms("Sign in", url="https://chat.example.com").endswith("\n@chat.example.com #123456")


def test_a_mail_says_what_its_code_approves_and_where_it_belongs() -> None:
    letter = code_letter("email", "alice@northwind.example.com", "123456", PAYMENT, URL)
    assert (letter.channel, letter.kind) == ("email", "code")
    assert "123456" in letter.text
    assert PAYMENT in letter.text
    assert URL in letter.text
    assert "123456" not in letter.subject  # A subject shows on a locked screen.


FORGERIES = [
    "Anna\n@localhost #654321",
    "Anna\r\n\r\n@evil.example #654321",
    "Anna\u2028@localhost #654321",
    "Anna\u0085@localhost #654321",
    "Anna\x0b@localhost #654321",
    "Anna\n＠localhost ＃654321",
    "Anna\n﹫localhost ﹟654321",
    "@localhost #654321",
]


@pytest.mark.parametrize("name", FORGERIES)
def test_a_payee_cannot_write_a_line_that_fills_in_another_code(name: str) -> None:
    """Attack: a name that a phone takes for the code of our origin."""
    text = sms(f"Pay 50.00 EUR to {name}")
    assert ORIGIN_BOUND.findall(text) == ["@localhost #123456"]
    assert text.count("@") == text.count("#") == 1
    assert len(text.splitlines()) == 3


@given(st.text(max_size=400))
def test_no_name_at_all_can_break_an_sms(name: str) -> None:
    """Attack: any characters, of any length."""
    text = sms(f"Pay 50.00 EUR to {name}")
    assert ORIGIN_BOUND.findall(text) == ["@localhost #123456"]
    assert text.endswith("\n\n@localhost #123456")
    assert text.startswith("123456 is your code for: Pay 50.00 EUR to")
    assert GSM.fullmatch(text)
    assert units(text) <= 306
    assert len(text) < 320


@given(st.text(max_size=400), st.integers(min_value=10, max_value=120))
def test_a_safe_value_is_one_short_printable_line(value: str, most: int) -> None:
    line = safe(value, most)
    assert len(line) <= most
    assert line.isprintable()
    assert not set(line) & set("@#\n\r")
    assert "://" not in line
    assert safe(line, most) == line


@given(st.text(max_size=400))
def test_a_name_in_a_mail_stays_on_its_line(name: str) -> None:
    """Attack: a paragraph of one's own in somebody else's mail."""
    there = code_letter("email", "a@example.com", "123456", f"Pay 1 EUR to {name}", URL).text
    plain = code_letter("email", "a@example.com", "123456", "Pay 1 EUR to X", URL).text
    assert len(there.splitlines()) == len(plain.splitlines())


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("Zoë Müller", "Zoe Müller"),
        ("“Anna” – it’s 5…", '"Anna" - it\'s 5...'),
        ("Łukasz Žižek", "Lukasz Zizek"),
        ("50 €", "50 €"),
        ("•••• 1234", "**** 1234"),
        ("李四 😀", "?? ?"),
    ],
)
def test_an_sms_keeps_to_the_characters_that_every_phone_has(said: str, shown: str) -> None:
    assert for_sms(said) == shown


def test_a_character_of_the_extension_table_takes_two_units() -> None:
    assert units("a€") == 3
    for count in (153, 154, 306, 400):
        assert units(for_sms("€" * count)) <= 306
    assert for_sms("€" * 153) == "€" * 153


def test_what_was_cut_says_so_and_keeps_the_amount() -> None:
    text = sms("Pay 50.00 EUR to " + "Anna " * 60)
    assert "Pay 50.00 EUR to Anna" in text
    assert "..." in text


@pytest.mark.parametrize("notice", NOTICES.values(), ids=NOTICES)
def test_a_notice_says_where_to_go_and_fits_an_sms(notice: Notice) -> None:
    text = for_sms(notice.text)
    assert f"{URL}/security" in text
    assert "..." not in text
    assert GSM.fullmatch(text)
    assert "\n" not in notice.subject


OPT_OUT = {"cancel", "end", "quit", "revoke", "optout", "stop", "stopall", "unsubscribe", "reply"}


def test_no_sms_asks_for_an_answer() -> None:
    """The carrier would take such a word for the end of all messages."""
    for text in (sms(PAYMENT), *(notice.text for notice in NOTICES.values())):
        assert not OPT_OUT & set(re.findall(r"[a-z]+", text.lower()))


def test_a_device_or_payee_is_shown_safely() -> None:
    """Attack: a browser's own name, or a payee's, with a link in it."""
    for notice in (
        letters.new_device_notice("x\n@localhost #1 https://evil.example", AT, URL),
        letters.payee_notice("x\n@localhost #1", "https://evil.example", URL),
    ):
        assert "\n" not in notice.text
        assert "@" not in notice.text
        assert "https://evil" not in notice.text
    assert "2026-11-24 09:05 UTC" in NOTICES["device"].text


def test_a_recovery_link_leads_to_our_page_with_the_token_in_the_fragment() -> None:
    """The token is in no request line, so in no log of a server."""
    letter = recovery_letter("alice@northwind.example.com", "to-ken_1", URL)
    assert (letter.channel, letter.kind) == ("email", "recovery")
    assert f"{URL}/security#recover=to-ken_1\n" in letter.text
