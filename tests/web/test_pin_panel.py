"""A new PIN, typed twice into the panel beside the code: by keyboard alone, and nowhere else."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.web.fake_gateway import CODE, FakeGateway
from tests.web.steps import ask_for_the_balance, log, panel, say

FIELD = {"name": "new_pin", "label": "New PIN", "form": "pin", "min_length": 4, "max_length": 6}
PIN = "4826"


@pytest.fixture
def changing(page: Page, gateway: FakeGateway) -> Page:
    """The panel that asks for a new PIN."""
    gateway.challenges.panel = [FIELD]
    ask_for_the_balance(page)
    say(page, "transfer 50 to Anna")
    expect(panel(page)).to_be_visible()
    return page


def answers(gateway: FakeGateway) -> list[dict[str, object]]:
    """Return what was sent with the code of the confirmation."""
    return [body for _, path, body in gateway.calls if path.endswith("/answer")][1:]


def fill(page: Page, pin: str, again: str, code: str = CODE) -> None:
    """Type into all three fields, then press Confirm."""
    panel(page).get_by_label("New PIN", exact=True).fill(pin)
    panel(page).get_by_label("New PIN, once more").fill(again)
    panel(page).get_by_label("6-digit code").fill(code)
    panel(page).get_by_role("button", name="Confirm").click()


def test_by_keyboard_alone(changing: Page, gateway: FakeGateway) -> None:
    """WCAG 2.1.1: the focus is where one begins, and Tab leads on."""
    expect(panel(changing).get_by_label("New PIN", exact=True)).to_be_focused()
    changing.keyboard.type(PIN)
    changing.keyboard.press("Tab")
    changing.keyboard.press("Tab")
    changing.keyboard.type(PIN)
    changing.keyboard.press("Tab")
    changing.keyboard.type(CODE)
    changing.keyboard.press("Enter")
    expect(panel(changing)).to_be_hidden()
    assert answers(gateway) == [{"code": CODE, "panel": {"new_pin": PIN}}]


def test_two_that_differ_are_not_sent(changing: Page, gateway: FakeGateway) -> None:
    fill(changing, PIN, "4827")
    expect(panel(changing).get_by_role("alert")).to_have_text(
        "The two are not the same. Please type the second one again."
    )
    again = panel(changing).get_by_label("New PIN, once more")
    expect(again).to_be_focused()
    expect(again).to_have_value("")
    expect(again).to_have_attribute("aria-invalid", "true")
    assert answers(gateway) == []
    changing.keyboard.type(PIN)
    changing.keyboard.press("Enter")
    expect(panel(changing)).to_be_hidden()


def test_too_few_digits_are_not_sent(changing: Page, gateway: FakeGateway) -> None:
    fill(changing, "482", "482")
    expect(panel(changing).get_by_role("alert")).to_have_text("Please type 4 to 6 digits.")
    expect(panel(changing).get_by_label("New PIN", exact=True)).to_be_focused()
    assert answers(gateway) == []


def test_only_digits_can_be_typed_and_no_more_than_six(changing: Page) -> None:
    field = panel(changing).get_by_label("New PIN", exact=True)
    field.press_sequentially("4a8-2 613579")
    expect(field).to_have_value("482613")


def test_a_refused_pin_is_typed_anew_and_the_code_stays(changing: Page) -> None:
    """The code is not used up, so nobody has to wait for the next one."""
    fill(changing, "1234", "1234")
    expect(panel(changing).get_by_role("alert")).to_contain_text("too easy to guess")
    field = panel(changing).get_by_label("New PIN", exact=True)
    expect(field).to_be_focused()
    expect(field).to_have_value("")
    expect(panel(changing).get_by_label("6-digit code")).to_have_value(CODE)


def test_a_wrong_code_leaves_the_pin(changing: Page) -> None:
    fill(changing, PIN, PIN, "111111")
    expect(panel(changing).get_by_role("alert")).to_contain_text("That code is not right")
    expect(panel(changing).get_by_label("6-digit code")).to_be_focused()
    expect(panel(changing).get_by_label("New PIN", exact=True)).to_have_value(PIN)


def test_it_is_hidden_until_it_is_shown(changing: Page) -> None:
    field = panel(changing).get_by_label("New PIN", exact=True)
    again = panel(changing).get_by_label("New PIN, once more")
    for each in (field, again):
        expect(each).to_have_attribute("type", "password")
        expect(each).to_have_attribute("autocomplete", "off")
    panel(changing).get_by_role("button", name="Show what I type").click()
    for each in (field, again):
        expect(each).to_have_attribute("type", "text")
    panel(changing).get_by_role("button", name="Hide what I type").click()
    expect(field).to_have_attribute("type", "password")


def test_a_closed_panel_keeps_nothing(changing: Page) -> None:
    """Whoever comes to the screen next finds no PIN."""
    panel(changing).get_by_label("New PIN", exact=True).fill(PIN)
    changing.keyboard.press("Escape")
    expect(panel(changing)).to_be_hidden()
    assert PIN not in changing.evaluate(
        "[...document.querySelectorAll('input')].map((one) => one.value).join(' ')"
    )
    log(changing).get_by_role("button", name="Check and confirm").click()
    expect(panel(changing).get_by_label("New PIN", exact=True)).to_have_value("")


@pytest.mark.parametrize("words", [PIN, "my new pin is 4826", "482613"])
def test_a_pin_typed_into_the_chat_is_not_even_sent(
    changing: Page, gateway: FakeGateway, words: str
) -> None:
    """ASVS 14.2.4: it would be in the transcript."""
    changing.keyboard.press("Escape")
    said = gateway.count("POST", "/api/messages")
    say(changing, words)
    expect(panel(changing)).to_be_visible()
    expect(log(changing)).to_contain_text("never into the chat")
    expect(log(changing)).not_to_contain_text(words)
    assert gateway.count("POST", "/api/messages") == said


@pytest.mark.parametrize("width", [360, 1280])
def test_the_panel_fits(changing: Page, width: int) -> None:
    changing.set_viewport_size({"width": width, "height": 720})
    wider = changing.evaluate(
        "(() => { const b = document.getElementById('panel-body');"
        " return b.scrollWidth > b.clientWidth; })()"
    )
    assert not wider
