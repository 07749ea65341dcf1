"""`gatehouse alerts`: one untruncated alert a line when piped, everything as JSON."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from cli import alerts
from cli.main import application

GAP = {
    "id": "a1",
    "at": "2026-11-23T12:00:00+00:00",
    "rule": "log_gap",
    "level": "critical",
    "state": "open",
    "title": "A record is missing",
    "steps_to_take": "Run gatehouse audit verify; keep the disk as it is.",
    "responses": [],
    "evidence": ["1-7"],
}
OLD = {**GAP, "id": "a2", "tenant": "acme-shop", "rule": "of_before", "title": None}


@pytest.fixture
def asked(monkeypatch):
    """What security was asked; it answers with two alerts."""
    questions = []

    def ask(_home, path, question):
        questions.append((path, question))
        return [GAP, {name: value for name, value in OLD.items() if value is not None}]

    monkeypatch.setattr(alerts, "ask", ask)
    return questions


def test_each_is_a_line(asked):
    result = CliRunner().invoke(application(), ["alerts"])
    assert result.exit_code == 0
    first, second = result.output.splitlines()
    assert first.split("\t") == [
        "2026-11-23T12:00:00+00:00",
        "-",
        "critical",
        "A record is missing",
        "Run gatehouse audit verify; keep the disk as it is.",
    ]
    assert second.split("\t")[1:4] == ["acme-shop", "critical", "of_before"]
    assert asked == [("/alerts/list", {"tenant": None, "everyones": False})]


def test_everything_as_json(asked):
    result = CliRunner().invoke(application(), ["alerts", "--json", "--all", "--tenant", "x"])
    assert json.loads(result.output)[0] == GAP
    assert asked == [("/alerts/list", {"tenant": "x", "everyones": True})]
