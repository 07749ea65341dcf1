"""The chat page in a real browser: a question, the panel, the answer that comes by itself."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.e2e


@pytest.fixture
def page(tab: Page, gatehouse) -> Page:
    """The chat page of the bank."""
    tab.goto(f"{gatehouse.url}/?tenant=northwind-bank")
    return tab


def ask(page: Page, words: str) -> None:
    """Type into the chat and send."""
    page.get_by_label("Your message").fill(words)
    page.get_by_role("button", name="Send").click()


def test_the_page_asks_who_it_is_and_then_answers_by_itself(page, persons):
    bob = persons["bob"]
    ask(page, "what's my balance?")
    panel = page.get_by_role("dialog")
    panel.get_by_label("User name").fill(bob.username)
    panel.get_by_label("Password", exact=True).fill(bob.password)
    panel.get_by_role("button", name="Continue").click()
    code = panel.locator("input[autocomplete=one-time-code]")
    expect(code).to_be_visible()
    right = bob.code()
    code.fill(right)
    if panel.is_visible():
        code.press("Enter")
    log = page.get_by_role("log")
    expect(log).to_contain_text("1,863.42")
    expect(panel).to_be_hidden()
    expect(page.get_by_text("Bob Lindqvist").first).to_be_visible()
    assert bob.password not in page.content()
    assert right not in log.inner_text()

    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="You are signed out")).to_be_visible()
    assert "1,863.42" not in page.locator("body").inner_text()


def test_markup_in_a_message_stays_words(page):
    """A message is text and never becomes part of the page."""
    words = "<img src=x onerror=\"document.title='taken'\"><b>bold</b>"
    ask(page, words)
    expect(page.get_by_role("log")).to_contain_text("<b>bold</b>")
    assert page.title() != "taken"
    assert page.get_by_role("log").locator("b").count() == 0
