"""The account page in a real browser: a new number, new recovery codes, and two ways back in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.installation import Installation
from tests.e2e.people import Person
from tests.e2e.visitor import CODE_OF_A_MAIL, CODE_OF_A_TEXT, Visitor

pytestmark = pytest.mark.e2e

NEW_PASSWORD = "violet tractor under the pier"
NEW_NUMBER = "+12025550188"
WARNING = r"(If this was not you)"

type Persons = dict[str, Person]
type Visiting = Callable[[], Visitor]


def panel(page: Page) -> Locator:
    return page.get_by_role("dialog")


def give_code(page: Page, code: str) -> None:
    """Type a code into the step that asks for one."""
    panel(page).get_by_label("6-digit code").filter(visible=True).fill(code)
    panel(page).get_by_role("button", name="Confirm").click()


def give_password(page: Page, gatehouse: Installation, person: Person) -> None:
    """Open the chat page, and sign in up to the code."""
    page.goto(f"{gatehouse.url}/?tenant={person.tenant}")
    page.get_by_role("button", name="Sign in", exact=True).click()
    panel(page).get_by_label("User name").fill(person.username)
    panel(page).get_by_label("Password", exact=True).fill(person.password)
    panel(page).get_by_role("button", name="Continue").click()
    expect(panel(page).get_by_role("heading", name="Enter your code")).to_be_visible()


def is_in(page: Page) -> None:
    """Wait until somebody is signed in."""
    expect(panel(page)).to_be_hidden()
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()


def begin(page: Page, name: str, person: Person, **fields: str) -> None:
    """Begin a change: its own fields, then the password."""
    page.get_by_role("button", name=name).click()
    for label, words in fields.items():
        panel(page).get_by_label(label.replace("_", " "), exact=True).fill(words)
    panel(page).get_by_label("Your current password", exact=True).fill(person.password)
    panel(page).get_by_role("button", name="Continue").click()


def open_mailed_link(page: Page, gatehouse: Installation, person: Person) -> None:
    """Open the newest recovery link in the mailbox of the demo."""
    page.goto(f"{gatehouse.url}/demo/phone")
    page.get_by_label("Whose phone is it?").select_option("Everything that was sent")
    mail = page.get_by_role("listitem").filter(has_text=f"Email to {person.email}")
    mail.get_by_role("link", name="#recover=").first.click()
    expect(page.get_by_role("heading", name="Get back into your account")).to_be_visible()
    assert page.url == f"{gatehouse.url}/security"


def ask_for_a_link(page: Page, gatehouse: Installation, visitor: Visitor, person: Person) -> None:
    """Say that the password is forgotten, and wait for the mail."""
    mailbox = visitor.inbox(person.email)
    page.goto(f"{gatehouse.url}/?tenant={person.tenant}")
    page.get_by_role("button", name="Sign in", exact=True).click()
    panel(page).get_by_label("User name").fill(person.username)
    panel(page).get_by_role("button", name="Forgot your password?").click()
    panel(page).get_by_role("button", name="Send me a link").click()
    expect(panel(page)).to_contain_text("If this account exists, we have sent a link")
    mailbox.next(r"(#recover=)")


def set_password(page: Page, code: str = "") -> None:
    """Choose the new password; `code` is a recovery code."""
    page.get_by_label("New password", exact=True).fill(NEW_PASSWORD)
    page.get_by_label("Recovery code (if you have one)").fill(code)
    page.get_by_role("button", name="Set the new password").click()


def test_a_number_is_changed_and_recovery_codes_are_made(
    tab: Page, gatehouse: Installation, visitor: Visiting, persons: Persons
) -> None:
    """ASVS 6.3.7: what the code approves is the new number; the old one is told."""
    erin, outside = persons["erin"], visitor()
    old, new = outside.inbox(erin.phone), outside.inbox(NEW_NUMBER)
    give_password(tab, gatehouse, erin)
    panel(tab).get_by_role("button", name="Text me a code instead").click()
    give_code(tab, old.next(CODE_OF_A_TEXT))
    is_in(tab)
    tab.get_by_role("link", name="Your security").click()

    begin(tab, "Change the phone number", erin, Phone_number="+1 202 555 0188")
    approved = panel(tab).locator("#binding")
    expect(approved.get_by_role("definition")).to_have_text(NEW_NUMBER)
    give_code(tab, erin.code())
    expect(panel(tab)).to_contain_text("We texted a code to •••• 88.")
    give_code(tab, new.next(CODE_OF_A_TEXT))
    expect(panel(tab)).to_contain_text("Your phone is added")
    panel(tab).get_by_role("button", name="Close").last.click()
    expect(tab.get_by_role("button", name="Remove: Text message to •••• 88")).to_be_visible()
    assert old.next(WARNING)

    begin(tab, "New recovery codes", erin)
    give_code(tab, erin.code())
    expect(panel(tab).locator(".codes li")).to_have_count(10)
    panel(tab).get_by_role("button", name="I have saved them").click()
    expect(tab.get_by_text("10 codes left")).to_be_visible()
    assert new.next(WARNING)


def test_a_forgotten_password_is_replaced_through_the_mailed_link(
    tab: Page, gatehouse: Installation, visitor: Visiting, persons: Persons
) -> None:
    """ASVS 6.4.3: the link alone has to wait; with a recovery code it works at once."""
    hana, outside = persons["hana"], visitor()
    code, *_ = outside.new_recovery_codes(hana)
    ask_for_a_link(tab, gatehouse, outside, hana)
    open_mailed_link(tab, gatehouse, hana)
    set_password(tab)
    expect(tab.get_by_text("Nothing has been changed yet.")).to_be_visible()

    open_mailed_link(tab, gatehouse, hana)
    set_password(tab, code)
    expect(tab.get_by_text("Your password is changed. Sign in with it now.")).to_be_visible()
    hana.password = NEW_PASSWORD
    give_password(tab, gatehouse, hana)
    give_code(tab, hana.code())
    is_in(tab)


def test_a_lost_app_is_replaced_and_signs_in(
    tab: Page, gatehouse: Installation, visitor: Visiting, persons: Persons
) -> None:
    """ASVS 6.4.4: recovery code, new password, a code by mail, and a new app to sign in with."""
    mark, outside = persons["mark"], visitor()
    code, *_ = outside.new_recovery_codes(mark)
    ask_for_a_link(tab, gatehouse, outside, mark)
    open_mailed_link(tab, gatehouse, mark)
    tab.get_by_label("I lost my authenticator app or phone").check()
    set_password(tab, code)
    expect(tab.get_by_text("we then help you to set up a new way")).to_be_visible()

    mark.password = NEW_PASSWORD
    mailbox = outside.inbox(mark.email)
    give_password(tab, gatehouse, mark)
    give_code(tab, mailbox.next(CODE_OF_A_MAIL))
    is_in(tab)
    tab.get_by_role("log").get_by_role("link", name="Set it up").click()

    expect(panel(tab).get_by_role("heading", name="Add an authenticator app")).to_be_visible()
    panel(tab).get_by_role("button", name="Continue").click()
    panel(tab).get_by_text("Cannot scan?").click()
    secret = panel(tab).locator(".secret").inner_text().replace(" ", "")
    mark = persons["mark"] = replace(mark, totp_secret=secret, last_step=0)
    give_code(tab, mark.code())
    expect(panel(tab)).to_contain_text("Your app is set up")
    panel(tab).get_by_role("button", name="Back to the chat").click()
    tab.get_by_role("button", name="Sign out").click()
    expect(tab.get_by_role("heading", name="You are signed out")).to_be_visible()

    give_password(tab, gatehouse, mark)
    give_code(tab, mark.code())
    is_in(tab)
    expect(tab.get_by_role("log")).not_to_contain_text("Set up a second step")
