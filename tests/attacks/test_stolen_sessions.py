"""Somebody else in the same browser, at the same session, or at the same moment."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

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


def test_a_thief_is_signed_out_from_another_browser(visitor, persons):
    """ASVS 7.4.3, 7.5.2: whoever sees a sign-in that is not theirs ends all others at once."""
    thief, owner = visitor(), visitor()
    for browser in (thief, owner):
        browser.arrive()
        browser.sign_in(persons["pat"])
    token = {"X-CSRF-Token": owner._csrf}
    seen = owner.http.get("/api/sessions").json()
    assert [one["current"] for one in seen].count(True) == 1
    assert owner.http.delete("/api/sessions/others", headers=token).status_code == 204
    late = thief.post("/api/messages", text=QUESTION)
    assert (late.status_code, late.json()["code"]) == (401, "session_expired")
    [left] = owner.http.get("/api/sessions").json()
    assert left["current"] is True


def test_the_reference_of_somebody_elses_session_ends_nothing(visitor, persons):
    """ASVS 8.2.2."""
    quinn, dana = visitor(), visitor()
    for browser, name in ((quinn, "quinn"), (dana, "dana")):
        browser.arrive()
        browser.sign_in(persons[name])
    [hers] = [one["ref"] for one in dana.http.get("/api/sessions").json() if one["current"]]
    refused = quinn.http.delete(f"/api/sessions/{hers}", headers={"X-CSRF-Token": quinn._csrf})
    assert (refused.status_code, refused.json()["code"]) == (404, "unknown_session")
    assert dana.http.get("/api/session").status_code == 200


def users(gatehouse, *words):
    """Run `gatehouse users …` as the administrator of this installation."""
    return subprocess.run(
        [Path(sys.executable).parent / "gatehouse", "users", *words],
        env={**os.environ, "GATEHOUSE_HOME": str(gatehouse.home)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_disabled_person_is_out_at_the_next_message(gatehouse, visitor, persons):
    """ASVS 7.4.2: by the command line, through its own listener, at once."""
    rob, browser = persons["rob"], visitor()
    browser.arrive()
    browser.sign_in(rob)
    assert users(gatehouse, "disable", rob.tenant, rob.username).returncode == 0
    late = browser.post("/api/messages", text=QUESTION)
    assert (late.status_code, late.json()["code"]) == (401, "session_expired")
    assert users(gatehouse, "enable", rob.tenant, rob.username).returncode == 0
    listed = users(gatehouse, "list", rob.tenant).stdout.splitlines()
    assert [line.split("\t")[3] for line in listed if line.startswith("rob\t")] == ["active"]
