"""Whatever is said, by anyone, is shown as words."""

from __future__ import annotations

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.web.fake_gateway import BALANCES, TENANTS, FakeGateway, Refusal
from tests.web.steps import log, panel, say

MARKUP = "<img src=x onerror=\"document.title='owned'\"><script>document.title='owned'</script>"
INSIDE = "#messages img:not(.avatar), #messages script, #messages iframe, #messages a"


def assert_only_words(page: Page) -> None:
    assert page.locator(INSIDE).count() == 0
    assert page.title() == "Gatehouse"


def test_markup_of_the_person_and_of_the_bot_is_shown_as_words(page: Page) -> None:
    """ASVS 3.2.2: words are rendered as text."""
    say(page, MARKUP)
    expect(log(page).get_by_text(f"You said: {MARKUP}")).to_be_visible()
    expect(log(page).locator(".person .bubble")).to_have_text(MARKUP)
    page.reload()
    expect(log(page).get_by_text(f"You said: {MARKUP}")).to_be_visible()
    assert_only_words(page)


def test_markup_in_a_card_a_choice_a_binding_or_a_problem_is_shown_as_words(
    page: Page, gateway: FakeGateway
) -> None:
    """ASVS 3.2.2."""
    account = dict.fromkeys(("name", "number", "balance", "available", "currency"), MARKUP)
    row = dict.fromkeys(("date", "text", "amount", "currency"), MARKUP)
    gateway.answer_next(
        {"card": {"kind": "balances", "accounts": [account]}},
        {"card": {"kind": "transactions", "account": account, "rows": [row]}},
        {"text": MARKUP, "refused": MARKUP, "choices": [{"id": "1", "title": MARKUP}]},
    )
    say(page, "go")
    expect(log(page).get_by_role("button", name=MARKUP)).to_be_visible()
    gateway.fail("/api/messages", Refusal(422, "invalid_request", MARKUP))
    say(page, "again")
    expect(log(page).locator(".failure:visible")).to_contain_text(MARKUP)
    session = next(iter(gateway.sessions.values()))
    gateway.answer_next({"challenge": gateway.challenge(session, "step_up", MARKUP)})
    say(page, "and again")
    expect(panel(page)).to_contain_text(MARKUP)
    assert panel(page).locator("img").count() == 0
    assert_only_words(page)


def test_a_card_of_unknown_shape_becomes_a_sentence(page: Page, gateway: FakeGateway) -> None:
    odd: list[dict[str, object]] = [
        {"kind": "html", "html": MARKUP},
        {"kind": "constructor"},
        {"kind": "__proto__"},
        {"kind": "balances"},
        {"kind": "balances", "accounts": [{"name": {"toString": "x"}}]},
        {"kind": "transactions", "account": BALANCES, "rows": 7},
        {},
    ]
    gateway.answer_next(*[{"text": "Here you are.", "card": card} for card in odd])
    say(page, "go")
    sentence = log(page).get_by_text("This answer has a part that this page cannot show.")
    expect(sentence).to_have_count(len(odd))
    assert_only_words(page)


def test_an_organisation_with_markup_in_its_name_stays_a_name(
    context: BrowserContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(TENANTS[0], "name", MARKUP)
    page = context.new_page()
    page.goto("/?tenant=northwind-bank")
    expect(page.locator("#organisation")).to_have_text(MARKUP)
    assert_only_words(page)


def test_typed_commands_are_plain_words(page: Page, gateway: FakeGateway) -> None:
    for words in ("/restart", '/check_it{"account": "x"}', "__proto__"):
        say(page, words)
        expect(log(page).get_by_text(f"You said: {words}", exact=True)).to_be_visible()
    assert [set(body) for body in gateway.bodies("/api/messages")] == [{"text", "client_id"}] * 3
