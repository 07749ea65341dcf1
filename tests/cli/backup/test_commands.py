"""Backing up and bringing back by the commands, and what a server keeps."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cli.backup import servers
from cli.backup.content import DATA
from cli.main import application
from cli.problems import Problem
from tests.cli.backup.homes import new_home, settings


def test_the_commands(home, tmp_path, monkeypatch):
    run = CliRunner()
    monkeypatch.setenv("GATEHOUSE_HOME", str(home))
    for words in (
        ("backup", str(tmp_path / "file")),
        ("backup", "--ring", "--keys-to", str(tmp_path / "safe"), str(tmp_path / "ring")),
        ("restore", "--check", str(tmp_path / "file")),
    ):
        done = run.invoke(application(), list(words))
        assert done.exit_code == 0, (done.output, done.exception)
    assert "whole: 4 files" in done.output
    again = new_home(tmp_path, home)
    monkeypatch.setenv("GATEHOUSE_HOME", str(again))
    words = ["restore", str(tmp_path / "file"), "--ring", str(tmp_path / "ring")]
    done = run.invoke(application(), [*words, "--ring-keys", str(tmp_path / "safe")])
    assert done.exit_code == 0, (done.output, done.exception)
    assert "start with `gatehouse run`" in done.output


def test_what_one_server_keeps_is_taken_away_from_all_others(tmp_path, monkeypatch):
    """ASVS 15.4.2: the keys by which an API takes its own away are gone afterwards."""
    asked, apis = [], [Path("db/hr/hr.sqlite3"), Path("db/it/it.sqlite3")]

    async def away(_settings, which, name):
        assert which == "away"
        asked.append(name)
        raise Problem(f"{name.stem} is away", "wait")

    async def ask(_settings, *words):
        asked.append(words[0])

    monkeypatch.setattr(servers.api_servers, "move", away)
    monkeypatch.setattr(servers, "_ask", ask)
    with pytest.raises(Problem, match="hr is away"):
        asyncio.run(servers.take_away(settings(tmp_path), [*apis, DATA]))
    assert asked == [*apis, "away-data"]
