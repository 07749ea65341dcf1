"""One protected question, from the public API to the bank and back."""

from __future__ import annotations

import pytest

from tests.e2e.people import accounts
from tests.e2e.visitor import cards

pytestmark = pytest.mark.e2e

QUESTION = "what's my balance?"


def test_the_question_is_answered_by_itself_after_sign_in(visitor, persons):
    alice, browser = persons["alice"], visitor()
    assert browser.arrive().status_code == 201
    asked = browser.say(QUESTION)
    assert asked[-1]["sign_in"] is True
    assert not cards(asked, "balances")

    challenge = browser.password(alice)
    assert challenge["method"] == "totp"
    wrong = browser.answer(challenge, alice.wrong_code())
    assert (wrong.status_code, wrong.json()["code"]) == (401, "wrong_code")
    assert wrong.json()["attempts_left"] == challenge["attempts_left"] - 1

    passed = browser.answer(challenge, alice.code())
    assert passed.status_code == 200, passed.text
    assert passed.json()["status"] == "passed"
    assert passed.json()["session"]["user"]["name"].startswith("Alice")
    [card] = cards(passed.json()["messages"], "balances")
    assert [each["balance"] for each in card["accounts"]] == [
        each["balance"] for each in accounts("alice")
    ]

    [listed] = cards(browser.say("show my last transactions"), "transactions")
    newest = [each["amount"] for each in accounts("alice")[0]["transactions"]][-10:]
    assert [each["amount"] for each in listed["rows"]] == newest[::-1]

    past = browser.http.get("/api/messages").json()["messages"]
    assert QUESTION in [each.get("text") for each in past]
    assert cards(past, "balances") == [card]


def test_a_second_browser_cannot_answer_the_first_ones_challenge(visitor, persons):
    """ASVS 6.6.2: a challenge belongs to the session that it was opened in."""
    quinn, first, second = persons["quinn"], visitor(), visitor()
    first.arrive()
    second.arrive()
    challenge = first.password(quinn)
    stolen = second.answer(challenge, quinn.code())
    assert (stolen.status_code, stolen.json()["code"]) == (404, "unknown_challenge")
    assert second.say(QUESTION)[-1]["sign_in"] is True
    assert second.http.get("/api/session").json()["authenticated"] is False


def test_a_code_that_was_used_opens_nothing_again(visitor, persons):
    """ASVS 6.5.1: a TOTP code counts once, in whichever session."""
    pat, first, second = persons["pat"], visitor(), visitor()
    first.arrive()
    code = pat.code()
    assert first.answer(first.password(pat), code).status_code == 200
    second.arrive()
    replayed = second.answer(second.password(pat), code)
    assert (replayed.status_code, replayed.json()["code"]) == (401, "wrong_code")


def test_a_copied_cookie_is_dead_after_sign_out(visitor, persons):
    """ASVS 7.4.1: sign-out ends the session at the server, not only in the browser."""
    carl, browser, thief = persons["carl"], visitor(), visitor()
    browser.arrive()
    browser.sign_in(carl)
    thief.http.cookies = browser.http.cookies
    assert thief.http.get("/api/session").json()["authenticated"] is True
    copied = dict(browser.http.cookies)
    assert browser.sign_out().status_code == 204
    thief.http.cookies.update(copied)
    after = thief.http.get("/api/session")
    assert (after.status_code, after.json()["code"]) == (401, "session_expired")


def test_an_unknown_tenant_is_refused_by_name(visitor):
    answer = visitor().arrive("no-such-bank")
    assert (answer.status_code, answer.json()["code"]) == (422, "unknown_tenant")


@pytest.mark.parametrize("username", ["alice", "nobody"])
def test_a_wrong_password_says_the_same_for_unknown_and_known_names(visitor, username):
    """ASVS 6.3.8: the answer does not tell who exists."""
    browser = visitor()
    browser.arrive()
    answer = browser.post(
        "/api/session/password", tenant="northwind-bank", username=username, password="no such word"
    )
    assert (answer.status_code, answer.json()["code"]) == (401, "invalid_credentials")
    assert set(answer.json()) == {"type", "title", "status", "code"}


@pytest.mark.parametrize("typed", ["/check_balance", "/session_start", '/restart{"a": "b"}'])
def test_a_typed_intent_is_plain_words(visitor, typed):
    """GH-6: a command of the dialogue engine is never obeyed when a person types it."""
    browser = visitor()
    browser.arrive()
    said = browser.say(typed)
    assert said, "the bot says something to words that it does not know"
    assert not cards(said, "balances")


def test_somebody_elses_balance_never_appears(visitor, persons):
    """ASVS 8.2.2: bob sees bob's account and nobody else's."""
    browser = visitor()
    browser.arrive()
    browser.sign_in(persons["bob"])
    [card] = cards(browser.say(QUESTION), "balances")
    assert [each["balance"] for each in card["accounts"]] == [
        each["balance"] for each in accounts("bob")
    ]


def test_a_person_without_the_role_is_refused_with_a_code(visitor, persons):
    """A shop's customer has no bank account here, and is told so."""
    browser = visitor()
    browser.arrive()
    browser.sign_in(persons["cora"])
    said = browser.say(QUESTION)
    assert said[-1]["refused"] == "forbidden"
    assert not cards(said, "balances")
