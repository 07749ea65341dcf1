"""A link that leads to the page: sign in, see what was asked for, go on with it."""

from __future__ import annotations

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, Route, expect

from tests.web.fake_gateway import FakeGateway, Refusal
from tests.web.steps import give_code, give_password, log, panel, sign_in

TOKEN = "T" * 22
LINK = f"/?tenant=northwind-bank#continue={TOKEN}"
PAY = "Pay 50.00 EUR to Anna Berg"
LOOK, GO_ON = "/api/continue/look", "/api/continue"


@pytest.fixture
def followed(context: BrowserContext, gateway: FakeGateway) -> Page:
    """The page as somebody opens it who has pressed the link."""
    gateway.links[TOKEN] = (PAY, True)
    page = context.new_page()
    page.goto(LINK)
    page.get_by_role("heading", name="How can we help?").wait_for()
    return page


def question(page: Page) -> Locator:
    """The dialog that tells what was asked for."""
    return page.get_by_role("dialog", name="You asked for this by text message")


def test_the_question_comes_after_the_sign_in_and_goes_on(
    followed: Page, gateway: FakeGateway
) -> None:
    """Nothing of it is told, nor asked of the server, before somebody has signed in."""
    expect(log(followed)).to_contain_text("Please sign in to see it.")
    expect(panel(followed)).to_contain_text("Sign in")
    assert gateway.bodies(LOOK) == []
    assert "continue" not in followed.url
    assert TOKEN not in followed.content()
    give_password(followed)
    give_code(followed)
    dialog = question(followed)
    expect(dialog).to_contain_text(PAY)
    expect(dialog).to_contain_text("Go on only if it was you who asked.")
    expect(dialog.get_by_role("button", name="Go on")).to_be_focused()
    assert gateway.bodies(GO_ON) == []
    gateway.answer_next({"text": "Please check this."})
    dialog.get_by_role("button", name="Go on").click()
    expect(log(followed)).to_contain_text("Please check this.")
    expect(dialog).to_have_count(0)
    assert gateway.bodies(GO_ON) == [{"token": TOKEN}]


@pytest.mark.parametrize("way", ["button", "Escape"])
def test_not_now_leaves_the_link_as_good_as_it_was(
    followed: Page, gateway: FakeGateway, way: str
) -> None:
    give_password(followed)
    give_code(followed)
    dialog = question(followed)
    if way == "button":
        dialog.get_by_role("button", name="Not now").click()
    else:
        dialog.press("Escape")
    expect(log(followed)).to_contain_text("The link stays good for a few minutes")
    expect(dialog).to_have_count(0)
    assert gateway.bodies(GO_ON) == []
    followed.evaluate(f"location.hash = 'continue={TOKEN}'")
    expect(dialog).to_contain_text(PAY)


def test_whoever_is_signed_in_is_asked_at_once(page: Page, gateway: FakeGateway) -> None:
    sign_in(page)
    gateway.links[TOKEN] = ("See your results", False)
    page.evaluate(f"location.hash = 'continue={TOKEN}'")
    dialog = question(page)
    expect(dialog).to_contain_text("See your results")
    expect(dialog).to_contain_text("It is shown here, and nowhere else.")
    assert "continue" not in page.url


def test_a_link_that_is_not_good_says_no_more_than_that(page: Page, gateway: FakeGateway) -> None:
    """Used, too old, made up, or somebody else's: the same words."""
    sign_in(page)
    page.evaluate(f"location.hash = 'continue={TOKEN}'")
    expect(log(page)).to_contain_text("This link is no longer good, or it is for somebody else.")
    expect(question(page)).to_have_count(0)


def test_a_server_out_of_reach_is_said(page: Page, gateway: FakeGateway) -> None:
    sign_in(page)
    gateway.links[TOKEN] = (PAY, True)
    gateway.fail(LOOK, Refusal(503, "security_unavailable", "Please try later."))
    page.evaluate(f"location.hash = 'continue={TOKEN}'")
    expect(log(page)).to_contain_text("Please try later.")
    page.evaluate(f"location.hash = 'continue={TOKEN}'")
    expect(question(page)).to_be_visible()


def test_the_end_of_the_session_takes_the_question_away(
    followed: Page, gateway: FakeGateway
) -> None:
    """ASVS 14.3.1: nothing of the person stays on the screen."""
    give_password(followed)
    give_code(followed)
    expect(question(followed)).to_be_visible()
    gateway.sessions.clear()
    gateway.now += 301
    followed.get_by_role("button", name="Go on").click()
    expect(followed.get_by_role("heading", name="Your session has ended")).to_be_visible()
    assert PAY not in followed.locator("body").inner_html()


def test_words_of_a_question_are_words(page: Page, gateway: FakeGateway) -> None:
    """ASVS 1.2.1: what an API calls somebody never becomes markup."""
    sign_in(page)
    gateway.links[TOKEN] = ("<img src=x onerror=alert(1)> & <b>bold</b>", True)
    page.evaluate(f"location.hash = 'continue={TOKEN}'")
    dialog = question(page)
    expect(dialog).to_contain_text("<img src=x onerror=alert(1)> & <b>bold</b>")
    assert dialog.locator("img, b").count() == 0


@pytest.mark.parametrize("late", [LOOK, GO_ON])
def test_attack_what_a_link_shows_after_its_person_has_gone(
    page: Page, gateway: FakeGateway, late: str
) -> None:
    """ASVS 14.3.1: whoever sits down next at the same screen sees neither question nor answer,
    however long they were on their way."""
    sign_in(page)
    gateway.links[TOKEN] = (PAY, True)
    gateway.answer_next({"text": "Your results are here."})
    held = list[Route]()

    def hold(route: Route) -> None:
        held.append(route)

    page.route(f"**{late}", hold)
    with page.expect_request(f"**{late}"):
        page.evaluate(f"location.hash = 'continue={TOKEN}'")
        if late == GO_ON:
            question(page).get_by_role("button", name="Go on").click()
    while not held:  # The request is known a moment before it is held.
        page.evaluate("0")
    answer = held[0].fetch()
    assert answer.ok
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="You are signed out")).to_be_visible()
    with page.expect_response(f"**{late}"):
        held[0].fulfill(response=answer)
    page.evaluate("new Promise((resolve) => setTimeout(resolve))")
    assert question(page).count() == 0
    seen = page.locator("body").inner_html()
    assert PAY not in seen
    assert "Your results are here." not in seen


def test_attack_a_question_that_stays_for_the_next_person(
    page: Page, context: BrowserContext, gateway: FakeGateway
) -> None:
    """ASVS 14.3.1: another window signed out, and somebody else in."""
    sign_in(page)
    gateway.links[TOKEN] = (PAY, True)
    page.evaluate(f"location.hash = 'continue={TOKEN}'")
    expect(question(page)).to_be_visible()
    [session] = gateway.sessions.values()
    session.user = {"name": "Bob", "tenant": "northwind-bank", "roles": ["customer"]}
    other = context.new_page()
    other.goto("/")
    other.evaluate("new BroadcastChannel('gatehouse.session').postMessage('changed')")
    expect(question(page)).to_have_count(0)
    assert PAY not in page.locator("body").inner_html()
