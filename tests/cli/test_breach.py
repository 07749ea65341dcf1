"""`gatehouse breach-report`: which question security is asked, and for whom the file is."""

from __future__ import annotations

import stat
from typing import Any

import pytest
from typer.testing import CliRunner

from cli.main import application
from cli.problems import Problem

PERIOD = ("--from", "2026-11-01", "--to", "2026-11-26T12:00:00+01:00")


def gatehouse(*words: str) -> Any:
    return CliRunner().invoke(application(), ["breach-report", *words])


def test_days_begin_at_midnight_in_utc_and_moments_say_their_own_zone(security):
    security.said = {"content": "{}", "name": "breach.json"}
    assert gatehouse(*PERIOD).output == "{}\n"
    [(path, _, asked)] = security.asked
    assert path == "/audit/breaches"
    assert asked["since"] == "2026-11-01T00:00:00+00:00"
    assert asked["until"] == "2026-11-26T12:00:00+01:00"
    assert (asked["suspect"], asked["form"]) == (False, "json")


def test_a_report_is_written_for_its_owner_alone_and_over_nothing(security, tmp_path):
    security.said = {"content": "<!doctype html>", "name": "breach.html"}
    file = tmp_path / "breach.html"
    gatehouse(*PERIOD, "--format", "html", "--file", str(file), "--suspect", "--by", "a" * 24)
    assert file.read_text() == "<!doctype html>"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    [(_, _, asked)] = security.asked
    assert (asked["suspect"], asked["by"], asked["form"]) == (True, "a" * 24, "html")
    again = gatehouse(*PERIOD, "--file", str(file)).exception
    assert isinstance(again, Problem)


@pytest.mark.parametrize("said", ["yesterday", "2026-13-01", ""])
def test_what_is_no_day_is_told_and_nobody_is_asked(security, said):
    problem = gatehouse("--from", said, "--to", "2026-11-26").exception
    assert isinstance(problem, Problem)
    assert security.asked == []
