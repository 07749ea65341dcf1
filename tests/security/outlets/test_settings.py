"""Where the trail may go, and where it may not."""

from __future__ import annotations

from pathlib import Path

import pytest

from security.outlets.settings import OutletSettings, load_outlets


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    return monkeypatch


def given(told: pytest.MonkeyPatch, **values: str) -> OutletSettings:
    for name, value in values.items():
        told.setenv(f"GATEHOUSE_OUT_{name.upper()}", value)
    return load_outlets("demo")


def test_it_goes_nowhere_unless_told(told: pytest.MonkeyPatch) -> None:
    settings = given(told)
    assert (settings.files, settings.syslog_url, settings.webhook_url) == (False, None, None)


def test_what_is_set_is_read(told: pytest.MonkeyPatch) -> None:
    settings = given(
        told,
        files="true",
        syslog_url="tls://siem.example:6514",
        syslog_ca_file="/ca.pem",
        webhook_url="https://hooks.example:8443/trail",
        private_networks="10.0.0.0/8, fd00::/8",
    )
    assert settings.files
    assert settings.syslog_address == ("siem.example", 6514)
    assert settings.syslog_ca_file == Path("/ca.pem")
    assert settings.webhook_hosts.entries == {"hooks.example:8443"}
    assert [str(one) for one in settings.reach.networks] == ["10.0.0.0/8", "fd00::/8"]


@pytest.mark.parametrize(
    "url",
    [
        "siem.example:6514",
        "tcp://siem.example:6514",
        "tls://siem.example",
        "tls://siem.example:99999",
        "tls://me:secret@siem.example:6514",
        "tls://siem.example:6514/path",
        "tls://127.0.0.1:6514",
        "tls://169.254.169.254:6514",
        "tls://10.0.0.5:6514",
        "tls://[::1]:6514",
    ],
)
def test_attack_no_other_receiver_is_taken(told: pytest.MonkeyPatch, url: str) -> None:
    """ASVS 12.3.2: TLS alone; and no address of this machine or inside that nobody allowed."""
    with pytest.raises(ValueError, match="GATEHOUSE_OUT_SYSLOG_URL") as caught:
        given(told, syslog_url=url)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    "url",
    [
        "http://hooks.example/trail",
        "https://hooks.example/trail#part",
        "https://me:secret@hooks.example/",
        "https://127.0.0.1/trail",
        "https://localhost/trail",
        "https://10.0.0.5/trail",
        "ftp://hooks.example/",
        "https://",
    ],
)
def test_attack_no_other_webhook_is_taken(told: pytest.MonkeyPatch, url: str) -> None:
    """ASVS 12.3.2."""
    with pytest.raises(ValueError, match="GATEHOUSE_OUT_WEBHOOK_URL is not right") as caught:
        given(told, webhook_url=url)
    assert "secret" not in str(caught.value)


def test_an_inner_network_is_reached_where_it_is_named(told: pytest.MonkeyPatch) -> None:
    settings = given(told, syslog_url="tls://10.0.0.5:6514", private_networks="10.0.0.0/24")
    assert settings.syslog_address == ("10.0.0.5", 6514)


def test_this_machine_is_for_demos_alone(told: pytest.MonkeyPatch) -> None:
    settings = given(told, syslog_url="tls://127.0.0.1:6514", development_loopback="true")
    assert settings.syslog_address == ("127.0.0.1", 6514)
    with pytest.raises(ValueError, match="GATEHOUSE_OUT_DEVELOPMENT_LOOPBACK is for demo mode"):
        load_outlets("production")


@pytest.mark.parametrize(
    ("name", "value"),
    [("files", "perhaps"), ("files_kept", "0"), ("private_networks", "10.0.0.0/40")],
)
def test_what_is_not_right_is_named_without_its_value(
    told: pytest.MonkeyPatch, name: str, value: str
) -> None:
    with pytest.raises(ValueError, match=f"GATEHOUSE_OUT_{name.upper()} is not right") as caught:
        given(told, **{name: value})
    assert value not in str(caught.value) or value == "0"


def test_a_certificate_needs_its_key(told: pytest.MonkeyPatch) -> None:
    with pytest.raises(ValueError, match="need each other"):
        given(told, syslog_client_cert_file="/c.pem")
