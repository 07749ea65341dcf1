"""Thirty secrets go through the real system at debug level; no file of the state folder has them.

ASVS 16.2.5: not a log, a tracker, a database, its write-ahead log, or a record of the trail.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.e2e.installation import Installation
from tests.e2e.people import Person
from tests.e2e.planting import Planting, Secret, contents

pytestmark = pytest.mark.e2e

NAMES = (
    "account for a salary",
    "account number",
    "amount",
    "card number",
    "card security code",
    "code in the chat",
    "code of an app",
    "cookie",
    "credential of the command line",
    "csrf token",
    "diagnosis",
    "key api-keys/banking.key",
    "key api-keys/healthcare.key",
    "key keys/master.key",
    "link to a document",
    "mail address",
    "mailed code",
    "medicine",
    "mistyped password",
    "name",
    "name of a patient",
    "name that was typed",
    "national id",
    "password",
    "postal address",
    "reason of an emergency",
    "recovery code",
    "secret of an app",
    "sentence",
    "telephone number",
    "texted code",
    "words of a text",
    "words of a ticket",
)
NOT_YET_SEALED: dict[str, str] = {}
"""Found in a database, and in which: each is taken from here when its columns are sealed."""


@pytest.fixture(scope="module")
def planted(
    new_installation: Callable[..., Installation], persons: dict[str, Person]
) -> Iterator[tuple[Path, dict[str, Secret]]]:
    """A home after everybody's visit, with all processes still running."""
    gatehouse = new_installation(GATEHOUSE_LOG_LEVEL="debug")
    gatehouse.start()
    planting = Planting(gatehouse, persons)
    yield gatehouse.home, planting.everything()
    gatehouse.stop()


def may_be_in(name: str) -> set[str]:
    """Return the files in which a secret is at home: a key is in its own."""
    return {name.removeprefix("key ")} if name.startswith("key ") else set()


def test_all_of_them_were_planted(planted: tuple[Path, dict[str, Secret]]) -> None:
    """A secret that never went through the system proves nothing."""
    assert set(planted[1]) == set(NAMES)
    assert len(NAMES) >= 30


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(
            name,
            marks=[pytest.mark.xfail(strict=True, reason=f"in plain in {NOT_YET_SEALED[name]}")]
            if name in NOT_YET_SEALED
            else [],
        )
        for name in NAMES
    ],
)
def test_attack_no_file_tells(name: str, planted: tuple[Path, dict[str, Secret]]) -> None:
    """ASVS 16.2.5, 11.3.3, GH-2: whoever has the disk reads none of it."""
    home, secrets = planted
    assert set(secrets[name].found_in(home)) - may_be_in(name) == set()


@pytest.mark.parametrize("name", NAMES)
def test_attack_no_log_and_no_tracker_tells(
    name: str, planted: tuple[Path, dict[str, Secret]]
) -> None:
    """ASVS 16.2.5: at debug level, in the files of every process, Rasa's included."""
    home, secrets = planted
    secret = Secret(secrets[name].value, anywhere=False)
    assert secret.found_in(home) == []


def test_the_logs_are_written_and_hold_no_token(planted: tuple[Path, dict[str, Secret]]) -> None:
    """ASVS 16.2.5: tickets, keys of conversations and access tokens never leave a process's
    memory, so nobody knows one to look for; but all of them are 43 letters or more."""
    logs = {name: held for name, held in contents(planted[0], everything=False) if ".log" in name}
    assert len(logs) >= 9
    assert any(b'"refused"' in held for held in logs.values())
    for name, held in logs.items():
        assert not re.search(rb"[A-Za-z0-9_-]{43}", held), name
