"""`gatehouse export` and `erase`: asked twice, never by mistake, for their reader alone."""

from __future__ import annotations

import stat
from typing import Any

import pytest
from typer.testing import CliRunner

from cli.main import application
from cli.problems import Problem

BANK = ("--tenant", "bank")


def gatehouse(*words: str, given: str = "") -> Any:
    return CliRunner().invoke(application(), list(words), input=given)


def test_an_export_is_written_for_its_owner_alone_and_over_nothing(security, tmp_path):
    security.said = {"content": '{"version": 1}', "name": "my-data.json"}
    file = tmp_path / "alice.json"
    gatehouse("export", "alice", *BANK, "--to", str(file))
    assert file.read_text() == '{"version": 1}'
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    again = gatehouse("export", "alice", *BANK, "--to", str(file)).exception
    assert isinstance(again, Problem)
    assert "name a new file" in str(again)


def test_an_export_is_shown_where_no_file_is_named(security):
    security.said = {"content": '{"version": 1}', "name": "my-data.json"}
    assert gatehouse("export", "alice", *BANK).output == '{"version": 1}\n'
    assert security.asked[0][::2] == ("/users/export", {"tenant": "bank", "username": "alice"})


def test_who_accessed_somebodys_data_is_written_in_the_form_that_is_asked_for(security, tmp_path):
    """HIPAA 164.528: by order of an administrator as well."""
    security.said = {"content": "<table>", "name": "my-accesses-2026-11-26.html"}
    file = tmp_path / "alice.html"
    gatehouse("accesses", "alice", *BANK, "--to", str(file))
    assert (file.read_text(), stat.S_IMODE(file.stat().st_mode)) == ("<table>", 0o600)
    gatehouse("accesses", "alice", *BANK, "--format", "json")
    asked = {"tenant": "bank", "username": "alice"}
    assert [(path, body) for path, _, body in security.asked] == [
        ("/users/accesses", {**asked, "form": "html"}),
        ("/users/accesses", {**asked, "form": "json"}),
    ]


@pytest.mark.parametrize("again", ["bob", "Alice", "alice "])
def test_a_slip_erases_nobody(security, again):
    """The name is typed twice."""
    security.said = []
    problem = gatehouse("erase", "alice", *BANK, "--again", again).exception
    assert isinstance(problem, Problem)
    assert [path for path, _, _ in security.asked] == ["/users/kept"]


def test_where_nobody_can_be_asked_nobody_is_erased(security):
    security.said = []
    problem = gatehouse("erase", "alice", *BANK, given="alice\n").exception
    assert isinstance(problem, Problem)
    assert [path for path, _, _ in security.asked] == ["/users/kept"]


def test_what_is_kept_is_said_before_anything_is_done(security):
    security.said = [{"until": "2036-11-26", "what": "payments", "why": "the law"}]
    output = gatehouse("erase", "alice", *BANK, "--again", "alice").output
    assert output.startswith("kept until 2036-11-26: payments (the law)")
    asked = {"tenant": "bank", "username": "alice"}
    assert [(path, body) for path, _, body in security.asked] == [
        ("/users/kept", asked),
        ("/users/erase", {**asked, "again": "alice"}),
    ]
