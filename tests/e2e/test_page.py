"""The chat page in a real browser: a question, the panel, the answer that comes by itself."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.e2e

# The first answer to a message arrives in the browser and gets no further.
LOSE_ONE_ANSWER = """() => {
  const real = window.fetch;
  window.lost = [];
  window.fetch = async (path, options) => {
    const answer = await real(path, options);
    if (lost.length || path !== "/api/messages" || options.method !== "POST") return answer;
    lost.push(answer.status);
    throw new TypeError("lost");
  };
}"""


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


def test_a_message_whose_answer_got_lost_is_said_once(page):
    """ASVS 15.4.2: the page sends it again by itself, and the server knows it."""
    page.evaluate(LOSE_ONE_ANSWER)
    ask(page, "what can you do?")
    mine = page.get_by_role("log").locator(".person")
    expect(mine).to_contain_text("Waits for the connection")
    expect(mine).to_contain_text("Sent")
    assert page.evaluate("window.lost") == [200]
    page.reload()
    expect(mine).to_have_count(1)


def test_a_copy_of_the_conversation_holds_no_code(page):
    """ASVS 16.2.5: what was taken out of the words is not in the file either."""
    ask(page, "what's my balance?")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("Escape")
    ask(page, "my PIN is 4826, go on")
    log = page.get_by_role("log")
    expect(log).to_contain_text("I took it out")
    page.get_by_role("button", name="Keep this conversation").click()
    with page.expect_download() as download:
        page.get_by_role("button", name="Save it as a file").click()
    text = Path(download.value.path()).read_text("utf-8")
    assert "You: what's my balance?" in text
    assert "Assistant: That looked like a PIN, so I took it out without reading it." in text
    assert "4826" not in text
