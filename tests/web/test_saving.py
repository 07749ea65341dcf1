"""Keeping one's own conversation as plain text, with nothing that the server keeps no more."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

from tests.web.fake_gateway import TRANSACTIONS, FakeGateway
from tests.web.health import RESULTS
from tests.web.steps import ask_for_the_balance, give_code, log, say

OPEN = "Keep this conversation"
CHOICES = [{"id": "c1", "title": "Current account"}, {"id": "c2", "title": "Savings"}]


def box(page: Page) -> Locator:
    """What is offered."""
    return page.get_by_role("group", name=OPEN)


def saved(page: Page) -> str:
    """Save the conversation, and return the file."""
    page.get_by_role("button", name=OPEN).click()
    with page.expect_download() as download:
        box(page).get_by_role("button", name="Save it as a file").click()
    assert download.value.suggested_filename.startswith("conversation-20")
    assert download.value.suggested_filename.endswith(".txt")
    return Path(download.value.path()).read_text("utf-8")


def test_there_is_nothing_to_keep_at_first(page: Page) -> None:
    expect(page.get_by_role("button", name=OPEN)).to_be_hidden()
    say(page, "hello")
    expect(page.get_by_role("button", name=OPEN)).to_be_visible()


def test_the_file_holds_what_was_shown(page: Page, gateway: FakeGateway) -> None:
    ask_for_the_balance(page)
    gateway.answer_next(
        {"text": "These are your last ones.", "card": TRANSACTIONS},
        {"text": "Which one?", "choices": CHOICES},
    )
    say(page, "show me\nthe last ones")
    expect(log(page).get_by_role("button", name="Savings")).to_be_visible()
    head, _, rest = saved(page).partition("\n\n")
    assert head.splitlines()[:2] == ["Gatehouse, Northwind Bank", "Signed in as Alice Moreau"]
    assert head.splitlines()[2].startswith("Saved on ")
    assert rest.splitlines() == [
        "[10:00] You: What's my balance?",
        "[10:00] Assistant: I need to know who you are first.",
        "    Sign in to continue",
        "    A secure panel opens beside the chat.",
        "[10:00] Assistant: Here is your balance, Alice.",
        "    Current account •••• 4021",
        "    Balance: €2,480.15",
        "    Available: €2,230.15",
        "[10:00] You: show me",
        "    the last ones",
        "[10:00] Assistant: These are your last ones.",
        "    Transactions: Current account •••• 4021",
        "    Date, Details, Amount",
        "    20 Nov 2026, Spotify, paid out −€10.99",
        "    18 Nov 2026, Salary Globex, received +€3,150.00",
        "    17 Nov 2026, Rent November, paid out −€1,180.00",
        "    15 Nov 2026, Corner bakery & café, Main Street 12, paid out −€7.40",
        "[10:00] Assistant: Which one?",
        "    [Current account] [Savings]",
    ]


def test_it_can_be_copied(page: Page, context: BrowserContext) -> None:
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    say(page, "hello")
    expect(log(page)).to_contain_text("You said: hello")
    page.get_by_role("button", name=OPEN).press("Enter")
    expect(box(page).get_by_role("button", name="Copy it")).to_be_focused()
    page.keyboard.press("Enter")
    expect(box(page).get_by_role("status")).to_have_text("Copied.")
    words = page.evaluate("navigator.clipboard.readText()")
    assert "[10:00] You: hello\n[10:00] Assistant: You said: hello\n" in words
    page.keyboard.press("Escape")
    expect(box(page)).to_be_hidden()
    expect(page.get_by_role("button", name=OPEN)).to_be_focused()


def test_what_is_kept_no_more_is_not_in_it(page: Page, gateway: FakeGateway) -> None:
    """ASVS 14.3.1: the screen may still show a result; the file is what the server gives out."""
    gateway.answer_next({"text": "These are your results.", "card": RESULTS})
    say(page, "my lab results")
    expect(log(page)).to_contain_text("Hemoglobin")
    past = next(iter(gateway.sessions.values())).past
    past[-1] = {"sender": "bot", "at": past[-1]["at"], "text": "Please ask for it again."}
    text = saved(page)
    assert "Please ask for it again." in text
    assert "Hemoglobin" not in text
    assert "7.4" not in text


def test_a_code_that_was_taken_out_is_not_in_it(page: Page, gateway: FakeGateway) -> None:
    """ASVS 16.2.5: the server took it out of the words; the page still shows them as typed."""
    say(page, "my code is 492 816")
    expect(log(page)).to_contain_text("You said: my code is 492 816")
    past = next(iter(gateway.sessions.values())).past
    past[0]["text"], past[1]["text"] = "my code is •••", "I took it out."
    text = saved(page)
    assert "my code is •••" in text
    assert "492" not in text


def test_nothing_of_the_panel_is_in_it(page: Page) -> None:
    ask_for_the_balance(page)
    say(page, "transfer 50 to Anna")
    give_code(page)
    expect(log(page).locator(".receipt")).to_be_visible()
    text = saved(page)
    assert "    Paid 50.00 EUR to Anna Berg\n    To: Anna Berg, •••• 1234\n" in text
    for secret in ("492816", "correct horse", "Secure panel"):
        assert secret not in text


def test_characters_that_deceive_are_left_out(page: Page) -> None:
    """Neither a terminal nor a reader is led astray by what somebody typed."""
    say(page, "safe\u001b[2J \u202egnihton")
    expect(log(page).locator(".bot .bubble").first).to_be_visible()
    text = saved(page)
    assert "You: safe[2J gnihton\n" in text


@pytest.mark.parametrize("way", ["Save it as a file", "Copy it"])
def test_without_a_connection_it_says_so(page: Page, context: BrowserContext, way: str) -> None:
    say(page, "hello")
    expect(log(page)).to_contain_text("You said: hello")
    context.set_offline(True)
    page.get_by_role("button", name=OPEN).click()
    box(page).get_by_role("button", name=way).click()
    expect(box(page).get_by_role("status")).to_contain_text("You seem to be offline.")


def test_it_closes_with_the_session(page: Page, gateway: FakeGateway) -> None:
    ask_for_the_balance(page)
    page.get_by_role("button", name=OPEN).click()
    gateway.sessions.clear()
    box(page).get_by_role("button", name="Save it as a file").click()
    expect(page.get_by_role("heading", name="Your session has ended")).to_be_visible()
    expect(box(page)).to_be_hidden()
