"""What a person does with the page."""

from __future__ import annotations

from playwright.sync_api import Frame, Locator, Page, expect

from tests.web.fake_gateway import CODE, PASSWORD, FakeGateway


def say(page: Page, words: str) -> None:
    """Type a message and send it."""
    field = page.get_by_label("Your message")
    field.fill(words)
    field.press("Enter")


def log(page: Page) -> Locator:
    """The conversation on the screen."""
    return page.get_by_role("log")


def panel(page: Page) -> Locator:
    """The secure panel."""
    return page.get_by_role("dialog")


def give_password(page: Page, password: str = PASSWORD) -> None:
    """Fill in the first step of the panel."""
    panel(page).get_by_label("User name").fill("alice")
    panel(page).get_by_label("Password", exact=True).fill(password)
    panel(page).get_by_role("button", name="Continue").click()


def give_code(page: Page, code: str = CODE) -> None:
    """Fill in the step of the panel that asks for a code."""
    panel(page).get_by_label("6-digit code").filter(visible=True).fill(code)
    panel(page).get_by_role("button", name="Confirm").click()


def ask_for_the_balance(page: Page) -> None:
    """Ask, sign in, and get the answer."""
    say(page, "What's my balance?")
    give_password(page)
    give_code(page)
    expect(log(page).get_by_text("€2,480.15")).to_be_visible()


def pass_time(page: Page, gateway: FakeGateway, seconds: int) -> None:
    """Let the gateway's clock and the page's go on, with every tick in between."""
    gateway.now += seconds
    page.clock.run_for(seconds * 1000)


def sign_in(page: Page) -> None:
    """Sign in by password and code, from the bar."""
    page.get_by_role("button", name="Sign in", exact=True).click()
    give_password(page)
    give_code(page)
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()


def begin_change(page: Page, opener: str, **fields: str) -> None:
    """Begin a change on the security page: fill its fields, then show the password."""
    page.get_by_role("button", name=opener).click()
    for label, words in fields.items():
        panel(page).get_by_label(label.replace("_", " "), exact=True).fill(words)
    panel(page).get_by_label("Your current password", exact=True).fill(PASSWORD)
    panel(page).get_by_role("button", name="Continue").click()


def open_chat(page: Page) -> Frame:
    """Press a site's button, with the keyboard; return the frame once it may be typed into."""
    with page.expect_event("frameattached") as attached:
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
    frame: Frame = attached.value
    expect(frame.get_by_label("Your message")).to_be_focused()
    return frame
