"""Which APIs a checkout brings along, and where their demo data is."""

from __future__ import annotations

from pathlib import Path

import pytest

from cli.apis import api_names, audience, seed_of, served_here
from cli.programs import programs
from cli.settings import Settings


def test_every_folder_that_can_be_served_is_an_api(tmp_path: Path) -> None:
    for name in ("orders", "banking", "common", "half"):
        (tmp_path / "apis" / name).mkdir(parents=True)
        if name != "half":
            (tmp_path / "apis" / name / "serve.py").touch()
    assert api_names(tmp_path) == ("banking", "orders")
    assert "banking" in api_names()


def test_an_audience_names_its_api() -> None:
    """RFC 9068 section 3: a token is good for one API."""
    assert audience("banking") == "urn:gatehouse:api:banking"


def test_an_api_may_have_a_seed_file_of_its_own(tmp_path: Path) -> None:
    people = tmp_path / "personas.yml"
    (tmp_path / "orders.yml").touch()
    assert seed_of("orders", people) == tmp_path / "orders.yml"
    assert seed_of("banking", people) == people


def test_a_mock_stays_away_where_a_real_api_stands() -> None:
    given = {"GATEHOUSE_API_ORDERS_URL": "https://orders.example", "GATEHOUSE_API_HR_URL": ""}
    assert served_here(("banking", "hr", "orders"), given) == ("banking", "hr")


def test_no_program_is_started_and_nobody_waits_for_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """An API out of reach keeps nothing from starting."""
    names = [program.name for program in programs(Settings())]
    assert "banking" in names
    monkeypatch.setenv("GATEHOUSE_API_BANKING_URL", "https://core.bank.example")
    without = programs(Settings())
    assert [program.name for program in without] == [name for name in names if name != "banking"]
    assert all("banking" not in program.after for program in programs(Settings()))
