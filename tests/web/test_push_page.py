"""The page of a device that confirms: what is shown, the number, "this was not me"."""

from __future__ import annotations

import copy

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.web.axe import faults_of, read_axe
from tests.web.fake_challenges import NUMBER
from tests.web.fake_gateway import FakeGateway, Refusal
from tests.web.fake_push import PAYMENT

# The page's own way to make a key and keep it.
ENROL = """async () => {
  const device = await import("/assets/push/device.js");
  await device.keepDevice(await device.makeDevice("My phone"));
}"""


def waiting(page: Page) -> Locator:
    return page.locator("#waiting")


def enter(page: Page, number: str) -> None:
    page.get_by_label("The number on the other screen").fill(number)
    page.get_by_role("button", name="Confirm", exact=True).click()


@pytest.fixture
def device(page: Page, gateway: FakeGateway) -> Page:
    """The page of a browser that is a device, with nothing to confirm."""
    page.goto("/push")
    page.evaluate(ENROL)
    page.reload()
    expect(page.get_by_text("Nothing waits for you.")).to_be_visible()
    expect(page.get_by_text("This browser confirms as: My phone")).to_be_visible()
    return page


@pytest.fixture
def asked(device: Page, gateway: FakeGateway) -> Page:
    """The same, asked to confirm a payment."""
    gateway.push.waiting = [copy.deepcopy(PAYMENT)]
    device.clock.run_for(3_000)
    expect(waiting(device)).to_contain_text("Pay 12.00 EUR to Anna Berg")
    return device


def test_a_browser_that_is_no_device_is_told_how_to_become_one(
    page: Page, gateway: FakeGateway
) -> None:
    page.goto("/push")
    expect(page.get_by_text("This browser is no device of yours yet")).to_be_visible()
    assert gateway.count("POST", "/api/push/waiting") == 0
    assert faults_of(page, read_axe()) == []


def test_it_is_confirmed_with_the_number_and_with_nothing_less(
    asked: Page, gateway: FakeGateway
) -> None:
    """NIST SP 800-63B-4 3.1.3: no plain "approve"; a wrong number costs one try of three."""
    expect(waiting(asked)).to_contain_text("Northwind Bank asks you to confirm")
    expect(waiting(asked)).to_contain_text("3 tries left")
    enter(asked, "")
    expect(asked.get_by_role("alert")).to_have_text("Type the two digits of the other screen.")
    assert gateway.push.answers == []
    enter(asked, "24")
    expect(asked.get_by_role("alert")).to_have_text("That is not the number.")
    expect(waiting(asked)).to_contain_text("2 tries left")
    expect(asked.get_by_label("The number on the other screen")).to_be_focused()
    enter(asked, NUMBER)
    expect(waiting(asked)).to_contain_text("You can go on, on the other screen.")
    asked.get_by_role("button", name="All right").click()
    expect(asked.get_by_text("Nothing waits for you.")).to_be_visible()
    assert all(len(answer["signature"]) == 86 for answer in gateway.push.answers)


def test_this_was_not_me(asked: Page, gateway: FakeGateway) -> None:
    """What a person does whom somebody else's sign-in has reached."""
    asked.get_by_role("button", name="This was not me").click()
    expect(waiting(asked)).to_contain_text("Nothing was done")
    expect(waiting(asked).get_by_role("link", name="Your security")).to_be_focused()
    [answer] = gateway.push.answers
    assert (answer["decision"], "number" in answer) == ("refuse", False)


def test_it_is_done_by_keys_alone(asked: Page, gateway: FakeGateway) -> None:
    expect(asked.get_by_label("The number on the other screen")).to_be_focused()
    asked.keyboard.type(NUMBER)
    asked.keyboard.press("Enter")
    expect(asked.get_by_role("button", name="All right")).to_be_focused()
    asked.keyboard.press("Enter")
    expect(asked.get_by_text("Nothing waits for you.")).to_be_visible()
    assert len(gateway.push.answers) == 1


def test_a_question_that_has_run_out_is_over(asked: Page, gateway: FakeGateway) -> None:
    gateway.push.waiting = []
    asked.clock.fast_forward(PAYMENT["expires_in"] * 1_000 + 1_000)
    expect(waiting(asked)).to_contain_text("This has been answered, or it has expired.")
    assert gateway.push.answers == []


def test_a_device_that_was_removed_says_so(device: Page, gateway: FakeGateway) -> None:
    gateway.push.known = False
    device.clock.run_for(3_000)
    expect(waiting(device)).to_contain_text("This browser is not your device any more.")


def test_it_goes_on_when_we_can_be_reached_again(device: Page, gateway: FakeGateway) -> None:
    unavailable = Refusal(503, "security_unavailable", "Please try later.")
    gateway.fail("/api/push/waiting", unavailable)
    device.clock.run_for(3_000)
    expect(waiting(device)).to_contain_text("We cannot be reached just now.")
    gateway.push.waiting = [copy.deepcopy(PAYMENT)]
    device.clock.run_for(3_000)
    expect(waiting(device)).to_contain_text("Anna Berg")


def test_attack_what_is_shown_is_words_and_never_markup(device: Page, gateway: FakeGateway) -> None:
    hostile = "<img src=x onerror=alert(1)>"
    gateway.push.waiting = [{**PAYMENT, "binding": hostile, "details": [["To", hostile]]}]
    device.clock.run_for(3_000)
    expect(waiting(device).get_by_text(hostile).first).to_be_visible()
    expect(waiting(device).locator("img")).to_have_count(0)


@pytest.mark.parametrize("width", [1280, 320])
def test_axe_finds_nothing_and_nothing_is_cut_off(asked: Page, width: int) -> None:
    """WCAG 2.2, A and AA; 1.4.10: no scrolling in two directions."""
    asked.set_viewport_size({"width": width, "height": 700})
    assert faults_of(asked, read_axe()) == []
    enter(asked, "24")
    expect(asked.get_by_role("alert")).not_to_be_empty()
    assert faults_of(asked, read_axe()) == []
    wide = "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
    assert asked.evaluate(wide)
