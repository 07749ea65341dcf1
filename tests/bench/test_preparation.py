"""What a run is prepared from: its people, its questions, and what it says of the machine."""

from __future__ import annotations

import getpass
import json
import platform
import stat
from pathlib import Path

import yaml

from apis.banking.seed import SeedBook
from bench import machine
from bench.customers import new_customers, write_seed
from bench.questions import questions
from security.seed import read_people


def test_every_customer_has_secrets_of_this_run_alone() -> None:
    customers = [*new_customers(8), *new_customers(8)]
    assert len({each.password for each in customers}) == 16
    assert len({each.totp_secret for each in customers}) == 16


def test_the_seed_is_one_that_security_and_the_banking_api_accept(tmp_path: Path) -> None:
    file = tmp_path / "seed.json"
    write_seed(file, new_customers(11))
    people = read_people(file).people
    book = SeedBook.model_validate(yaml.safe_load(file.read_text())["banking"])
    owners = [account.owner.username for account in book.accounts]
    assert owners == [each.username for each in people]
    assert len({account.number for account in book.accounts}) == 11


def test_nobody_else_can_read_the_seed(tmp_path: Path) -> None:
    file = tmp_path / "seed.json"
    write_seed(file, new_customers(1))
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_the_right_answers_are_those_of_the_domain_with_the_balance_of_the_account() -> None:
    asked = questions()
    assert asked.plain.answers
    assert asked.protected.answers
    assert all("2,480.15" in answer for answer in asked.protected.answers)
    assert all("{" not in answer for answer in asked.protected.answers | asked.plain.answers)


def test_the_machine_is_described_without_a_name_or_a_path() -> None:
    described = machine.describe()
    words = json.dumps(described)
    assert {"cores", "cpu", "system", "python", "rasa", "date"} <= described.keys()
    assert platform.node() not in words.split('"')
    assert str(Path.cwd()) not in words
    assert getpass.getuser() not in words.split('"')
