"""The page of an organisation's auditors."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.web.axe import faults_of, read_axe
from tests.web.fake_auditing import ALICE, BOB, alert, record
from tests.web.fake_gateway import FakeGateway
from tests.web.steps import give_code, panel, sign_in


def come_in(page: Page, gateway: FakeGateway, path: str = "/monitor") -> None:
    """Sign in on the chat page as an auditor, and open the page."""
    sign_in(page)
    for session in gateway.sessions.values():
        if session.user:
            session.user["roles"] = ["auditor"]
    page.goto(path)
    expect(page.get_by_role("heading", name="Monitor", exact=True)).to_be_visible()


@pytest.fixture
def monitor(page: Page, gateway: FakeGateway) -> Page:
    come_in(page, gateway)
    expect(page.get_by_role("table", name="Records, newest first")).to_be_visible()
    return page


def region(page: Page, name: str) -> Locator:
    return page.get_by_role("region", name=name, exact=True)


def rows(page: Page) -> Locator:
    return page.get_by_role("table", name="Records, newest first").locator("tbody tr")


def asked(gateway: FakeGateway, path: str) -> list[dict[str, object]]:
    return [query for _, called, query in gateway.auditing.asked if called == path]


def test_the_page_shows_log_figures_alerts_records_and_sessions(monitor: Page) -> None:
    expect(region(monitor, "The log")).to_contain_text("Whole")
    expect(region(monitor, "The log")).to_contain_text("number 41")
    expect(region(monitor, "The log")).to_contain_text("Each record is checked once")
    expect(region(monitor, "Figures").locator("figure")).to_have_count(3)
    expect(region(monitor, "Alerts").get_by_role("listitem")).to_have_count(2)
    expect(rows(monitor)).to_have_count(4)
    expect(rows(monitor).nth(0)).to_contain_text("Denied · step_up_required")
    expect(region(monitor, "Sessions").get_by_role("listitem")).to_have_count(2)


def test_a_log_that_does_not_hold_stands_out(page: Page, gateway: FakeGateway) -> None:
    gateway.auditing.log |= {"state": "broken", "problem": "record 1-57: missing"}
    gateway.auditing.log |= {"writable": False}
    come_in(page, gateway)
    log = region(page, "The log")
    expect(log).to_contain_text("Not whole")
    expect(log).to_contain_text("record 1-57: missing")
    expect(log.get_by_role("alert")).to_contain_text("every operation is denied")


def test_filters_are_in_the_address_and_found_again(monitor: Page, gateway: FakeGateway) -> None:
    records = region(monitor, "Records")
    records.get_by_label("Kind").select_option("operation")
    records.get_by_label("Decision").select_option("deny")
    records.get_by_role("button", name="Show", exact=True).click()
    expect(rows(monitor)).to_have_count(1)
    assert "kind=operation&decision=deny" in monitor.url
    monitor.reload()
    expect(rows(monitor)).to_have_count(1)
    expect(records.get_by_label("Decision")).to_have_value("deny")
    records.get_by_role("button", name="Clear").click()
    expect(rows(monitor)).to_have_count(4)
    assert monitor.url.endswith("/monitor")


def test_a_name_shows_only_what_is_about_it(monitor: Page, gateway: FakeGateway) -> None:
    monitor.get_by_role("button", name=f"{BOB[:10]}: show only").first.click()
    expect(rows(monitor)).to_have_count(2)
    assert f"person={BOB}" in monitor.url
    assert asked(gateway, "audit")[-1] == {"person": BOB}


def test_older_ones_are_asked_for(monitor: Page, gateway: FakeGateway) -> None:
    monitor.get_by_role("button", name="Show older ones").click()
    expect(rows(monitor)).to_have_count(5)
    assert asked(gateway, "audit")[-1] == {"older": "1.50"}


def test_new_records_come_by_themselves_until_the_feed_is_paused(
    monitor: Page, gateway: FakeGateway
) -> None:
    gateway.auditing.arriving = [record(61, "sms:person:stop")]
    expect(rows(monitor).nth(0)).to_contain_text("sms:person:stop")
    assert asked(gateway, "audit")[1] == {"newer": "1.60"}
    monitor.get_by_role("button", name="Pause the feed").click()
    expect(region(monitor, "Records")).to_contain_text("Paused")
    gateway.auditing.arriving = [record(62, "sms:person:start")]
    monitor.wait_for_timeout(3_500)
    expect(rows(monitor)).to_have_count(5)
    monitor.get_by_role("button", name="Start the feed").click()
    expect(rows(monitor).nth(0)).to_contain_text("sms:person:start")


def test_an_alert_shows_its_evidence_and_what_to_do(monitor: Page) -> None:
    region(monitor, "Alerts").get_by_role("button", name="Evidence of: Guessing").click()
    expect(panel(monitor)).to_contain_text("Very many wrong passwords for one person.")
    expect(panel(monitor)).to_contain_text("Ask the person, by a way you know")
    expect(panel(monitor).get_by_role("table", name="Evidence")).to_contain_text("sign_in:password")
    expect(panel(monitor)).to_contain_text("2 more events are not shown")


def test_an_alert_is_acknowledged_and_closed_for_a_reason(
    monitor: Page, gateway: FakeGateway
) -> None:
    alerts = region(monitor, "Alerts")
    alerts.get_by_role("button", name="Acknowledge: Guessing").click()
    expect(alerts.get_by_role("listitem")).to_have_count(1)
    alerts.get_by_label("State").select_option("acknowledged")
    alerts.get_by_role("button", name="Evidence of: Guessing").click()
    panel(monitor).get_by_label("Why").select_option("false_alarm")
    panel(monitor).get_by_role("button", name="Close it").click()
    expect(panel(monitor)).to_be_hidden()
    alerts.get_by_label("State").select_option("closed")
    expect(alerts.get_by_role("listitem")).to_contain_text("Closed: A false alarm")
    assert asked(gateway, "alerts/alert-1")[-1] == {"state": "closed", "reason": "false_alarm"}


def test_a_name_is_told_for_a_purpose(monitor: Page, gateway: FakeGateway) -> None:
    region(monitor, "Alerts").get_by_role("button", name="Evidence of: Guessing").click()
    assert "Alma Sand" not in monitor.content()
    panel(monitor).get_by_role("button", name="Tell me the name").click()
    expect(panel(monitor)).to_contain_text("Alma Sand (alma), customer")
    assert asked(gateway, f"audit/people/{ALICE}") == [{"purpose": "incident"}]


def test_a_session_is_ended_with_a_code_that_says_whose(
    monitor: Page, gateway: FakeGateway
) -> None:
    """ASVS 7.5.1: what is approved stands beside the code."""
    region(monitor, "Sessions").get_by_role("button", name="End the session of").click()
    expect(panel(monitor)).to_contain_text("End sessions of Alice Moreau (alice)")
    assert not gateway.auditing.ended
    give_code(monitor)
    expect(panel(monitor)).to_contain_text("It is done, and the person has been told.")
    assert gateway.auditing.ended
    panel(monitor).get_by_role("button", name="Close", exact=True).last.click()
    expect(region(monitor, "Sessions").get_by_role("listitem")).to_have_count(1)


def test_what_tells_of_people_waits_for_a_proof(page: Page, gateway: FakeGateway) -> None:
    """ASVS 7.5.3: the log and the figures stand there, and nothing else is even asked for."""
    gateway.auditing.proved = False
    come_in(page, gateway)
    gateway.auditing.proved = False
    expect(region(page, "Confirm that it is you")).to_be_visible()
    expect(region(page, "Records")).to_be_hidden()
    assert asked(gateway, "audit") == asked(gateway, "alerts") == []
    page.get_by_role("button", name="Confirm that it is you").click()
    expect(panel(page)).to_contain_text("Read your organisation's records")
    give_code(page)
    expect(rows(page)).to_have_count(4)
    expect(region(page, "Confirm that it is you")).to_be_hidden()


def test_a_proof_that_becomes_too_old_closes_what_tells_of_people(
    monitor: Page, gateway: FakeGateway
) -> None:
    """ASVS 7.5.3: whoever leaves the screen leaves no records on it."""
    gateway.auditing.proved = False
    expect(region(monitor, "Confirm that it is you")).to_be_visible()
    expect(region(monitor, "Records")).to_be_hidden()
    expect(region(monitor, "Alerts")).to_be_hidden()


def test_records_and_reports_are_saved_for_a_purpose(monitor: Page, gateway: FakeGateway) -> None:
    records = region(monitor, "Records")
    records.get_by_label("Purpose").select_option("incident")
    with monitor.expect_download() as saved:
        records.get_by_role("button", name="Save as CSV").click()
    assert saved.value.suggested_filename == "trail-2026-11-26.csv"
    assert asked(gateway, "audit/file") == [{"format": "csv", "purpose": "incident"}]
    report = region(monitor, "Report of a period")
    report.get_by_label("First day").fill("2026-11-01")
    report.get_by_label("Last day").fill("2026-11-20")
    with monitor.expect_download() as made:
        report.get_by_role("button", name="Make the report").click()
    assert made.value.suggested_filename == "report-2026-11-26.html"
    [asked_for] = asked(gateway, "audit/report")
    assert re.fullmatch(r"2026-1[01]-\d\dT\d\d:00:00.000Z", str(asked_for["since"]))
    assert asked_for["format"] == "html"


def test_the_charts_have_their_numbers_as_a_table(monitor: Page) -> None:
    """WCAG 1.1.1: nothing is told by a picture alone."""
    figure = region(monitor, "Figures").locator("figure").nth(1)
    figure.get_by_text("As a table").click()
    expect(figure.get_by_role("table", name="Decisions").locator("tbody tr")).to_have_count(60)


def test_whoever_is_no_auditor_sees_nothing(page: Page, gateway: FakeGateway) -> None:
    """ASVS 8.2.1: nothing is even asked for."""
    sign_in(page)
    page.goto("/monitor")
    expect(page.get_by_text("This page is for the auditors")).to_be_visible()
    assert gateway.auditing.asked == []


def test_a_value_that_is_markup_stays_words(page: Page, gateway: FakeGateway) -> None:
    """ASVS 3.2.2."""
    words = "<img src=x onerror=alert(1)>"
    gateway.auditing.records = [record(1, reason=words)]
    gateway.auditing.alerts = [alert("a", title=words, about=words)]
    come_in(page, gateway)
    expect(region(page, "Alerts").get_by_text(words)).to_be_visible()
    expect(rows(page)).to_contain_text(words)
    assert page.locator("main img[src=x]").count() == 0


def _alert(page: Page, gateway: FakeGateway) -> None:
    come_in(page, gateway)
    region(page, "Alerts").get_by_role("button", name="Evidence of: Guessing").click()
    expect(panel(page)).to_contain_text("Very many wrong passwords")


def _closed(page: Page, gateway: FakeGateway) -> None:
    gateway.auditing.proved = False
    come_in(page, gateway)
    expect(region(page, "Figures").locator("figure")).to_have_count(3)


def _whole(page: Page, gateway: FakeGateway) -> None:
    come_in(page, gateway)
    expect(rows(page)).to_have_count(4)
    region(page, "Figures").get_by_text("As a table").first.click()


@pytest.mark.parametrize("show", [_whole, _alert, _closed], ids=lambda one: one.__name__)
def test_axe_finds_nothing(page: Page, gateway: FakeGateway, show: Any) -> None:
    """WCAG 2.2, A and AA, in both schemes."""
    show(page, gateway)
    assert faults_of(page, read_axe()) == []


@pytest.mark.parametrize("show", [_whole, _alert, _closed], ids=lambda one: one.__name__)
def test_nothing_is_wider_than_a_small_screen(page: Page, gateway: FakeGateway, show: Any) -> None:
    """WCAG 1.4.10: what is wide scrolls by itself."""
    page.set_viewport_size({"width": 320, "height": 640})
    show(page, gateway)
    assert not page.evaluate("document.documentElement.scrollWidth > innerWidth")
    assert page.evaluate("document.getElementById('account').scrollWidth") <= 320
