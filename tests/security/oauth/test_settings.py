"""What the authorization server can be told: its name, and whether it is served by TCP."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from runtime.listeners import TlsListener, UnixListener
from security.serve import oauth_listeners
from security.settings import SecuritySettings


def _settings(**said: Any) -> SecuritySettings:
    return SecuritySettings(home=Path("/home-of-gatehouse"), run_dir=Path("/run-folder"), **said)


async def _face(*_given: Any) -> None:
    raise AssertionError


@pytest.mark.parametrize(
    "issuer",
    ["http://localhost", "https://a.example/path", "https://a.example/", "https://A.example", "x"],
)
def test_the_issuer_is_an_https_address_without_a_path(issuer: str) -> None:
    """RFC 8414 2."""
    with pytest.raises(ValidationError):
        _settings(oauth_issuer=issuer)


def test_by_default_it_is_on_a_socket_alone() -> None:
    """ASVS 13.4.5: nobody on the network can even ask."""
    [listener] = oauth_listeners(_settings(), _face)
    assert listener == UnixListener(_face, Path("/run-folder/security-oauth/sock"))


def test_with_a_port_it_speaks_tls_there() -> None:
    """ASVS 12.1.1: the demo has a certificate for localhost; a plain port there is not."""
    [_, listener] = oauth_listeners(_settings(oauth_port=8444), _face)
    assert isinstance(listener, TlsListener)
    assert (listener.host, listener.port) == ("127.0.0.1", 8444)
    assert listener.certificate == Path("/home-of-gatehouse/tls/server.pem")


def test_production_needs_a_certificate_of_its_own() -> None:
    given = {"mode": "production", "oauth_port": 8444}
    with pytest.raises(ValueError, match="GATEHOUSE_OAUTH_CERTIFICATE_FILE"):
        oauth_listeners(_settings(**given), _face)
    files = {"oauth_certificate_file": Path("a.pem"), "oauth_key_file": Path("a.key")}
    [_, listener] = oauth_listeners(_settings(**given, **files), _face)
    assert isinstance(listener, TlsListener)
    assert (listener.certificate, listener.key) == (Path("a.pem"), Path("a.key"))
