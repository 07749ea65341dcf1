"""A new PIN, in a real browser, to the real bank: in the panel and in the call, nowhere else."""

from __future__ import annotations

from contextlib import closing

import pytest
from playwright.sync_api import Page, expect

from apis.banking.pins import Pins
from apis.common.sealing.files import read_sealing
from apis.common.sealing.ring import PINS
from tests.support.opened import connect

pytestmark = pytest.mark.e2e

PIN = "918273"


@pytest.fixture
def page(tab: Page, gatehouse) -> Page:
    """The chat page of the bank, by bob, who has one card."""
    tab.goto(f"{gatehouse.url}/?tenant=northwind-bank")
    return tab


def ask(page: Page, words: str) -> None:
    """Type into the chat and send."""
    page.get_by_label("Your message").fill(words)
    page.get_by_role("button", name="Send").click()


def sign_in(page: Page, person) -> None:
    """Give password and code in the panel."""
    panel = page.get_by_role("dialog")
    panel.get_by_label("User name").fill(person.username)
    panel.get_by_label("Password", exact=True).fill(person.password)
    panel.get_by_role("button", name="Continue").click()
    panel.get_by_label("6-digit code").fill(person.code())
    panel.get_by_label("6-digit code").press("Enter")


def test_a_pin_is_changed_in_the_panel_and_is_nowhere_else(page, gatehouse, persons):
    """ASVS 14.2.1, 14.2.4, 16.2.5: all files of the state folder, the page, all addresses."""
    bob, panel, log = persons["bob"], page.get_by_role("dialog"), page.get_by_role("log")
    urls: list[str] = []
    page.on("request", lambda request: urls.append(request.url))
    ask(page, "I want to change my PIN")
    sign_in(page, bob)
    new = panel.get_by_label("New PIN", exact=True)
    expect(new).to_be_focused()
    expect(panel).to_contain_text("Change the PIN of your debit card •••• 5096")
    page.keyboard.type(PIN)
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.type(PIN)
    page.keyboard.press("Tab")
    code = bob.code()
    page.keyboard.type(code)
    page.keyboard.press("Enter")
    expect(log).to_contain_text("debit card •••• 5096", timeout=40_000)
    expect(log).to_contain_text("if this was not you")
    expect(panel).to_be_hidden()

    ask(page, f"my new pin is {PIN}")
    expect(log).to_contain_text("took it out without reading it")
    page.reload()
    expect(log).to_contain_text("took it out without reading it")
    assert PIN not in page.content()
    assert not any(PIN in url for url in urls)

    verifier = _verifier(gatehouse.home)
    pins = Pins(read_sealing(gatehouse.home, "banking").ring.secret(PINS))
    assert pins.matches(verifier[1], verifier[0], PIN)
    files = [path for path in gatehouse.home.rglob("*") if path.is_file()]
    assert any(path.suffix == ".log" for path in files)
    assert [str(path) for path in files if PIN.encode() in path.read_bytes()] == []


def _verifier(home) -> tuple[str, str]:
    with closing(connect(home / "db" / "banking" / "banking.sqlite3")) as database:
        [(card, verifier)] = database.execute(
            "SELECT p.card_id, p.verifier FROM pins p JOIN cards c ON c.id = p.card_id"
            " WHERE c.last_four = '5096'"
        ).fetchall()
    return card, verifier
