"""The program behind `gatehouse doctor` that looks at the services for SMS and mail."""

from __future__ import annotations

import asyncio
import io
import json

import pytest

from security.adapters.posts.post import CannotSend
from security.tools import messages


class Service:
    """Answers a check as it is told to."""

    def __init__(self, failure: Exception | None = None) -> None:
        self.failure = failure
        self.closed = False

    async def send(self, tenant: str, to: str, subject: str, text: str) -> str | None:
        raise AssertionError("a check sends nothing")

    async def check(self) -> None:
        if self.failure is not None:
            raise self.failure

    async def close(self) -> None:
        self.closed = True


@pytest.fixture
def ask(monkeypatch: pytest.MonkeyPatch):
    """Run the program with these settings and secrets."""
    monkeypatch.setattr("logging.disable", lambda: None)
    for name in ("HOME", "RUN_DIR"):
        monkeypatch.setenv(f"GATEHOUSE_{name}", "/nowhere")

    def run(arguments: list[str], secrets: dict[str, str], **settings: str) -> int:
        for name, value in settings.items():
            monkeypatch.setenv(f"GATEHOUSE_{name.upper()}", value)
        monkeypatch.setattr("sys.stdin", io.StringIO(json.dumps(secrets)))
        return messages.main(arguments)

    return run


def test_nothing_set_is_right(ask) -> None:
    assert ask(["form"], {}) == 0


def test_a_half_set_service_is_one_line_without_a_value(ask, capsys) -> None:
    assert ask(["form"], {"smtp-password": "PLANTED"}, smtp_from="a@example.com") == 2
    said = capsys.readouterr()
    assert said.err == (
        "GATEHOUSE_SMTP_HOST is missing: set all of this service's variables, or none\n"
    )
    assert "PLANTED" not in said.out


def test_a_service_that_is_not_set_cannot_be_asked(ask) -> None:
    assert ask(["reach", "sms"], {}) == 1


def test_a_server_that_is_not_there_is_told(ask, capsys) -> None:
    given = {"smtp_host": "127.0.0.1", "smtp_port": "1", "smtp_tls": "none"}
    assert ask(["reach", "email"], {}, smtp_from="a@example.com", **given) == 0
    assert capsys.readouterr().out.strip() == "SMTPConnectError"


@pytest.mark.parametrize(
    ("failure", "why"),
    [
        (None, ""),
        (CannotSend("status_401", retry=False), "status_401"),
        (KeyError("PLANTED"), "KeyError"),
    ],
)
async def test_whatever_a_service_does_is_told_and_never_raised(failure, why) -> None:
    service = Service(failure)
    assert await messages.reach(service) == why
    assert service.closed


async def test_a_service_that_hangs_is_given_up(monkeypatch) -> None:
    monkeypatch.setattr(messages, "_LIMIT_SECONDS", 0.01)
    service = Service()
    service.check = asyncio.Event().wait  # type: ignore[method-assign, assignment]
    assert await messages.reach(service) == "TimeoutError"


class Keeper:
    """Keeps codes, and can be out of reach."""

    def __init__(self) -> None:
        self.closed = False

    async def reach(self) -> None:
        raise CannotSend("verify_code_length_is_not_6", retry=False)

    async def close(self) -> None:
        self.closed = True


async def test_the_service_that_keeps_codes_is_looked_at_as_well() -> None:
    service, keeper = Service(), Keeper()
    assert await messages.reach(service, keeper) == "verify_code_length_is_not_6"
    assert service.closed
    assert keeper.closed
