"""What `gatehouse doctor` finds before a start."""

from __future__ import annotations

import socket
import sys

import pytest

from cli import checks
from cli.problems import Problem
from cli.settings import Settings


def settings(**given) -> Settings:
    return Settings(_env_file=None, **given)


def test_production_refuses_without_the_address_that_people_use(tmp_path):
    with pytest.raises(Problem, match="production needs the address that people use"):
        checks.before_start(settings(mode="production", home=tmp_path / "home"))
    assert not (tmp_path / "home").exists()


def test_production_refuses_without_a_certificate_of_its_own(tmp_path):
    asked = settings(mode="production", home=tmp_path, public_url="https://chat.example.com")
    with pytest.raises(Problem, match="production needs a TLS certificate of your own"):
        checks.certificate(asked)


def test_a_port_in_use_names_another():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(Problem, match=f"port {port} is in use: .*GATEHOUSE_PORT="):
            checks.port(settings(port=port))
    assert checks.port(settings(port=port)) == f"{port} is free"


def test_a_missing_dialogue_environment_says_what_to_do(tmp_path):
    with pytest.raises(Problem, match=r"no Python 3\.10 with Rasa .*make core"):
        checks.rasa(settings(rasa_python=tmp_path / "python"))


def test_an_environment_without_rasa_is_noticed():
    with pytest.raises(Problem, match=r"no Python 3\.10 with Rasa"):
        checks.rasa(settings(rasa_python=sys.executable))


def test_every_check_has_a_finding_even_where_one_fails(tmp_path):
    (tmp_path / "letters").touch()
    found = list(checks.examine(settings(home=tmp_path, rasa_python=tmp_path / "python")))
    asked = [each.name for each in checks.checks(settings(home=tmp_path))]
    assert [each.name for each in found] == [*asked, "walls"]
    failed = {each.name for each in found if each.problem}
    assert {"home", "Python 3.10 with Rasa"} <= failed
    assert "mode" not in failed
