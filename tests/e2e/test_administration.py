"""A new organisation from nothing: by the shell, its administrator, and somebody they invite."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.installation import Installation
from tests.e2e.people import Person
from tests.e2e.test_account import give_code, give_password, is_in, panel
from tests.e2e.visitor import CODE_OF_A_MAIL, Visitor
from tests.support.authenticator import SoftAuthenticator

pytestmark = pytest.mark.e2e

TENANT, MAIL = "soliton-labs", "jun@soliton.example.com"
PASSWORD = "violet tractor under the pier"
USERS, ACTIONS = "/api/admin/users", "/api/admin/actions"

type Visiting = Callable[[], Visitor]


def shell(gatehouse: Installation, *words: str) -> str:
    """Run the command line beside what runs."""
    environ = {**os.environ, "GATEHOUSE_HOME": str(gatehouse.home)}
    command = [str(Path(sys.executable).parent / "gatehouse"), *words]
    done = subprocess.run(
        command, env=environ, input="\n", capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def enrolled(visitor: Visitor, gatehouse: Installation) -> SoftAuthenticator:
    """Make a passkey at the first sign-in, without another proof."""
    change = visitor.post("/api/authenticators/passkey").json()
    device = SoftAuthenticator(gatehouse.url)
    confirm = f"/api/authenticators/changes/{change['ref']}/confirm"
    made = visitor.post(confirm, credential=device.make(change["passkey"]))
    assert made.json()["state"] == "done", made.text
    return device


def shows(visitor: Visitor, challenge: dict[str, Any], device: SoftAuthenticator) -> None:
    """Answer a challenge with a passkey."""
    path = f"/api/challenges/{challenge['id']}/answer"
    answered = visitor.post(path, credential=device.show(challenge["passkey"]))
    assert answered.status_code == 200, answered.text


def first_administrator(gatehouse: Installation, visitor: Visitor) -> SoftAuthenticator:
    """Make an organisation and its administrator; sign them in at aal2."""
    shell(
        gatehouse, "tenants", "add", TENANT, "--name", "Soliton Labs", "--api", "hr", "--api", "it"
    )
    said = shell(
        gatehouse, "users", "add", TENANT, "ines", "--name", "Ines Adler", "--role", "admin"
    )
    password = re.search(r"shown this once: (\S+)", said)
    assert password is not None
    visitor.arrive()
    given = {"tenant": TENANT, "username": "ines", "password": password[1]}
    assert visitor.post("/api/session/password", **given).json()["enrol"] is True
    # The password alone is not enough to look at anybody.
    assert visitor.http.get(USERS).json()["code"] == "sign_in_too_weak"
    device = enrolled(visitor, gatehouse)
    visitor.sign_out()
    visitor.arrive()
    shows(visitor, visitor.post("/api/session/passkey").json()["challenge"], device)
    return device


def invite(visitor: Visitor, device: SoftAuthenticator) -> str:
    """Invite somebody, with a proof for exactly that; return the token of their link."""
    mailbox = visitor.inbox(MAIL)
    jun = {"username": "jun", "name": "Jun Park", "roles": ["employee"]}
    action = visitor.post(USERS, **jun, email=MAIL, send="email").json()
    assert action["challenge"]["binding"] == "Add Jun Park (jun)"
    assert visitor.post(f"{ACTIONS}/{action['ref']}").json()["state"] == "prove"
    shows(visitor, action["challenge"], device)
    assert visitor.post(f"{ACTIONS}/{action['ref']}").json()["sent"] is True
    return mailbox.next(r"#invited=([\w-]+)")


def test_an_organisation_from_the_shell_to_the_first_answer(
    tab: Page, gatehouse: Installation, visitor: Visiting
) -> None:
    """The whole way: tenant and administrator by the shell, an invitation, enrolment, an answer."""
    admin = visitor()
    device = first_administrator(gatehouse, admin)
    token = invite(admin, device)

    tab.goto(f"{gatehouse.url}/security#invited={token}")
    tab.get_by_label("New password", exact=True).fill(PASSWORD)
    tab.get_by_role("button", name="Set the password").click()
    expect(tab.get_by_text("Sign in as “jun” now")).to_be_visible()
    assert token not in tab.url

    jun = visitor()
    jun.arrive(TENANT)
    mailbox = jun.inbox(MAIL)
    given = {"tenant": TENANT, "username": "jun", "password": PASSWORD}
    challenge = jun.post("/api/session/password", **given).json()["challenge"]
    passed = jun.answer(challenge, mailbox.next(CODE_OF_A_MAIL))
    assert passed.json()["enrol"] is True, passed.text
    enrolled(jun, gatehouse)
    assert jun.say("hello")[0]["text"]
    # Through guard and token to the API, which has heard of nobody whom its seed does not name.
    assert [one["refused"] for one in jun.say("what about my it tickets")] == ["no_record"]

    [ines, listed] = admin.http.get(USERS).json()["people"]
    assert (ines["me"], listed["methods"], listed["sessions"]) == (True, ["email", "passkey"], 1)
    ended = admin.post(f"{USERS}/{listed['ref']}/disable").json()
    shows(admin, ended["challenge"], device)
    assert admin.post(f"{ACTIONS}/{ended['ref']}").json()["state"] == "done"
    assert jun.post("/api/messages", text="hello").json()["code"] == "session_expired"


def test_an_administrator_sees_people_and_is_asked_for_each_change(
    tab: Page, gatehouse: Installation, persons: dict[str, Person]
) -> None:
    """ASVS 7.5.1: the real page; nothing is done without the code."""
    adam = persons["adam"]
    give_password(tab, gatehouse, adam)
    give_code(tab, adam.code())
    is_in(tab)
    tab.get_by_role("link", name="Your security").click()
    tab.get_by_role("link", name="People of your organisation").click()
    tab.get_by_label("Name or user name").fill("ali")
    tab.keyboard.press("Enter")
    expect(tab.get_by_role("button", name="Manage:")).to_have_count(1)
    tab.get_by_role("button", name=re.compile("Manage: .*alice")).click()
    panel(tab).get_by_role("button", name="Disable").click()
    expect(panel(tab)).to_contain_text(re.compile(r"Disable Alice Moreau \(alice\)"))
    tab.keyboard.press("Escape")
    expect(panel(tab)).to_be_hidden()
    expect(tab.get_by_text("Disabled")).to_have_count(0)
