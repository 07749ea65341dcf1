"""What a thief may look for in the files: each secret, the forms it may take, where it may be."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.e2e.installation import Installation
from tests.e2e.people import Person
from tests.e2e.visitor import CODE_OF_A_MAIL, Visitor

_MOMENT = re.compile(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|\+00:00)")
_NOT_SEARCHED = {"models"}
"""Trained before anybody said a word, and read-only to the processes."""


@dataclass(frozen=True)
class Secret:
    """Something that was said, shown or used while the system ran.

    `anywhere`: also in no database, not only in no log and no tracker; false for what is so
    short that chance alone would find it among random bytes.
    """

    value: str
    anywhere: bool = True

    def forms(self) -> Iterator[re.Pattern[bytes]]:
        """Yield it as it is, and as base64 and hexadecimal would show it."""
        plain = self.value.encode()
        edge = rb"(?<![0-9A-Za-z])%s(?![0-9A-Za-z])" if len(plain) < 8 else rb"%s"
        yield re.compile(edge % re.escape(plain), re.IGNORECASE)
        if len(plain) >= 8:
            yield re.compile(re.escape(plain.hex().encode()), re.IGNORECASE)
            yield re.compile(re.escape(base64.b64encode(plain).rstrip(b"=")[:-1]))

    def found_in(self, home: Path) -> list[str]:
        """Return the files of a home that hold it, relative to the home."""
        forms = list(self.forms())
        return [name for name, held in contents(home, self.anywhere) if _holds(held, forms)]


def _holds(held: bytes, forms: list[re.Pattern[bytes]]) -> bool:
    return any(form.search(held) for form in forms)


def contents(home: Path, everything: bool = True) -> Iterator[tuple[str, bytes]]:
    """Yield each file below the home by its name: with `everything` the databases as well."""
    for path in sorted(home.rglob("*")):
        name = path.relative_to(home)
        if not path.is_file() or name.parts[0] in _NOT_SEARCHED:
            continue
        if everything or name.parts[0] == "logs" or name.parts[:2] == ("db", "rasa"):
            yield str(name), _MOMENT.sub(b"", path.read_bytes())


def choose(browser: Visitor, messages: list[dict], title: str) -> list[dict]:
    """Press a button that the bot offered."""
    offered = [one for message in messages for one in message.get("choices", [])]
    chosen = next(one["id"] for one in offered if title in one["title"])
    answer = browser.post("/api/messages", choice=chosen)
    assert answer.status_code == 200, answer.text
    heard: list[dict] = answer.json()["messages"]
    return heard


def challenge_in(messages: list[dict]) -> dict:
    """Return the challenge that the bot asks for."""
    return next(one["challenge"] for one in messages if "challenge" in one)


class Planting:
    """Goes through the system as its people do, and remembers what must not be found."""

    def __init__(self, gatehouse: Installation, persons: dict[str, Person]) -> None:
        self._gatehouse = gatehouse
        self._persons = persons
        self.secrets: dict[str, Secret] = {}

    def plant(self, name: str, value: str, anywhere: bool = True) -> str:
        """Remember a secret; return it."""
        self.secrets[name] = Secret(value, anywhere)
        return value

    def everything(self) -> dict[str, Secret]:
        """Let each person do what plants something."""
        for one in (self.customer, self.physician, self.shopper, self.employee, self.texter):
            one()
        self.keys()
        return self.secrets

    def _visitor(self) -> Visitor:
        return Visitor(self._gatehouse.url, self._gatehouse.authority)

    def customer(self) -> None:
        """alice: passwords, codes, tokens, numbers, a payment."""
        alice, plant = self._persons["alice"], self.plant
        with self._visitor() as browser:
            browser.arrive(alice.tenant)
            said = [
                plant("sentence", "dear purple armadillo"),
                "my card is " + plant("card number", "4539 1488 0343 6467"),
                "cvv " + plant("card security code", "cvv 7391").removeprefix("cvv "),
                "and my social security number is " + plant("national id", "536-90-4417"),
                "is " + plant("account number", "GB33BUKB20201555555555") + " right?",
                "I am " + plant("name that was typed", "Wilhelmina Quagmire"),
            ]
            for words in said:
                browser.say(words)
            wrong = plant("mistyped password", "Wrong-wombat-zephyr-25")
            given = {"tenant": alice.tenant, "username": alice.username}
            browser.post("/api/session/password", **given, password=wrong)
            plant("password", alice.password)
            challenge = browser.password(alice)
            browser.say(plant("code in the chat", alice.wrong_code(), anywhere=False))
            texted = browser.text_me(challenge, alice.phone)
            assert browser.answer(challenge, plant("texted code", texted, False)).is_success
            plant("cookie", browser.http.cookies["__Host-gatehouse"])
            plant("csrf token", browser._csrf)
            asked = browser.say(f"send Anna {plant('amount', '137.31')} euros")
            code = plant("code of an app", alice.code(), anywhere=False)
            assert browser.answer(challenge_in(asked), code).is_success
            plant("name", "Alice Moreau")
            plant("telephone number", alice.phone.removeprefix("+"))
            plant("mail address", alice.email)
            plant("secret of an app", alice.totp_secret)
            browser.sign_out()
        with self._visitor() as browser:
            codes = browser.new_recovery_codes(self._persons["bob"])
            plant("recovery code", codes[0])
            browser.sign_out()

    def physician(self) -> None:
        """dana: a record, a diagnosis, an emergency with its reason."""
        dana, plant = self._persons["dana"], self.plant
        with self._visitor() as browser:
            browser.arrive(dana.tenant)
            browser.sign_in(dana)
            asked = browser.say("I need emergency access to the record of Quinn Abbott")
            choose(browser, asked, "I treat them in an emergency")
            browser.say(plant("reason of an emergency", "Found lifeless beside a tuba"))
            browser.say("show me the lab results of Pat Rivera")
            plant("diagnosis", "Hemoglobin A1c")
            plant("medicine", "Atorvastatin")
            plant("name of a patient", "Quinn Abbott")
            browser.sign_out()

    def shopper(self) -> None:
        """cora: an address, and a code by mail."""
        cora, plant = self._persons["cora"], self.plant
        with self._visitor() as browser:
            browser.arrive(cora.tenant)
            challenge = browser.password(cora)
            mails = browser.inbox(cora.email)
            browser.post(f"/api/challenges/{challenge['id']}/send", method="email")
            code = plant("mailed code", mails.next(CODE_OF_A_MAIL), anywhere=False)
            assert browser.answer(challenge, code).is_success
            browser.sign_out()
            browser.arrive(cora.tenant)
            browser.sign_in(cora)
            street = plant("postal address", "7 Armadillo Street")
            asked = browser.say(f"change my address to {street}, Southport PR8 1AA")
            done = browser.answer(challenge_in(asked), cora.code())
            assert "Your orders go to" in done.text
            browser.sign_out()

    def employee(self) -> None:
        """erin: a ticket, a payslip behind a link, a bank account."""
        erin, plant = self._persons["erin"], self.plant
        with self._visitor() as browser:
            browser.arrive(erin.tenant)
            browser.sign_in(erin)
            trouble = plant("words of a ticket", "my monitor smells of cinnamon")
            browser.say(f"open a support ticket: {trouble}")
            heard = browser.say("can i get my latest payslip")
            link = next(one["card"]["href"] for one in heard if "href" in one.get("card", {}))
            plant("link to a document", link.rsplit("/", 1)[1])
            assert browser.http.get(link).content.startswith(b"%PDF")
            iban = plant("account for a salary", "XN40GLBX000400559921")
            browser.say("I want to change my direct deposit")
            asked = browser.say(iban)
            assert browser.answer(challenge_in(asked), erin.code()).is_success
            browser.sign_out()

    def texter(self) -> None:
        """carl: words by text."""
        carl = self._persons["carl"]
        words = self.plant("words of a text", "glorious wildebeest")
        with self._visitor() as browser:
            given = {"tenant": carl.tenant, "username": carl.username}
            text = {**given, "text": f"where is my order, {words}"}
            sent = browser.http.post("/demo/texts", json=text)
            assert sent.is_success, sent.text

    def keys(self) -> None:
        """What opens everything: it may be where keys are and nowhere else."""
        for name in ("keys/master.key", "api-keys/banking.key", "api-keys/healthcare.key"):
            held = (self._gatehouse.home / name).read_bytes()
            self.secrets[f"key {name}"] = Secret(held.decode("latin-1").strip())
        for name in ("admin.credential",):
            held = (self._gatehouse.sockets / name).read_bytes()
            self.plant("credential of the command line", held.decode().strip())
