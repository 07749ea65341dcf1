"""The command line as a person uses it."""

from __future__ import annotations

import sys

import pyotp
import pytest
from typer.testing import CliRunner

from cli import demo, trust
from cli.main import application, main
from cli.problems import Problem


@pytest.fixture
def gatehouse(monkeypatch, tmp_path):
    """Run the command line in an empty home."""
    monkeypatch.setenv("GATEHOUSE_HOME", str(tmp_path / "home"))
    return lambda *words: CliRunner().invoke(application(), list(words))


def test_help_names_every_command(gatehouse):
    said = gatehouse("--help").output
    assert all(word in said for word in ("run", "train", "chat", "doctor", "trust", "demo"))


def test_the_version_is_shown(gatehouse):
    assert gatehouse("--version").output.startswith("gatehouse ")


def test_a_demo_code_is_what_an_authenticator_shows(gatehouse):
    """RFC 6238: the same code as any authenticator with that person's secret."""
    secret = demo.find(demo.personas(), "alice", None).totp_secret
    before = pyotp.TOTP(secret).now()
    said = gatehouse("demo", "code", "alice").output.strip()
    assert said in {before, pyotp.TOTP(secret).now()}


def test_demo_codes_are_refused_outside_demo_mode(gatehouse, monkeypatch):
    monkeypatch.setenv("GATEHOUSE_MODE", "production")
    result = gatehouse("demo", "code", "alice")
    assert isinstance(result.exception, Problem)
    assert not any(character.isdigit() for character in result.output)


def test_a_name_at_two_tenants_has_to_be_told_apart():
    people = [demo.Persona("bank", "sam", "A" * 32), demo.Persona("shop", "sam", "B" * 32)]
    with pytest.raises(Problem, match=r"several tenants \(bank, shop\): add --tenant"):
        demo.find(people, "sam", None)
    assert demo.find(people, "sam", "shop").tenant == "shop"
    with pytest.raises(Problem, match="nobody is called sam"):
        demo.find(people, "sam", "clinic")


def test_a_problem_is_one_line_and_no_stack_trace(monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["gatehouse", "demo", "code", "nobody"])
    with pytest.raises(SystemExit) as left:
        main()
    assert str(left.value).startswith("gatehouse: nobody is called nobody")
    assert "\n" not in str(left.value)


def test_doctor_fails_where_something_is_wrong(gatehouse, monkeypatch, tmp_path):
    monkeypatch.setenv("GATEHOUSE_RASA_PYTHON", str(tmp_path / "python"))
    result = gatehouse("doctor")
    assert result.exit_code == 1
    assert "Python 3.10 with Rasa: problem" in result.output


def test_trust_needs_a_certificate_first(gatehouse):
    assert "start once" in str(gatehouse("trust").exception)


@pytest.mark.parametrize(("system", "word"), [("Darwin", "security add-"), ("Linux", "certutil")])
def test_trust_explains_each_system(tmp_path, system, word):
    path = tmp_path / "a folder" / "ca.pem"
    said = "\n".join(trust.instructions(path, system))
    assert word in said
    assert f"'{path}'" in said
