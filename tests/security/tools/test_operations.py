"""The table of operations, one line each, and the check that needs no running system."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from security.operations.operation import Rate
from security.policy import PolicyError
from security.server import read_access, read_operations
from security.tools import operations
from security.tools.operation_table import HEADINGS, complaints, rows
from tests.security.payments import TRANSFER
from tests.security.visitor import BALANCE
from tests.security.world import PROJECT, Origin


def test_every_operation_is_listed_with_what_it_demands(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert operations.main(["list"]) == 0
    head, *rows = capsys.readouterr().out.splitlines()
    assert head.split() == list(HEADINGS.values())
    found = {row.split()[0]: row.split()[1:6] for row in rows}
    assert set(found) == set(read_operations(PROJECT))
    assert found[BALANCE] == ["personal", "aal2", "15", "min", "banking:accounts:read"]
    assert found[TRANSFER] == ["binding", "aal2", "each", "time", "banking:transfers:write"]
    assert all(row.endswith("customer") for row in rows if row.startswith("banking."))


def test_the_same_table_is_there_for_programs(capsys: pytest.CaptureFixture[str]) -> None:
    assert operations.main(["list", "--json"]) == 0
    found = {row["operation"]: row for row in json.loads(capsys.readouterr().out)}
    assert found[TRANSFER]["confirmation"] == "yes"
    assert found[TRANSFER]["audience"] == "urn:gatehouse:api:banking"
    assert found[BALANCE]["roles"] == ["customer"]
    assert set(found[BALANCE]) == {*HEADINGS.values(), "title"}


@pytest.mark.parametrize("width", [40, 80, 200])
def test_on_a_terminal_nothing_is_cut_off(origin: Origin, width: int) -> None:
    """What is long goes on in the next line."""
    said = io.StringIO()
    table = rows(origin.operations, read_access(PROJECT, origin.operations))
    operations.show(table, Console(file=said, width=width, force_terminal=False))
    assert "…" not in said.getvalue()
    assert len(said.getvalue()) > sum(len(row.operation) + len(row.scope) for row in table)
    assert width < 200 or all(row.operation in said.getvalue() for row in table)


def test_the_page_of_the_docs_is_this_table(capsys: pytest.CaptureFixture[str]) -> None:
    """`make operations-page` prints it anew."""
    assert operations.main(["page"]) == 0
    assert (PROJECT / "docs" / "operations.md").read_text() == capsys.readouterr().out


def test_what_an_operation_has_of_its_own_is_in_the_table(origin: Origin) -> None:
    operation = replace(
        origin.operations[BALANCE],
        purposes=frozenset({"treatment", "own_care"}),
        sensitive=frozenset({"accounts.balance"}),
        rate=Rate(3, 20),
    )
    declared = {**origin.operations, BALANCE: operation}
    access = read_access(PROJECT, declared)
    [row] = [row for row in rows(declared, access) if row.operation == BALANCE]
    assert row.purposes == ("own_care", "treatment")
    assert row.sensitive == ("accounts.balance",)
    assert row.limits == ("3/min", "20/h")
    assert row.roles == ("customer",)


def test_an_operation_that_nobody_may_use_is_a_mistake(origin: Origin) -> None:
    """Declared, and forgotten in the policies: default deny, and told before anybody asks."""
    forgotten = replace(origin.operations[BALANCE], name="banking.close_account")
    declared = {**origin.operations, forgotten.name: forgotten}
    assert complaints(declared, read_access(PROJECT, declared)) == [
        "banking.close_account: no policy permits it to anybody"
    ]


def test_a_policy_that_names_what_is_not_declared_is_refused(origin: Origin) -> None:
    fewer = {name: each for name, each in origin.operations.items() if name != BALANCE}
    with pytest.raises(PolicyError):
        read_access(PROJECT, fewer)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("GATEHOUSE_API_BANKING_URL", "http://core.bank.example"),
        ("GATEHOUSE_API_BANKNG_URL", "https://core.bank.example"),
    ],
)
def test_an_address_that_does_not_hold_is_told(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    assert operations.main(["check"]) == 1
    assert name in capsys.readouterr().err


def test_what_holds_is_said_to_hold(capsys: pytest.CaptureFixture[str]) -> None:
    assert operations.main(["check"]) == 0
    assert capsys.readouterr().out.startswith(f"{len(read_operations(PROJECT))} operations")


def test_what_does_not_hold_is_one_clear_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(operations, "PROJECT", tmp_path)
    assert operations.main(["check"]) == 1
    assert len(capsys.readouterr().err.splitlines()) == 1
