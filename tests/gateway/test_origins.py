"""Host names and Origins."""

from __future__ import annotations

import pytest
from pydantic import HttpUrl

from gateway.origins import known_hosts

DEMO = known_hosts("demo", 8443, None)
PUBLIC = known_hosts("production", 8443, HttpUrl("https://chat.example.org"))


@pytest.mark.parametrize(
    ("host", "known"),
    [
        ("localhost:8443", True),
        ("LOCALHOST:8443", True),
        ("bank.localhost:8443", True),
        ("localhost", False),
        ("localhost:8444", False),
        ("127.0.0.1:8443", False),
        ("evil.example:8443", False),
        ("localhost.evil.example:8443", False),
        ("evillocalhost:8443", False),
        ("localhost:8443@evil.example", False),
        ("localhost:8443/", False),
        ("localhost.:8443", False),
        ("localhost:8443 ", False),
        ("locаlhost:8443", False),
        ("", False),
        (None, False),
    ],
)
def test_a_rebound_or_forged_host_name_is_not_known(host: str | None, known: bool) -> None:
    """Contract: demo mode answers for known Host names only (DNS rebinding)."""
    assert DEMO.knows(host) is known


def test_production_knows_its_public_name_alone() -> None:
    assert PUBLIC.knows("chat.example.org")
    assert PUBLIC.knows("chat.example.org:8443")
    assert not PUBLIC.knows("localhost:8443")


@pytest.mark.parametrize(
    ("origin", "site", "allowed"),
    [
        ("https://localhost:8443", "same-origin", True),
        ("https://localhost:8443", None, True),
        (None, None, True),
        (None, "same-origin", True),
        (None, "cross-site", False),
        (None, "same-site", False),
        ("https://localhost:8443", "cross-site", False),
        ("http://localhost:8443", None, False),
        ("https://localhost:3000", "same-site", False),
        ("https://evil.example", None, False),
        ("null", None, False),
        ("", None, False),
        (None, "", False),
    ],
)
def test_a_foreign_page_may_change_nothing(
    origin: str | None, site: str | None, allowed: bool
) -> None:
    """ASVS 3.5.1-3: Origin and Sec-Fetch-Site, either is enough to refuse."""
    assert DEMO.may_change(origin, site) is allowed
