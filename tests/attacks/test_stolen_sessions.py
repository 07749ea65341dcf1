"""Somebody else in the same browser, at the same session, or at the same moment."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.e2e.visitor import cards

pytestmark = pytest.mark.e2e

QUESTION = "what's my balance?"
COOKIE = "__Host-gatehouse"


def offered(messages):
    """Return the ids of the choices in these messages."""
    return [choice["id"] for message in messages for choice in message.get("choices", [])]


def test_bob_in_alices_browser_finds_nothing_of_hers(visitor, persons):
    """ASVS 7.2.4, 8.2.2: a second person's sign-in begins a conversation of its own."""
    browser = visitor()
    browser.arrive()
    browser.sign_in(persons["alice"])
    assert cards(browser.say(QUESTION), "balances")
    [hers, *_] = offered(browser.say("help"))
    secret = {"text": "my sister is called pamplemousse", "client_id": "hers-1"}
    her_answer = browser.post("/api/messages", **secret).json()["messages"]

    browser.sign_in(persons["bob"])
    assert browser.http.get("/api/messages").json()["messages"] == []
    refused = browser.post("/api/messages", choice=hers)
    assert (refused.status_code, refused.json()["code"]) == (422, "unknown_choice")
    repeated = browser.post("/api/messages", **secret).json()["messages"]
    assert not set(offered(repeated)) & set(offered(her_answer))
    [card] = cards(browser.say(QUESTION), "balances")
    assert card["accounts"][0]["balance"] == "1863.42"


def test_what_was_planted_before_sign_in_is_dead_after_it(visitor, persons):
    """ASVS 7.2.4: neither the id nor the CSRF token of the anonymous session lives on."""
    browser, thief = visitor(), visitor()
    browser.arrive()
    planted, token = browser.http.cookies[COOKIE], browser._csrf
    browser.sign_in(persons["erin"])
    with_old_id = thief.http.get("/api/session", headers={"Cookie": f"{COOKIE}={planted}"})
    assert (with_old_id.status_code, with_old_id.json()["code"]) == (401, "session_expired")
    with_old_token = browser.http.post(
        "/api/messages", json={"text": "hi"}, headers={"X-CSRF-Token": token}
    )
    assert (with_old_token.status_code, with_old_token.json()["code"]) == (403, "csrf_failed")


def test_a_choice_of_another_session_means_nothing(visitor):
    """ASVS 8.2.2: a choice is bound to the conversation that it was offered in."""
    first, second = visitor(), visitor()
    first.arrive()
    second.arrive()
    [offer, *_] = offered(first.say("help"))
    stolen = second.post("/api/messages", choice=offer)
    assert (stolen.status_code, stolen.json()["code"]) == (422, "unknown_choice")
    assert first.post("/api/messages", choice=offer).status_code == 200


def test_the_right_code_fifty_times_at_once_signs_in_once(visitor, persons):
    """ASVS 6.5.1, 15.4.2: one time step is one success, whatever arrives together."""
    mark, browser = persons["mark"], visitor()
    browser.arrive()
    path = f"/api/challenges/{browser.password(mark)['id']}/answer"
    headers = {
        "X-CSRF-Token": browser._csrf,
        "Cookie": f"{COOKIE}={browser.http.cookies[COOKIE]}",
    }
    code = mark.code()
    with ThreadPoolExecutor(25) as threads:
        answers = list(
            threads.map(
                lambda _: browser.http.post(path, json={"code": code}, headers=headers), range(50)
            )
        )
    assert Counter(answer.status_code for answer in answers) == {200: 1, 401: 49}


def test_no_balance_is_shown_after_a_sign_out_that_overtakes_the_question(visitor, persons):
    """ASVS 7.4.1: a turn that is open when its session ends reads nothing after that."""
    browser = visitor()
    browser.arrive()
    browser.sign_in(persons["tess"])
    token = {"X-CSRF-Token": browser._csrf}
    cookie = {"Cookie": f"{COOKIE}={browser.http.cookies[COOKIE]}"}

    def ask(_: int):
        return browser.http.post("/api/messages", json={"text": QUESTION}, headers=token | cookie)

    with ThreadPoolExecutor(6) as threads:
        asked = [threads.submit(ask, number) for number in range(5)]
        ended = threads.submit(browser.http.delete, "/api/session", headers=token | cookie)
    assert ended.result().status_code == 204
    for answer in (each.result() for each in asked):
        assert answer.status_code in {200, 401}
    late = ask(0)
    assert (late.status_code, late.json()["code"]) == (401, "session_expired")
