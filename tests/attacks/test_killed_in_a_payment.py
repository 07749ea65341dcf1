"""Each process is killed at each step of a payment: it is done once, or not at all, and told.

The steps are held still, not hit by luck: a stopped bank (SIGSTOP) keeps a payment in the middle
of its execution for as long as a test wants.
"""

from __future__ import annotations

import re
import signal
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import httpx
import psutil
import pytest
import yaml

from cli.people import PERSONAS
from tests.e2e.installation import Installation
from tests.e2e.people import Person
from tests.e2e.visitor import Visitor
from tests.support.opened import connect

pytestmark = pytest.mark.e2e

PROCESSES = {
    "gateway": "gateway.serve",
    "rasa": "dialogue.serve",
    "actions": "actions.serve",
    "security": "security.serve",
    "banking": "apis.banking.serve",
}
ENDS = {"done", "failed", "void"}
MANY = "1000"


def phone_of(username: str) -> str:
    people = yaml.safe_load(PERSONAS.read_text())["people"]
    return str(next(each["phone"] for each in people if each["username"] == username))


@pytest.fixture(scope="module")
def bank(new_installation: Callable[..., Installation]) -> Installation:
    """An installation of its own, that texts as many codes as a test needs."""
    limits = ("PERSON", "NUMBER", "ADDRESS", "TENANT")
    names = {f"GATEHOUSE_LIMIT_CODES_PER_{one}_PER_HOUR": MANY for one in limits}
    installation = new_installation(**names)
    installation.start()
    return installation


class Payer:
    """Alice, who pays Anna, and an onlooker with a view of both databases."""

    def __init__(self, bank: Installation, browser: Visitor, person: Person) -> None:
        self.bank = bank
        self.person = person
        self.browser = browser
        self.phone = phone_of("alice")
        self.answer: httpx.Response | None = None
        self._amount = 0

    def sign_in(self) -> None:
        """Sign in where the session is over: a gateway that dies takes a new cookie with it."""
        if self.browser.http.get("/api/session").json().get("authenticated"):
            return
        self.browser.arrive()
        challenge = self.browser.password(self.person)
        assert self.browser.answer(
            challenge, self.browser.text_me(challenge, self.phone)
        ).is_success

    def ask(self) -> dict[str, Any]:
        """Ask for a payment of an amount that was not paid before; return its challenge."""
        self._amount += 1
        said = self.browser.say(f"send Anna Berg 1.{self._amount:02} euros")
        challenge: dict[str, Any] = said[-1]["challenge"]
        assert challenge["binding"] == f"Pay 1.{self._amount:02} EUR to Anna Berg"
        return challenge

    def approve(self, challenge: dict[str, Any], code: str) -> threading.Thread:
        """Answer in the background: the process that answers may be about to die."""

        def answer() -> None:
            try:
                self.answer = self.browser.answer(challenge, code)
            except httpx.HTTPError:
                self.answer = None

        thread = threading.Thread(target=answer)
        thread.start()
        return thread

    def state(self) -> str:
        """Return the state of the last payment in the security database."""
        query = "SELECT state FROM pending_operations WHERE kind = 'write' ORDER BY created_at"
        found = self._read("security", query)
        return str(found[-1][0]) if found else ""

    def booked(self) -> int:
        """Return how often the last payment stands in the bank's books."""
        amount = -(100 + self._amount)
        query = "SELECT id FROM transactions WHERE amount_minor = ? AND movement_id IS NOT NULL"
        return len(self._read("banking", query, amount))

    def until(self, what: Callable[[], bool], why: str, seconds: float = 60) -> None:
        """Wait for what another process writes into its database: nothing announces it."""
        give_up = time.monotonic() + seconds
        while not what():
            assert time.monotonic() < give_up, why
            time.sleep(0.02)

    def process(self, name: str) -> psutil.Process:
        """Return a running process."""
        return self.bank.processes()[PROCESSES[name]]

    def killed(self, name: str) -> Callable[[], None]:
        """Kill a process; return what waits until it is back."""
        seen = len(self.bank.output.lines)
        process = self.process(name)
        process.kill()
        pattern = rf"  {re.escape(name)}: ready in .*"
        return lambda: self.bank.output.wait_for(pattern, seen, 90) and None

    def is_settled(self) -> None:
        """Wait for an end that both databases agree on, and that the person is told."""
        self.until(lambda: self.state() in ENDS, f"the payment stays {self.state()}")
        assert self.booked() == (1 if self.state() == "done" else 0), self.state()

    def _read(self, name: str, query: str, *values: Any) -> list[tuple[Any, ...]]:
        path = self.bank.home / "db" / name / f"{name}.sqlite3"
        connection = (
            connect(path, timeout=10)
            if name == "banking"
            else sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True, timeout=10)
        )
        try:
            return connection.execute(query, values).fetchall()
        finally:
            connection.close()


@pytest.fixture(scope="module")
def payer(bank: Installation, persons: dict[str, Person]) -> Iterator[Payer]:
    with Visitor(bank.url, bank.authority) as browser:
        yield Payer(bank, browser, persons["alice"])


@pytest.fixture
def asked(payer: Payer) -> Iterator[tuple[Payer, dict[str, Any], str]]:
    """A payment that waits, and the code that approves it; whatever stands still goes on."""
    payer.sign_in()
    challenge = payer.ask()
    yield payer, challenge, payer.browser.text_me(challenge, payer.phone)
    for process in payer.bank.processes().values():
        process.send_signal(signal.SIGCONT)


@pytest.mark.parametrize("name", PROCESSES)
def test_killed_between_the_question_and_the_approval(
    asked: tuple[Payer, dict[str, Any], str], name: str
) -> None:
    """ASVS 15.4.2: what waited still waits, and is paid once when it is approved."""
    payer, challenge, code = asked
    payer.killed(name)()
    payer.approve(challenge, code).join()
    payer.is_settled()
    assert payer.booked() == 1


@pytest.mark.parametrize("name", PROCESSES)
def test_killed_while_the_bank_has_the_payment(
    asked: tuple[Payer, dict[str, Any], str], name: str
) -> None:
    """ASVS 15.4.2: between the intent and the answer; afterwards once or not at all."""
    payer, challenge, code = asked
    banking = payer.process("banking")
    banking.send_signal(signal.SIGSTOP)
    answering = payer.approve(challenge, code)
    payer.until(lambda: payer.state() == "executing", "it was never executed")
    back = payer.killed(name)
    with suppress(psutil.NoSuchProcess):  # It may be the one that was killed.
        banking.send_signal(signal.SIGCONT)
    back()
    answering.join()
    payer.is_settled()


def test_security_killed_after_the_bank_has_booked(
    asked: tuple[Payer, dict[str, Any], str],
) -> None:
    """ASVS 15.4.2: the answer of the bank is lost; at start the bank is asked, by the key."""
    payer, challenge, code = asked
    banking, security = payer.process("banking"), payer.process("security")
    banking.send_signal(signal.SIGSTOP)
    answering = payer.approve(challenge, code)
    payer.until(lambda: payer.state() == "executing", "it was never executed")
    time.sleep(2)  # Nothing announces that the request is on its way; the bank does not answer.
    security.send_signal(signal.SIGSTOP)
    banking.send_signal(signal.SIGCONT)
    payer.until(lambda: payer.booked() == 1, "it was never booked")
    payer.killed("security")()
    answering.join()
    payer.is_settled()
    assert (payer.state(), payer.booked()) == ("done", 1)
    payer.sign_in()
    said = " ".join(message.get("text", "") for message in payer.browser.say("hello"))
    assert "It was done once" in said


@pytest.mark.parametrize("name", PROCESSES)
def test_killed_right_after_the_payment(
    asked: tuple[Payer, dict[str, Any], str], name: str
) -> None:
    """ASVS 15.4.2: a doubled approval afterwards pays nothing."""
    payer, challenge, code = asked
    payer.approve(challenge, code).join()
    payer.until(lambda: payer.state() == "done", "it was never done")
    payer.killed(name)()
    payer.approve(challenge, code).join()
    assert payer.answer is not None
    assert payer.answer.status_code in {401, 410}
    payer.is_settled()
    assert payer.booked() == 1
