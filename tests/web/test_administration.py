"""The page of an organisation's administrators, and the link of an invitation."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.web.axe import faults_of, read_axe
from tests.web.fake_administration import INVITED, MADE, person
from tests.web.fake_challenges import NUMBER
from tests.web.fake_gateway import FakeGateway, Refusal
from tests.web.steps import give_code, panel, sign_in


def come_in(page: Page, gateway: FakeGateway) -> None:
    """Sign in on the chat page as an administrator, and open the page."""
    sign_in(page)
    for session in gateway.sessions.values():
        if session.user:
            session.user["roles"] = ["admin"]
    page.goto("/admin")
    expect(page.get_by_role("heading", name="People", exact=True)).to_be_visible()


@pytest.fixture
def admin(page: Page, gateway: FakeGateway) -> Page:
    come_in(page, gateway)
    return page


def people(page: Page) -> Locator:
    return page.get_by_role("region", name="Everybody").get_by_role("listitem")


def manage(page: Page, name: str) -> None:
    page.get_by_role("button", name=f"Manage: {name}").click()


def press(page: Page, name: str) -> None:
    panel(page).get_by_role("button", name=name, exact=True).click()


def test_everybody_is_listed_with_what_stands_out(admin: Page) -> None:
    expect(people(admin)).to_have_count(4)
    expect(people(admin).nth(0)).to_contain_text("Adam Osei You")
    expect(people(admin).nth(1)).to_contain_text("bob · Customer")
    expect(people(admin).nth(2)).to_contain_text("Disabled Code paused")
    expect(people(admin).nth(3)).to_contain_text("Invitation to be sent again")
    manage(admin, "Adam Osei (adam)")
    expect(panel(admin)).to_contain_text("This is your own account.")
    expect(panel(admin).get_by_role("button")).to_have_count(1)


def test_people_are_found_and_turned_over(page: Page, gateway: FakeGateway) -> None:
    gateway.administration.page = 3
    come_in(page, gateway)
    expect(people(page)).to_have_count(3)
    page.get_by_role("button", name="Show more").click()
    expect(people(page)).to_have_count(4)
    expect(page.get_by_role("button", name="Manage: Zoe Zander (zoe)")).to_be_focused()
    page.get_by_label("Name or user name").fill("b&o+")
    page.keyboard.press("Enter")
    expect(page.get_by_text("There is nobody of that name.")).to_be_visible()


def test_somebody_is_disabled_with_a_code_that_says_whom(admin: Page, gateway: FakeGateway) -> None:
    """ASVS 7.5.1: what is approved stands beside the code."""
    manage(admin, "Bob Lindqvist (bob)")
    expect(panel(admin)).to_contain_text("Firefox on Windows")
    press(admin, "Disable")
    expect(panel(admin)).to_contain_text("Disable Bob Lindqvist (bob)")
    admin.keyboard.press("Escape")
    expect(panel(admin)).to_be_hidden()
    assert gateway.count("POST", "/api/admin/actions/action-1") == 0
    manage(admin, "Bob Lindqvist (bob)")
    press(admin, "Disable")
    give_code(admin)
    expect(panel(admin)).to_contain_text("the person has been told")
    press(admin, "Close")
    assert gateway.count("POST", "/api/admin/users/ref-bob/disable") == 2
    assert gateway.count("POST", "/api/admin/actions/action-1") == 1


def test_somebody_is_disabled_by_what_a_device_confirms(admin: Page, gateway: FakeGateway) -> None:
    """NIST SP 800-63B-4 3.1.3: the number stands here, whom it is about there; then it goes on."""
    gateway.challenges.methods = ["push"]
    manage(admin, "Bob Lindqvist (bob)")
    press(admin, "Disable")
    expect(panel(admin)).to_contain_text("Disable Bob Lindqvist (bob)")
    expect(panel(admin).locator(".number strong")).to_have_text(NUMBER)
    admin.clock.run_for(3_000)
    assert gateway.count("POST", "/api/admin/actions/action-1") == 0
    gateway.challenges.confirmed = True
    admin.clock.run_for(3_000)
    expect(panel(admin)).to_contain_text("the person has been told")
    assert gateway.count("POST", "/api/admin/actions/action-1") == 1
    assert faults_of(admin, read_axe()) == []


def test_somebody_new_is_invited(admin: Page, gateway: FakeGateway) -> None:
    admin.get_by_role("button", name="Add a person").click()
    press(admin, "Continue")
    expect(panel(admin)).to_contain_text("Please fill in name and user name.")
    panel(admin).get_by_label("Name", exact=True).fill("Ines Adler")
    panel(admin).get_by_label("User name").fill("ines")
    panel(admin).get_by_label("Email address").fill("ines@example.org")
    panel(admin).get_by_label("Teller").check()
    press(admin, "Continue")
    give_code(admin)
    expect(panel(admin)).to_contain_text("The link is on its way")
    whole = {"name": "Ines Adler", "username": "ines", "roles": ["teller"], "send": "email"}
    assert gateway.administration.asked == [("add", {**whole, "email": "ines@example.org"})]


def test_only_what_changes_is_asked_for(admin: Page, gateway: FakeGateway) -> None:
    manage(admin, "Bob Lindqvist (bob)")
    press(admin, "Change roles")
    press(admin, "Continue")
    expect(panel(admin)).to_contain_text("These are their roles already.")
    panel(admin).get_by_label("Teller").check()
    panel(admin).get_by_label("Customer").uncheck()
    press(admin, "Continue")
    give_code(admin)
    expect(panel(admin)).to_contain_text("It is done")
    assert gateway.administration.asked == [("roles", {"give": ["teller"], "take": ["customer"]})]


WAITING = {
    "ref": "action-9",
    "words": "Change the roles of Cleo Park (cleo)",
    "details": [{"label": "Give", "value": "admin"}],
    "asked_by": "Adam Osei",
    "asked_at": "2026-11-23T09:58:00+00:00",
    "expires_at": "2026-11-24T09:58:00+00:00",
    "mine": False,
}


def test_a_second_administrator_approves_what_they_see(page: Page, gateway: FakeGateway) -> None:
    """Dual control."""
    gateway.administration.waiting = [WAITING]
    come_in(page, gateway)
    part = page.get_by_role("region", name="Waiting for a second administrator")
    expect(part).to_contain_text("Give")
    expect(part).to_contain_text("Asked for by Adam Osei")
    gateway.administration.waiting = []
    part.get_by_role("button", name="Approve: Change the roles of Cleo Park (cleo)").click()
    give_code(page)
    expect(panel(page)).to_contain_text("It is done")
    expect(part).to_be_hidden()
    assert gateway.count("POST", "/api/admin/actions/action-9/approve") == 1


def test_ones_own_request_can_only_be_withdrawn(page: Page, gateway: FakeGateway) -> None:
    gateway.administration.waiting = [{**WAITING, "mine": True}]
    come_in(page, gateway)
    part = page.get_by_role("region", name="Waiting for a second administrator")
    expect(part.get_by_role("button")).to_have_count(1)
    part.get_by_role("button", name="Withdraw: Change the roles of Cleo Park (cleo)").click()
    expect(part).to_be_hidden()
    assert gateway.count("DELETE", "/api/admin/actions/action-9") == 1


def test_what_takes_two_is_said_with_a_second_one_and_without(
    admin: Page, gateway: FakeGateway
) -> None:
    gateway.administration.state = "waiting"
    manage(admin, "Bob Lindqvist (bob)")
    press(admin, "Disable")
    give_code(admin)
    expect(panel(admin)).to_contain_text("within 24 hours")
    press(admin, "Close")
    sentence = "This needs a second administrator, and you are the only one."
    refusal = Refusal(409, "second_admin_missing", sentence)
    gateway.fail("/api/admin/users/ref-bob/disable", refusal)
    manage(admin, "Bob Lindqvist (bob)")
    press(admin, "Disable")
    expect(panel(admin)).to_contain_text(sentence)


def test_whoever_is_no_administrator_sees_nobody(page: Page, gateway: FakeGateway) -> None:
    """ASVS 8.2.1: nothing is even asked for."""
    sign_in(page)
    page.goto("/admin")
    expect(page.get_by_text("This page is for the administrators")).to_be_visible()
    assert gateway.count("GET", "/api/admin/users") == 0


def test_a_name_that_is_markup_stays_words(page: Page, gateway: FakeGateway) -> None:
    """ASVS 3.2.2."""
    gateway.administration.people = [person("eve", "<img src=x onerror=alert(1)>")]
    come_in(page, gateway)
    expect(page.get_by_text("<img src=x onerror=alert(1)>")).to_be_visible()
    assert page.locator("main img[src=x]").count() == 0


def test_an_invitation_leaves_the_address_bar_and_sets_a_password_once(
    page: Page, gateway: FakeGateway
) -> None:
    """ASVS 14.2.1: its token is neither in the address nor in the history."""
    page.goto(f"/security#invited={INVITED}")
    expect(page.get_by_role("heading", name="Welcome")).to_be_visible()
    assert page.url.endswith("/security")
    assert INVITED not in page.content()
    page.get_by_label("New password", exact=True).fill("short")
    page.get_by_role("button", name="Set the password").click()
    expect(page.get_by_role("alert")).to_contain_text("Add another word or two.")
    page.get_by_label("New password", exact=True).fill("violet tractor under the pier")
    page.get_by_role("button", name="Set the password").click()
    expect(page.get_by_text("Sign in as “zoe” now")).to_be_visible()
    link = page.get_by_role("link", name="Go to sign-in")
    expect(link).to_have_attribute("href", "/?tenant=northwind-bank")
    assert gateway.administration.passwords == ["violet tractor under the pier"]


@pytest.mark.parametrize("token", ["", "not-the-one"])
def test_a_link_that_is_over_says_whom_to_ask(page: Page, token: str) -> None:
    page.goto(f"/security#invited={token}")
    if token:
        page.get_by_label("New password", exact=True).fill("violet tractor under the pier")
        page.get_by_role("button", name="Set the password").click()
    expect(page.get_by_role("alert")).to_contain_text("link is no")


def _list(page: Page, gateway: FakeGateway) -> None:
    gateway.administration.waiting = [WAITING, {**WAITING, "ref": "b", "mine": True}]
    come_in(page, gateway)


def _person(page: Page, gateway: FakeGateway) -> None:
    come_in(page, gateway)
    manage(page, "Bob Lindqvist (bob)")
    expect(panel(page)).to_contain_text("Firefox on Windows")


def _form(page: Page, gateway: FakeGateway) -> None:
    _list(page, gateway)
    page.get_by_role("button", name="Add a person").click()
    press(page, "Continue")


def _password(page: Page, gateway: FakeGateway) -> None:
    _person(page, gateway)
    press(page, "Reset password and ways")
    panel(page).get_by_label("Make one and show it once").check()
    press(page, "Continue")
    give_code(page)
    expect(panel(page).get_by_text(MADE)).to_be_visible()


def test_a_password_is_shown_this_once_and_gone_with_the_panel(
    page: Page, gateway: FakeGateway
) -> None:
    _password(page, gateway)
    press(page, "Close")
    assert MADE not in page.content()


@pytest.mark.parametrize("show", [_list, _form, _person, _password], ids=lambda one: one.__name__)
def test_axe_finds_nothing(page: Page, gateway: FakeGateway, show: Any) -> None:
    """WCAG 2.2, A and AA, in both schemes."""
    show(page, gateway)
    assert faults_of(page, read_axe()) == []
