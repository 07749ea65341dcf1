"""From a frame to the page: what was asked for goes along, and nobody else is told."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.web.fake_gateway import FakeGateway
from tests.web.steps import give_code, give_password, log, open_chat


def test_a_question_goes_along_to_that_window_and_is_told_to_nobody_else(
    page: Page, gateway: FakeGateway
) -> None:
    """ASVS 14.2.1: the link is in the frame alone, and no address keeps it."""
    token = "T" * 22
    gateway.links[token] = ("See your account balances", False)
    gateway.links_say = {"asked_by": "site", "words": "my balance"}
    page.evaluate(
        "addEventListener('message', ({data}) => document.body.append(JSON.stringify(data)))"
    )
    frame = open_chat(page)
    gateway.answer_next({"text": "Not here.", "refused": "full_page_required", "onward": token})
    frame.get_by_label("Your message").fill("my balance")
    page.keyboard.press("Enter")
    conversation = frame.get_by_role("log")
    expect(conversation).to_contain_text("Sign in there, and this goes on")
    with page.context.expect_page() as window:
        conversation.get_by_role("link", name="Open the chat").click()
    onward = window.value
    expect(log(onward)).to_contain_text("You asked for something that goes on here.")
    assert onward.url.endswith("/?tenant=northwind-bank")
    assert token not in onward.content()
    give_password(onward)
    give_code(onward)
    dialog = onward.get_by_role("dialog", name="You asked for this on another site")
    expect(dialog).to_contain_text("See your account balances")
    expect(dialog).to_contain_text("In your words: “my balance”")
    expect(dialog).to_contain_text("Go on only if it was you who asked.")
    gateway.answer_next({"text": "You have 2,480.15 EUR."})
    dialog.get_by_role("button", name="Go on").click()
    expect(log(onward)).to_contain_text("You have 2,480.15 EUR.")
    assert "2,480.15" not in conversation.inner_text()
    assert "gatehouse.size" in page.content()
    assert token not in page.content()
