"""A whole payment without a mouse: where the focus is, where Tab leads, what Escape does."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.web.fake_gateway import CODE, PASSWORD, FakeGateway
from tests.web.steps import log, panel

FOCUSED = """() => {
  const node = document.activeElement;
  if (node === document.body) return "";
  return node.id || node.getAttribute("aria-label") || node.textContent.trim();
}"""


def press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def write(page: Page, words: str) -> None:
    """Type where the focus is, then Enter."""
    page.keyboard.type(words)
    page.keyboard.press("Enter")


def walk(page: Page, key: str, steps: int) -> list[str]:
    """Press a key, and note what has the focus after each time."""
    stops: list[str] = []
    for _ in range(steps):
        page.keyboard.press(key)
        stops.append(page.evaluate(FOCUSED))
    return stops


def sign_in_by_keys(page: Page) -> None:
    """Ask for something personal, and sign in as the panel asks for it."""
    expect(page.get_by_label("Your message")).to_be_focused()
    write(page, "What's my balance?")
    expect(panel(page).get_by_label("User name")).to_be_focused()
    page.keyboard.type("alice")
    press(page, "Tab")
    write(page, PASSWORD)
    expect(panel(page).get_by_label("6-digit code")).to_be_focused()
    write(page, CODE)
    expect(log(page).get_by_text("€2,480.15")).to_be_visible()
    expect(page.get_by_label("Your message")).to_be_focused()


def test_a_whole_payment_by_keyboard_alone(page: Page, gateway: FakeGateway) -> None:
    """WCAG 2.1.1, 2.1.2, 2.4.3: sign in, ask, leave the panel, come back, confirm, go on."""
    sign_in_by_keys(page)
    write(page, "transfer 50 to Anna")
    expect(panel(page).get_by_label("6-digit code")).to_be_focused()

    press(page, "Escape")
    expect(panel(page)).to_be_hidden()
    expect(page.get_by_label("Your message")).to_be_focused()
    press(page, "Shift+Tab")
    opener = log(page).get_by_role("button", name="Check and confirm")
    expect(opener).to_be_focused()
    press(page, "Enter")
    expect(panel(page).get_by_label("6-digit code")).to_be_focused()

    page.keyboard.type(CODE)
    press(page, "Tab")
    expect(panel(page).get_by_role("button", name="Confirm")).to_be_focused()
    press(page, "Space")
    expect(log(page).locator(".receipt")).to_contain_text("Paid 50.00 EUR to Anna Berg")
    expect(page.get_by_label("Your message")).to_be_focused()
    write(page, "thank you")
    expect(log(page)).to_contain_text("You said: thank you")


def test_a_payment_is_refused_by_keyboard_alone(page: Page) -> None:
    sign_in_by_keys(page)
    write(page, "transfer 50 to Anna")
    expect(panel(page).get_by_label("6-digit code")).to_be_focused()
    assert walk(page, "Tab", 2) == ["Confirm", "No, cancel"]
    press(page, "Enter")
    expect(log(page).locator(".approval")).to_contain_text("Cancelled. Nothing was done.")
    expect(page.get_by_label("Your message")).to_be_focused()


def test_tab_stays_in_the_open_panel(page: Page) -> None:
    """WCAG 2.4.11: nothing behind it can take the focus; the order is that of reading."""
    sign_in_by_keys(page)
    write(page, "transfer 50 to Anna")
    expect(panel(page).get_by_label("6-digit code")).to_be_focused()
    stops = [stop for stop in walk(page, "Tab", 6) if stop]  # "": the browser itself.
    assert stops[:5] == ["Confirm", "No, cancel", "panel-close", "code", "Confirm"]


def test_escape_gives_the_focus_back_to_what_opened_the_panel(page: Page) -> None:
    sign_in_by_keys(page)
    write(page, "transfer 50 to Anna")
    expect(panel(page).get_by_label("6-digit code")).to_be_focused()
    press(page, "Escape", "Shift+Tab", "Enter")
    expect(panel(page).get_by_label("6-digit code")).to_be_focused()
    press(page, "Escape")
    expect(log(page).get_by_role("button", name="Check and confirm")).to_be_focused()


def test_choices_are_pressed_by_keyboard(page: Page, gateway: FakeGateway) -> None:
    """After a choice the focus is where one goes on writing, not on a button that is spent."""
    choices = [{"id": "c1", "title": "Current account"}, {"id": "c2", "title": "Savings"}]
    gateway.answer_next({"text": "Which one?", "choices": choices})
    write(page, "freeze it")
    expect(log(page).get_by_role("button", name="Savings")).to_be_visible()
    press(page, "Shift+Tab")
    expect(log(page).get_by_role("button", name="Savings")).to_be_focused()
    press(page, "Enter")
    expect(log(page)).to_contain_text("You said: choice c2")
    expect(page.get_by_label("Your message")).to_be_focused()


def test_the_log_is_scrolled_by_keyboard(page: Page, gateway: FakeGateway) -> None:
    """And the way back to the newest message is a button before the message field."""
    gateway.answer_next(*({"text": f"Line {number}."} for number in range(40)))
    write(page, "go on")
    expect(log(page)).to_contain_text("Line 39.")
    gateway.may_answer.clear()
    write(page, "more")
    press(page, "Shift+Tab")
    expect(log(page)).to_be_focused()
    press(page, "Home")
    expect(log(page).get_by_text("Line 0.")).to_be_in_viewport()
    gateway.may_answer.set()
    newer = page.get_by_role("button", name="New messages")
    expect(newer).to_be_visible()
    press(page, "Tab")
    expect(newer).to_be_focused()
    press(page, "Enter")
    expect(log(page).get_by_text("You said: more")).to_be_in_viewport()
    expect(log(page)).to_be_focused()
