"""Settings come from the environment; processes see no secret of it."""

from __future__ import annotations

import pytest

from cli.admin_client import CREDENTIAL
from cli.problems import Problem
from cli.process_settings import read_by
from cli.programs import new_credentials, programs, scrubbed_environ
from cli.settings import ROOT, Settings, load_settings, settings_of_processes
from security.settings import SecuritySettings


def test_the_defaults_are_those_of_the_contract(monkeypatch):
    for name in ("HOME", "PORT", "MODE", "PUBLIC_URL"):
        monkeypatch.delenv(f"GATEHOUSE_{name}", raising=False)
    settings = Settings(_env_file=None)
    assert settings.home_folder == ROOT / ".gatehouse"
    assert settings.address == "https://localhost:8443"
    assert settings.mode == "demo"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "0"),
        ("PORT", "65536"),
        ("PORT", "x"),
        ("MODE", "test"),
        ("PUBLIC_URL", "http://plain"),
    ],
)
def test_a_wrong_setting_is_named(monkeypatch, name, value):
    monkeypatch.setenv(f"GATEHOUSE_{name}", value)
    with pytest.raises(Problem, match=f"GATEHOUSE_{name} is not right"):
        load_settings()


@pytest.mark.parametrize("port", [1, 65535])
def test_every_port_that_exists_may_be_chosen(monkeypatch, port):
    monkeypatch.setenv("GATEHOUSE_PORT", str(port))
    assert load_settings().port == port


def test_no_secret_setting_and_nothing_foreign_reaches_a_process(monkeypatch, tmp_path):
    """ASVS 13.3.1: an environment can be read by the neighbours, so it holds no secret."""
    monkeypatch.setenv("GATEHOUSE_TWILIO_AUTH_TOKEN", "planted-1")
    monkeypatch.setenv("GATEHOUSE_SMTP_PASSWORD", "planted-2")
    monkeypatch.setenv("CLOUD_API_TOKEN", "planted-3")
    monkeypatch.setenv("PYTHONPATH", "planted-4")
    monkeypatch.setenv("GATEHOUSE_LIMIT_MESSAGES_PER_MINUTE", "500")
    environ = scrubbed_environ(Settings(), read_by("gateway"), tmp_path)
    assert "planted" not in str(environ)
    assert environ["GATEHOUSE_LIMIT_MESSAGES_PER_MINUTE"] == "500"
    assert environ["GATEHOUSE_RUN_DIR"] == str(tmp_path)


def test_descriptors_of_an_outer_launcher_are_not_handed_on():
    inherited = {"GATEHOUSE_SECRETS_FD": "3", "GATEHOUSE_READY_FD": "4", "GATEHOUSE_PORT": "1"}
    assert "GATEHOUSE_SECRETS_FD" not in settings_of_processes(inherited)
    assert "GATEHOUSE_READY_FD" not in settings_of_processes(inherited)


def test_where_a_key_is_may_be_told():
    """A path to a key is no key; its name ends in FILE, so that it is told from one."""
    for name in ("TLS_CERTIFICATE_FILE", "TLS_KEY_FILE", "OAUTH_KEY_FILE"):
        told = {f"GATEHOUSE_{name}": "/etc/gatehouse/server"}
        assert settings_of_processes(told).items() >= told.items()


def test_what_only_sounds_like_a_secret_reaches_security():
    """A limit that is set, and is not heard, protects nobody (ASVS 13.3.1)."""
    own = {f"GATEHOUSE_{name.upper()}" for name in SecuritySettings.model_fields}
    measures = {name: "7" for name in own if name.endswith(("_SECONDS", "_MINUTE", "_EVERYWHERE"))}
    assert {"GATEHOUSE_TOKEN_SECONDS", "GATEHOUSE_LIMIT_PASSWORDS_PER_MINUTE"} <= set(measures)
    assert settings_of_processes(measures).items() >= measures.items()
    assert not [name for name in own if settings_of_processes({name: "7"}).get(name) != "7"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("GATEHOUSE_TOKEN_SECONDS", "hunter2"),
        ("GATEHOUSE_LIMIT_PASSWORDS_PER_MINUTE", "10 hunter2"),
        ("GATEHOUSE_SMTP_PASSWORD", "12345678"),
        ("GATEHOUSE_SECONDS_TOKEN", "12345678"),
    ],
)
def test_attack_a_secret_in_the_dress_of_a_limit(name, value):
    """ASVS 13.3.1: the name says that it is a measure, and the value is a plain number."""
    assert name not in settings_of_processes({name: value})


def test_every_credential_has_two_ends_and_is_new_at_each_start():
    """The table of arrows in docs/architecture.md: each is known at its two ends alone."""
    started = programs(Settings())
    held = [name for program in started for name in program.credentials]
    held.append(CREDENTIAL)  # The command line's own, kept by the launcher.
    first, again = new_credentials(started), new_credentials(started)
    assert sorted(held) == sorted(2 * list(first))
    assert {len(value) for value in first.values()} == {43}
    assert len({*first.values(), *again.values()}) == 2 * len(first)
    banking = next(one for one in started if one.name == "banking")
    assert banking.credentials == ("banking-to-security",)
