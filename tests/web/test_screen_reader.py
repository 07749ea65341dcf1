"""What a screen reader says: each finished message once, each warning once, no tick at all."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from tests.web.fake_gateway import FakeGateway
from tests.web.steps import (
    ask_for_the_balance,
    give_code,
    give_password,
    log,
    panel,
    pass_time,
    say,
)

# Every change of words in a live region that is shown, as assistive technology would be told.
LISTEN = """() => {
  window.heard = [];
  const live = '[aria-live="polite"], [aria-live="assertive"], [role="alert"], [role="status"]';
  new MutationObserver((changes) => {
    for (const { target, addedNodes } of changes) {
      const node = target.nodeType === Node.TEXT_NODE ? target.parentElement : target;
      const region = node?.closest(live);
      if (!region || region.closest("[hidden], [aria-hidden=true]")) continue;
      const added = [...addedNodes].map((one) => one.textContent).join(" ");
      heard.push(added || node.textContent);
    }
  }).observe(document, { subtree: true, childList: true, characterData: true });
}"""


def listen(page: Page) -> None:
    page.evaluate(LISTEN)


def heard(page: Page) -> list[str]:
    """What was said since `listen`, without what fell silent."""
    return [words for words in page.evaluate("heard") if words]


def test_each_finished_message_is_said_once(page: Page, gateway: FakeGateway) -> None:
    """WCAG 4.1.3: in a region of its own; neither "sending" nor "is writing" is said."""
    listen(page)
    say(page, "hello")
    expect(log(page)).to_contain_text("You said: hello")
    gateway.answer_next({"text": "One."}, {"text": "Two.", "card": {"kind": "odd"}})
    say(page, "more")
    expect(log(page)).to_contain_text("Two.")
    expect(log(page)).not_to_contain_text("Sending")
    assert heard(page) == [
        "Assistant: You said: hello",
        "Assistant: One. Assistant: Two. This answer has a part that this page cannot show.",
    ]


def test_an_earlier_conversation_is_not_said_again(page: Page) -> None:
    say(page, "hello")
    expect(log(page)).to_contain_text("You said: hello")
    page.reload()
    expect(log(page)).to_contain_text("You said: hello")
    expect(page.locator("#polite")).to_be_empty()


def test_of_a_long_card_its_title_is_said(page: Page, gateway: FakeGateway) -> None:
    ask_for_the_balance(page)
    listen(page)
    say(page, "my transactions")
    expect(log(page).get_by_role("table")).to_be_visible()
    title = "Transactions: Current account •••• 4021"
    assert heard(page) == [f"Assistant: These are your last transactions. {title}"]


def test_warnings_are_said_and_ticks_are_not(page: Page, gateway: FakeGateway) -> None:
    """WCAG 2.2.1, 4.1.3: one warning within the last minute, and nothing each second."""
    ask_for_the_balance(page)
    listen(page)
    pass_time(page, gateway, 238)
    assert heard(page) == []
    pass_time(page, gateway, 4)
    expect(page.get_by_role("button", name="Stay in this session")).to_be_visible()
    pass_time(page, gateway, 40)
    expect(page.locator("#expiry-time")).to_contain_text("0:1")
    assert heard(page) == [
        "Your session ends in one minute, because nothing has happened for a while."
    ]
    page.get_by_role("button", name="Stay in this session").click()
    expect(page.get_by_role("button", name="Stay in this session")).to_be_hidden()
    assert heard(page)[1:] == ["Your session goes on."]


def test_in_the_panel_mistakes_are_said_and_its_countdown_is_not(
    page: Page, gateway: FakeGateway
) -> None:
    page.get_by_role("button", name="Sign in", exact=True).click()
    give_password(page)
    expect(panel(page).get_by_label("6-digit code")).to_be_focused()
    listen(page)
    pass_time(page, gateway, 30)
    assert heard(page) == []
    give_code(page, "111111")
    expect(panel(page).get_by_role("alert")).to_contain_text("That code is not right")
    assert heard(page) == ["That code is not right. Please check it and try again."]


def test_the_way_of_a_code_is_said_as_it_goes(page: Page, gateway: FakeGateway) -> None:
    """Being sent, then sent: each once, and not at each look."""
    gateway.challenges.methods = ["sms"]
    page.get_by_role("button", name="Sign in", exact=True).click()
    listen(page)
    give_password(page)
    expect(panel(page).get_by_label("6-digit code")).to_be_focused()
    page.clock.run_for(2500)
    sent = "We texted a code to •••• 12. It can take a minute to arrive."
    expect(panel(page).get_by_role("status")).to_have_text(sent)
    page.clock.run_for(20_000)
    assert heard(page) == ["Texting a code to •••• 12 …", sent]


def test_a_payment_as_it_is_read(page: Page) -> None:
    """The dialog is named by what it approves; the field is described by it."""
    ask_for_the_balance(page)
    say(page, "transfer 50 to Anna")
    expect(panel(page)).to_have_accessible_name("Pay 50.00 EUR to Anna Berg")
    field = panel(page).get_by_label("6-digit code")
    expect(field).to_be_focused()
    for words in ("exactly this", "Anna Berg", "50.00 EUR", "5 attempts left"):
        expect(field).to_have_accessible_description(re.compile(words))
    expect(panel(page)).to_match_aria_snapshot("""
      - dialog "Pay 50.00 EUR to Anna Berg":
        - button "Close the panel"
        - heading "Pay 50.00 EUR to Anna Berg" [level=2]
        - term: To
        - definition: Anna Berg, •••• 1234
        - term: Amount
        - definition: 50.00 EUR
        - textbox "6-digit code"
        - button "Confirm"
        - button "No, cancel"
    """)
