"""The demo as a presenter shows it: a tour by its buttons, a text from the phone, an attack."""

from __future__ import annotations

import time

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.installation import Installation
from tests.e2e.people import Person

pytestmark = pytest.mark.e2e

WAITS_FOR_A_CODE_MS = 60_000


def press(demo: Page, words: str) -> None:
    """Press a button of the step, and wait until it has done what it says."""
    button = demo.locator(".step").get_by_role("button", name=words)
    button.click()
    expect(button).to_contain_text("done", timeout=WAITS_FOR_A_CODE_MS)


def test_a_tour_is_clicked_through_and_the_phone_texts_the_bot(
    tab: Page, gatehouse: Installation, persons: dict[str, Person]
) -> None:
    """Real webhook, real page, real panel: the demo has no answer of its own."""
    tab.set_viewport_size({"width": 1360, "height": 850})
    tab.goto(f"{gatehouse.url}/demo")
    chat = tab.frame_locator(".chat-frame")
    chat.get_by_role("heading", name="How can we help?").wait_for()
    tab.get_by_label("Which house do you show?").select_option("A shop")
    expect(chat.locator("#organisation")).to_have_text("Acme Shop")

    press(tab, "where are my headphones?")
    thread = tab.get_by_role("list", name="Texts with Acme Shop")
    expect(thread).to_contain_text("AC-10482")

    tab.get_by_role("button", name="Next", exact=True).click()
    press(tab, "where is order AC-10482")
    expect(chat.get_by_role("dialog")).to_be_visible()
    press(tab, "Sign in as Carl Jensen")
    persons["carl"].last_step = int(time.time()) // 30
    expect(chat.get_by_role("log")).to_contain_text("On its way")
    assert persons["carl"].password not in chat.locator("body").inner_text()

    tab.get_by_role("tab", name="Attacks").click()
    attack = tab.get_by_role("article", name="Command the engine")
    attack.get_by_role("button", name="Try it").click()
    expect(attack.get_by_role("status")).to_have_text("Stopped")
    expect(attack).to_contain_text("operation:guard:deny")


def test_a_short_session_is_short_at_the_server(tab: Page, gatehouse: Installation) -> None:
    """ASVS 7.3.1: the server's limits, shortened for this session alone."""
    tab.set_viewport_size({"width": 1360, "height": 850})
    tab.goto(f"{gatehouse.url}/demo")
    chat = tab.frame_locator(".chat-frame")
    chat.get_by_role("heading", name="How can we help?").wait_for()
    tab.get_by_role("switch").check()
    expect(tab.locator("#doing")).to_contain_text("75 seconds")
    session = tab.evaluate("fetch('/api/session').then((answer) => answer.json())")
    assert session["idle_seconds_left"] <= 75
    assert session["absolute_seconds_left"] <= 300
