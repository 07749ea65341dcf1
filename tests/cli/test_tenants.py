"""`gatehouse tenants`: what it asks, and files that say how organisations shall be."""

from __future__ import annotations

from typing import Any

import pytest
from typer.testing import CliRunner

from cli.admin_client import Refusal
from cli.main import application
from cli.problems import Problem

TOLD = {
    "tenant": "soliton",
    "name": "Soliton Labs",
    "idle_minutes": 10,
    "public": False,
    "apis": ["it"],
    "sms_limit": "0.00",
    "sms_currency": "EUR",
    "methods": ["passkey", "totp"],
    "names_staff": False,
    "disabled": False,
    "people": 2,
}


def gatehouse(*words: str) -> Any:
    """Run `gatehouse tenants …`."""
    return CliRunner().invoke(application(), ["tenants", *words])


def test_a_new_organisation_is_asked_for_and_the_next_step_is_told(security):
    result = gatehouse(
        *("add", "soliton", "--name", "Soliton Labs", "--idle-minutes", "10", "--api", "it"),
        *("--method", "passkey", "--method", "totp"),
    )
    assert result.exit_code == 0, result.exception
    [(path, _, body)] = security.asked
    assert path == "/tenants/add"
    assert body == {
        "tenant": "soliton",
        "name": "Soliton Labs",
        "idle_minutes": 10,
        "apis": ["it"],
        "methods": ["passkey", "totp"],
    }
    assert "gatehouse users add soliton" in result.output


def test_only_what_is_said_is_set(security):
    assert gatehouse("set", "soliton", "--no-public").exit_code == 0
    assert security.asked[0][2] == {"tenant": "soliton", "public": False}


def test_setting_nothing_asks_nothing(security):
    assert isinstance(gatehouse("set", "soliton").exception, Problem)
    assert security.asked == []


def test_a_list_is_one_line_an_organisation_when_piped(security):
    security.said = [TOLD, {**TOLD, "tenant": "old", "disabled": True}]
    first, second = gatehouse("list").output.splitlines()
    assert first == "soliton\tSoliton Labs\tactive\t2\tit\tpasskey, totp"
    assert second.split("\t")[2] == "disabled"


def test_what_is_shown_can_be_applied_and_changes_nothing(security, tmp_path):
    """Idempotent: the same file again sets nothing."""
    security.said = TOLD
    file = tmp_path / "soliton.yml"
    file.write_text(gatehouse("show", "soliton").output)
    result = gatehouse("apply", str(file))
    assert result.output == "soliton: as it was\n"
    assert [path for path, _, _ in security.asked] == ["/tenants/show", "/tenants/show"]


def test_a_file_sets_what_differs_and_no_more(security, tmp_path):
    security.said = TOLD
    file = tmp_path / "two.yml"
    file.write_text(
        "tenant: soliton\nidle_minutes: 5\nmethods: [totp, passkey]\n---\ntenant: soliton\n"
    )
    assert "soliton: idle_minutes" in gatehouse("apply", str(file)).output
    assert ("/tenants/set", {"tenant": "soliton", "idle_minutes": 5}) in [
        (path, body) for path, _, body in security.asked
    ]


@pytest.mark.parametrize(
    "content", ["- a list", "name: without an id", "tenant: x\ncolour: red", "tenant: [", "\x00"]
)
def test_a_file_that_is_wrong_asks_nothing_and_is_told_in_one_line(security, tmp_path, content):
    file = tmp_path / "wrong.yml"
    file.write_text(content)
    problem = gatehouse("apply", str(file)).exception
    assert isinstance(problem, Problem)
    assert "\n" not in str(problem)
    assert security.asked == []


def test_disabling_tells_how_many_sessions_ended(security):
    security.said = {"sessions": 3}
    assert "sessions ended: 3" in gatehouse("disable", "soliton").output


def test_a_refusal_names_what_there_is(security):
    security.status = 422
    security.said = {
        "title": "No.",
        "code": "invalid_arguments",
        "field": "strong_method",
        "known": ["passkey", "totp"],
    }
    problem = gatehouse("set", "soliton", "--method", "sms").exception
    assert isinstance(problem, Refusal)
    assert "passkey, totp" in str(problem)
