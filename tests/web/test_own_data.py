"""One's own data on the security page: a copy in two forms, and the end of the account."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.web.axe import faults_of, read_axe
from tests.web.fake_gateway import FakeGateway
from tests.web.steps import begin_change, give_code, panel, sign_in

READ, OTHERS = "Save a copy to read", "Save a copy for other programs"
LIST, LIST_OTHERS = "Save the list to read", "Save the list for other programs"


@pytest.fixture
def account(page: Page) -> Page:
    """The account of somebody who has signed in on the chat page."""
    sign_in(page)
    page.goto("/security")
    expect(page.get_by_role("button", name="New recovery codes")).to_be_visible()
    return page


@pytest.mark.parametrize(("button", "form"), [(READ, "html"), (OTHERS, "json")])
def test_a_copy_is_saved(account: Page, button: str, form: str) -> None:
    """GDPR 15, 20."""
    with account.expect_download() as download:
        account.get_by_role("button", name=button).click()
    assert download.value.suggested_filename == f"my-data-2026-11-26.{form}"
    assert Path(download.value.path()).read_text() == "all of it"
    expect(account.get_by_text("Your copy is saved.")).to_be_visible()
    expect(account.get_by_role("progressbar")).to_have_count(0)


@pytest.mark.parametrize(("button", "form"), [(LIST, "html"), (LIST_OTHERS, "json")])
def test_the_list_of_who_accessed_it_is_saved(account: Page, button: str, form: str) -> None:
    """HIPAA 164.528."""
    with account.expect_download() as download:
        account.get_by_role("button", name=button).click()
    assert download.value.suggested_filename == f"my-accesses-2026-11-26.{form}"
    expect(account.get_by_text("The list is saved.")).to_be_visible()


def test_a_proof_is_asked_for_where_it_is_due_and_the_copy_follows(
    account: Page, gateway: FakeGateway
) -> None:
    """The contract: class personal; what is sensitive needs a proof of the last minutes."""
    gateway.account.export_proof = True
    account.get_by_role("button", name=READ).click()
    expect(panel(account)).to_contain_text("First, show that it is you")
    with account.expect_download():
        give_code(account)
    expect(panel(account)).not_to_be_visible()


def test_what_is_being_collected_is_told(account: Page, gateway: FakeGateway) -> None:
    gateway.may_answer.clear()
    account.get_by_role("button", name=OTHERS).click()
    expect(account.get_by_role("progressbar")).to_be_visible()
    expect(account.get_by_text("Collecting your data")).to_be_visible()
    with account.expect_download():
        gateway.may_answer.set()
    expect(account.get_by_role("progressbar")).to_have_count(0)


def test_a_failure_is_told_and_can_be_tried_again(account: Page, gateway: FakeGateway) -> None:
    gateway.account.copy_fails = True
    account.get_by_role("button", name=READ).click()
    expect(account.get_by_text("We cannot check this safely right now.")).to_be_visible()
    gateway.account.copy_fails = False
    with account.expect_download():
        account.get_by_role("button", name=READ).click()


def test_what_is_kept_is_shown_before_an_account_is_deleted(
    account: Page, gateway: FakeGateway
) -> None:
    """GDPR 17(3): password, then the list beside the code, then the end."""
    begin_change(account, "Delete my account and data")
    expect(panel(account)).to_contain_text("Kept: payments, accounts")
    expect(panel(account)).to_contain_text("until 2036-11-26 (bookkeeping law)")
    assert not gateway.account.erased
    give_code(account)
    expect(panel(account)).to_contain_text("Your data is being deleted")
    assert gateway.account.erased
    panel(account).get_by_role("button", name="Close").last.click()
    account.wait_for_url("**/")


def test_who_thinks_better_of_it_keeps_everything(account: Page, gateway: FakeGateway) -> None:
    begin_change(account, "Delete my account and data")
    expect(panel(account)).to_contain_text("Kept: payments")
    account.keyboard.press("Escape")
    expect(panel(account)).not_to_be_visible()
    assert not gateway.account.erased
    assert faults_of(account, read_axe()) == []
