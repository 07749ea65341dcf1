"""The cookies of the session and of the device."""

from __future__ import annotations

import pytest

from gateway.cookies import (
    DEVICE_NAME,
    NAME,
    Kind,
    clearing,
    device_cookie,
    device_of,
    session_cookie,
    session_id_of,
)
from tests.gateway.fakes import SESSION

DEVICE = "v" * 43


def test_the_cookie_is_locked_to_this_host() -> None:
    """ASVS 3.3.1-4: `__Host-`, Secure, HttpOnly, SameSite=Strict, no Domain."""
    parts = session_cookie(SESSION).split("; ")
    assert parts[0] == f"__Host-gatehouse={SESSION}"
    assert set(parts[1:]) == {"Path=/", "Secure", "HttpOnly", "SameSite=Strict"}
    assert clearing().startswith(f"{NAME}=;")
    assert "Max-Age=0" in clearing()


@pytest.mark.parametrize("bad", ["short", "s" * 43 + "; Domain=evil.example", "a\r\nb" * 10, ""])
def test_a_session_id_cannot_write_attributes(bad: str) -> None:
    """ASVS 3.3.1: nothing but an id goes into the header."""
    with pytest.raises(ValueError, match="cannot carry"):
        session_cookie(bad)
    with pytest.raises(ValueError, match="cannot carry"):
        device_cookie(bad)


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


def test_the_devices_cookie_is_as_locked_and_stays_for_400_days() -> None:
    """ASVS 3.3.1-4: the most that browsers allow (RFC 6265bis)."""
    parts = device_cookie(DEVICE).split("; ")
    assert parts[0] == f"__Host-gatehouse-device={DEVICE}"
    assert set(parts[1:]) == {"Path=/", "Secure", "HttpOnly", "SameSite=Strict", "Max-Age=34560000"}


@pytest.mark.parametrize(
    ("headers", "found"),
    [
        ([f"{DEVICE_NAME}={DEVICE}"], DEVICE),
        ([f"{NAME}={SESSION}; {DEVICE_NAME}={DEVICE}"], DEVICE),
        ([f"{NAME}={DEVICE}"], None),
        ([f"{DEVICE_NAME}={DEVICE}; {DEVICE_NAME}={'w' * 43}"], None),
        ([f"{DEVICE_NAME}={DEVICE}", f"{DEVICE_NAME}={DEVICE}"], None),
        ([f"{DEVICE_NAME}={'v' * 19}"], None),
        ([f"{DEVICE_NAME}={'v' * 20}"], "v" * 20),
        ([f"{DEVICE_NAME}={'v' * 128}"], "v" * 128),
        ([f"{DEVICE_NAME}={'v' * 129}"], None),
        ([f"{DEVICE_NAME}={'é' * 43}"], None),
        ([f"{DEVICE_NAME}={DEVICE}\n"], DEVICE),
        ([f"{DEVICE_NAME}=a b{DEVICE}"], None),
    ],
)
def test_a_doubled_or_malformed_device_is_none(headers: list[str], found: str | None) -> None:
    """ASVS 7.2.3: the two cookies are not taken for each other, nor is a bad one passed on."""
    assert device_of(headers) == found


EMBEDDED = "embed." + SESSION


def test_the_frames_cookie_is_kept_apart_by_the_browser_for_each_site() -> None:
    """ASVS 3.3.1-4: sent inside other sites, but another one for each (CHIPS, Partitioned)."""
    parts = session_cookie(EMBEDDED, "embed").split("; ")
    assert parts[0] == f"__Host-gatehouse-embed={EMBEDDED}"
    assert set(parts[1:]) == {"Path=/", "Secure", "HttpOnly", "SameSite=None", "Partitioned"}
    # A partitioned cookie is removed by a partitioned one alone.
    assert set(clearing("embed").split("; ")[1:]) == {*parts[1:], "Max-Age=0"}


@pytest.mark.parametrize(
    ("header", "kind"),
    [
        (f"__Host-gatehouse={EMBEDDED}", "page"),
        (f"__Host-gatehouse-embed={SESSION}", "embed"),
        (f"__Host-gatehouse={SESSION}", "embed"),
        (f"__Host-gatehouse-embed={EMBEDDED}", "page"),
        (f"__Host-gatehouse-embed=embed.{EMBEDDED}", "embed"),
    ],
)
def test_a_cookie_of_one_kind_is_none_of_the_other(header: str, kind: Kind) -> None:
    """ASVS 3.3.1, 7.2.3: neither by its name nor by what it holds."""
    assert session_id_of([header], kind) is None


def test_an_id_of_one_kind_cannot_be_set_as_the_other() -> None:
    """ASVS 3.3.1: not even where security gave it by mistake."""
    with pytest.raises(ValueError, match="cannot carry"):
        session_cookie(EMBEDDED)
    with pytest.raises(ValueError, match="cannot carry"):
        session_cookie(SESSION, "embed")


def test_each_cookie_is_found_beside_the_other() -> None:
    both = [f"{DEVICE_NAME}={DEVICE}; {NAME}={SESSION}"]
    assert (session_id_of(both), device_of(both)) == (SESSION, DEVICE)
