"""The session cookie."""

from __future__ import annotations

import pytest

from gateway.cookies import CLEAR, NAME, session_cookie, session_id_of
from tests.gateway.fakes import SESSION


def test_the_cookie_is_locked_to_this_host() -> None:
    """ASVS 3.3.1-4: `__Host-`, Secure, HttpOnly, SameSite=Strict, no Domain."""
    parts = session_cookie(SESSION).split("; ")
    assert parts[0] == f"__Host-gatehouse={SESSION}"
    assert set(parts[1:]) == {"Path=/", "Secure", "HttpOnly", "SameSite=Strict"}
    assert CLEAR.startswith(f"{NAME}=;")
    assert "Max-Age=0" in CLEAR


@pytest.mark.parametrize("bad", ["short", "s" * 43 + "; Domain=evil.example", "a\r\nb" * 10, ""])
def test_a_session_id_cannot_write_attributes(bad: str) -> None:
    """ASVS 3.3.1: nothing but an id goes into the header."""
    with pytest.raises(ValueError, match="cannot carry"):
        session_cookie(bad)


@pytest.mark.parametrize(
    ("headers", "found"),
    [
        ([f"{NAME}={SESSION}"], SESSION),
        ([f"other=1; {NAME}={SESSION}; x=2"], SESSION),
        ([], None),
        ([f"{NAME}="], None),
        ([f"{NAME}={SESSION}; {NAME}={SESSION}"], None),
        ([f"{NAME}={SESSION}", f"{NAME}={'t' * 43}"], None),
        ([f"{NAME}x={SESSION}"], None),
        ([f'{NAME}="{SESSION}"'], None),
        ([f"{NAME}={'s' * 129}"], None),
    ],
)
def test_a_doubled_or_malformed_cookie_is_none(headers: list[str], found: str | None) -> None:
    """ASVS 7.2.3: two cookies of one name come from an attacker, not from a browser."""
    assert session_id_of(headers) == found
