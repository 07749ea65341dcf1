"""The services for SMS and mail, as the launcher and `gatehouse doctor` see them."""

from __future__ import annotations

import asyncio
import socket

import pytest

from cli import checks, messages
from cli.launching import Lifeline, launch
from cli.problems import Problem
from cli.process_settings import read_by
from cli.programs import programs, scrubbed_environ
from cli.settings import Settings
from tests.cli.fakes.programs import diary, fake

ACCOUNT = "AC" + "0a" * 16


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch):
    """Whatever the machine has set, and its `.env`, is left out."""
    monkeypatch.setattr("cli.settings.dotenv_values", lambda _: {})
    for name in ("TWILIO_ACCOUNT_SID", "TWILIO_NUMBERS", "TWILIO_AUTH_TOKEN", "SMTP_HOST"):
        monkeypatch.delenv(f"GATEHOUSE_{name}", raising=False)


@pytest.fixture
def tell(monkeypatch, tmp_path):
    """Return settings with these variables set."""

    def settings(**variables: str) -> Settings:
        for name, value in variables.items():
            monkeypatch.setenv(f"GATEHOUSE_{name}", value)
        return Settings(_env_file=None, home=tmp_path / "home")

    return settings


def test_without_a_service_nothing_is_started(tell, monkeypatch):
    monkeypatch.setattr(messages, "_ask", None)
    settings = tell(SMTP_HOST="")
    assert messages.served(settings) == []
    assert messages.form(settings) == "sms and email: in the demo's outbox"
    assert [check.name for check in checks.services(settings)] == ["walls"]


def test_a_half_set_service_stops_the_start_with_the_variables_name(tell):
    settings = tell(TWILIO_ACCOUNT_SID=ACCOUNT, TWILIO_NUMBERS="northwind-bank=+12025550100")
    with pytest.raises(Problem, match=r"^GATEHOUSE_TWILIO_AUTH_TOKEN is missing: "):
        checks.before_start(settings)


def test_a_secret_alone_is_half_a_service_and_is_not_shown(tell):
    """ASVS 16.2.5."""
    settings = tell(SMTP_PASSWORD="PLANTED")
    with pytest.raises(Problem, match=r"^GATEHOUSE_SMTP_HOST is missing") as problem:
        messages.form(settings)
    assert "PLANTED" not in str(problem.value)
    assert "PLANTED" not in repr(settings)


def test_a_whole_service_is_taken_without_asking_it(tell):
    """A service that cannot be reached blocks no start."""
    settings = tell(SMTP_HOST="mail.invalid", SMTP_FROM="a@example.com")
    assert messages.form(settings) == "sms: in the demo's outbox"


def test_doctor_tells_of_a_server_that_is_not_there(tell, monkeypatch):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    settings = tell(SMTP_HOST="127.0.0.1", SMTP_PORT=port, SMTP_TLS="none", SMTP_FROM="a@b.example")
    monkeypatch.setattr(checks, "checks", lambda _: ())
    [_walls, finding] = checks.examine(settings)
    assert finding.name == "email service"
    assert finding.found == "the service for email cannot be used (SMTPConnectError)"
    assert finding.problem is not None
    assert "GATEHOUSE_SMTP_" in finding.problem.to_do


def test_the_secrets_of_services_reach_security_alone(tell, tmp_path):
    """ASVS 13.3.1: by descriptor, and nobody else's."""
    settings = tell(TWILIO_AUTH_TOKEN="PLANTED-1", SMTP_PASSWORD="PLANTED-2")
    assert settings.given_secrets == {
        "twilio-auth-token": "PLANTED-1",
        "smtp-password": "PLANTED-2",
    }
    holders = [program.name for program in programs(settings) if program.given]
    assert holders == ["security"]
    assert "PLANTED" not in str(scrubbed_environ(settings, read_by("security"), tmp_path))


@pytest.mark.parametrize("empty", [{}, {"SMTP_PASSWORD": "", "TWILIO_AUTH_TOKEN": ""}])
def test_what_is_not_set_is_not_passed(tell, empty):
    assert tell(**empty).given_secrets == {}


async def test_a_program_gets_of_the_secrets_what_is_meant_for_it(tmp_path):
    one = fake(tmp_path, "one", "good", credentials=("a-to-b",), given=("mine", "not-set"))
    known = {"a-to-b": "credential", "mine": "PLANTED", "other": "PLANTED-other"}
    with Lifeline() as lifeline:
        child = await launch(one, known, {}, tmp_path / "one.log", lifeline)
        try:
            assert await child.ready()
        finally:
            await child.stop(asyncio.Event())
    assert diary(tmp_path)[0]["secrets"] == {"a-to-b": "credential", "mine": "PLANTED"}
