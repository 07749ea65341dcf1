"""The settings of services: switched on whole or not at all, and no value is ever shown."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from security.adapters.posts import build_posts, channels_of
from security.adapters.posts.forms import (
    AUTH_TOKEN,
    SMTP_PASSWORD,
    mailbox,
    smtp_form,
    twilio_form,
)
from security.adapters.posts.smtp_mail import SmtpMail
from security.settings import SecuritySettings, load_settings

ACCOUNT, SERVICE = "AC" + "0a" * 16, "MG" + "1b" * 16
TWILIO = {"twilio_account_sid": ACCOUNT, "twilio_numbers": "northwind-bank=+12025550100"}
SMTP = {"smtp_host": "mail.example.com", "smtp_from": "Bank <no-reply@example.com>"}
TOKEN = {AUTH_TOKEN: "PLANTED-token"}


def told(**given: Any) -> SecuritySettings:
    return SecuritySettings(home=Path(), run_dir=Path(), **given)


def test_without_settings_there_is_no_service_and_the_demo_has_its_outbox() -> None:
    posts = build_posts(told(), {})
    assert posts == {}
    assert channels_of(told(), posts) == {"sms", "email"}


def test_without_settings_production_has_no_channel() -> None:
    assert channels_of(told(mode="production"), {}) == frozenset()


def test_empty_variables_are_as_good_as_none() -> None:
    empty = dict.fromkeys([*TWILIO, *SMTP, "smtp_username"], "")
    assert build_posts(told(**empty), {AUTH_TOKEN: "", SMTP_PASSWORD: ""}) == {}


def test_each_service_is_switched_on_by_its_settings_alone() -> None:
    mail = build_posts(told(**SMTP), {})
    assert isinstance(mail["email"], SmtpMail)
    assert channels_of(told(mode="production", **SMTP), mail) == {"email"}
    assert set(build_posts(told(**TWILIO, **SMTP), TOKEN)) == {"sms", "email"}


def test_every_tenant_may_have_a_number_of_its_own() -> None:
    numbers = "northwind-bank=+12025550100, globex = +12025550109,"
    form = twilio_form(told(**{**TWILIO, "twilio_numbers": numbers}), TOKEN)
    assert form is not None
    assert form.numbers == {"northwind-bank": "+12025550100", "globex": "+12025550109"}
    assert "PLANTED" not in repr(form)


WRONG_TWILIO: dict[str, tuple[dict[str, Any], dict[str, str], str]] = {
    "only the token": ({}, TOKEN, "TWILIO_ACCOUNT_SID is missing"),
    "only numbers": ({"twilio_numbers": "a=+12025550100"}, {}, "TWILIO_ACCOUNT_SID is missing"),
    "no token": (TWILIO, {}, "TWILIO_AUTH_TOKEN is missing"),
    "no sender": ({"twilio_account_sid": ACCOUNT}, TOKEN, "TWILIO_NUMBERS or .* is missing"),
    "another sort of id": (
        {**TWILIO, "twilio_account_sid": "PLANTED"},
        TOKEN,
        "TWILIO_ACCOUNT_SID is not right",
    ),
    "a token with a line break": (TWILIO, {AUTH_TOKEN: "PLANTED\n"}, "AUTH_TOKEN is not right"),
    "a service of another sort": (
        {**TWILIO, "twilio_messaging_service_sid": "PLANTED"},
        TOKEN,
        "MESSAGING_SERVICE_SID is not right",
    ),
    "only a service of Verify": (
        {"twilio_verify_service_sid": "VA" + "2c" * 16},
        {},
        "TWILIO_ACCOUNT_SID is missing",
    ),
    "a service of Verify without a sender of our own": (
        {"twilio_account_sid": ACCOUNT, "twilio_verify_service_sid": "VA" + "2c" * 16},
        TOKEN,
        "TWILIO_NUMBERS or .* is missing",
    ),
    **{
        f"verify: {sid}": (
            {**TWILIO, "twilio_verify_service_sid": sid},
            TOKEN,
            "TWILIO_VERIFY_SERVICE_SID is not right",
        )
        for sid in ("PLANTED", SERVICE, "VA" + "2c" * 15, "VA" + "2c" * 17, "va" + "2c" * 16)
    },
    **{
        f"numbers: {text}": (
            {**TWILIO, "twilio_numbers": text},
            TOKEN,
            "TWILIO_NUMBERS is not right",
        )
        for text in (
            "PLANTED",
            "a=PLANTED",
            "a=12025550100",
            "=+12025550100",
            "+12025550100",
            "a=+12025550100,a=+12025550101",
        )
    },
}


@pytest.mark.parametrize(("given", "secrets", "why"), WRONG_TWILIO.values(), ids=WRONG_TWILIO)
def test_a_half_set_account_stops_the_start(
    given: dict[str, Any], secrets: dict[str, str], why: str
) -> None:
    """One clear line that names the variable and not its value (ASVS 16.2.5)."""
    with pytest.raises(ValueError, match=f"^GATEHOUSE_.*{why}") as error:
        twilio_form(told(**given), secrets)
    assert "PLANTED" not in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:8080", "http://[::1]:8080", "https://localhost:1"]
)
def test_a_development_address_on_this_machine_is_taken(url: str) -> None:
    form = twilio_form(told(**TWILIO, twilio_development_loopback_url=url), TOKEN)
    assert form is not None
    assert form.loopback_url == url


@pytest.mark.parametrize(
    "url",
    [
        "http://evil.example",
        "http://127.0.0.1.evil.example",
        "http://localhost.evil.example",
        "http://127.0.0.1@evil.example",
        "http://10.0.0.1",
        "http://0.0.0.0",
        "ftp://127.0.0.1",
        "127.0.0.1",
    ],
)
def test_a_development_address_elsewhere_is_refused(url: str) -> None:
    """Attack: codes led to another machine by a setting."""
    with pytest.raises(ValueError, match="only lead to this machine"):
        twilio_form(told(**TWILIO, twilio_development_loopback_url=url), TOKEN)


def test_production_has_no_development_address() -> None:
    given = {**TWILIO, "twilio_development_loopback_url": "http://127.0.0.1:1"}
    with pytest.raises(ValueError, match="demo mode only"):
        twilio_form(told(mode="production", **given), TOKEN)


@pytest.mark.parametrize(("tls", "port"), [("starttls", 587), ("tls", 465)])
def test_the_port_is_the_usual_one_of_the_protection(tls: str, port: int) -> None:
    form = smtp_form(told(**SMTP, smtp_tls=tls), {})
    assert form is not None
    assert (form.port, form.tls) == (port, tls)
    chosen = smtp_form(told(**SMTP, smtp_port=2525), {})
    assert chosen is not None
    assert (chosen.port, chosen.tls) == (2525, "starttls")
    assert str(chosen.sender) == "Bank <no-reply@example.com>"


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "[::1]", "localhost"])
def test_without_protection_only_on_this_machine(host: str) -> None:
    form = smtp_form(told(**{**SMTP, "smtp_host": host, "smtp_tls": "none"}), {})
    assert form is not None
    assert form.host == host.strip("[]")


WRONG_SMTP: dict[str, tuple[dict[str, Any], dict[str, str], str]] = {
    "only the sender": ({"smtp_from": "a@example.com"}, {}, "SMTP_HOST is missing"),
    "only the password": ({}, {SMTP_PASSWORD: "PLANTED"}, "SMTP_HOST is missing"),
    "no sender": ({"smtp_host": "mail.example.com"}, {}, "SMTP_FROM is missing"),
    "a name for a sender": ({**SMTP, "smtp_from": "PLANTED"}, {}, "SMTP_FROM is not right"),
    "a sender of two lines": (
        {**SMTP, "smtp_from": "PLANTED\nBcc: b@example.com <a@example.com>"},
        {},
        "SMTP_FROM is not right",
    ),
    "no password": ({**SMTP, "smtp_username": "PLANTED"}, {}, "SMTP_PASSWORD is missing"),
    "no user name": (SMTP, {SMTP_PASSWORD: "PLANTED"}, "SMTP_USERNAME is missing"),
    "a host with a space": ({**SMTP, "smtp_host": "PLANTED host"}, {}, "SMTP_HOST is not right"),
    "an unknown protection": ({**SMTP, "smtp_tls": "PLANTED"}, {}, "SMTP_TLS is not right"),
    "none, elsewhere": ({**SMTP, "smtp_tls": "none"}, {}, "SMTP_TLS may be none only"),
    "none, on a name that looks local": (
        {**SMTP, "smtp_host": "127.0.0.1.example", "smtp_tls": "none"},
        {},
        "SMTP_TLS may be none only",
    ),
}


@pytest.mark.parametrize(("given", "secrets", "why"), WRONG_SMTP.values(), ids=WRONG_SMTP)
def test_a_half_set_mail_server_stops_the_start(
    given: dict[str, Any], secrets: dict[str, str], why: str
) -> None:
    """One clear line that names the variable and not its value (ASVS 16.2.5)."""
    with pytest.raises(ValueError, match=f"^GATEHOUSE_.*{why}") as error:
        smtp_form(told(**given), secrets)
    assert "PLANTED" not in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("address", ["a@example.com", "a.b+c@sub.example.co"])
def test_usual_addresses_are_addresses(address: str) -> None:
    assert mailbox(address).addr_spec == address


@pytest.mark.parametrize("address", ["a..b@example.com", ".a@example.com", "a.@example.com"])
def test_what_no_server_takes_is_no_address(address: str) -> None:
    with pytest.raises(ValueError, match="not a mail address"):
        mailbox(address)


def test_a_setting_of_the_wrong_sort_is_named_without_its_value(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("HOME", "RUN_DIR"):
        monkeypatch.setenv(f"GATEHOUSE_{name}", "/nowhere")
    monkeypatch.setenv("GATEHOUSE_SMTP_PORT", "PLANTED")
    with pytest.raises(ValueError, match=r"^GATEHOUSE_SMTP_PORT is not right") as error:
        load_settings()
    assert "PLANTED" not in str(error.value)
