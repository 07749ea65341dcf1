"""The limits of a session at their boundaries: pure rules under a given moment."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from security.sessions import (
    GRACE,
    SHORT,
    Limits,
    SessionState,
    absolute_seconds_left,
    hash_of,
    idle_after_sign_in,
    idle_seconds_left,
    is_fresh,
    is_in_grace,
    is_live,
    new_session_id,
    reaches,
    rotation_is_due,
)
from tests.security.fakes import NOW

BANK = Limits(idle_seconds=300, absolute_seconds=43_200)
FRESH = SessionState(created_at=NOW, last_seen_at=NOW, ended_at=None, limits=BANK)
LEVELS = ("none", "aal1", "aal2", "aal3")


def after(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("seconds", "lives"),
    [(0, True), (299, True), (299.999999, True), (300, False), (301, False)],
)
def test_the_idle_limit_is_exclusive(seconds: float, lives: bool) -> None:
    """ASVS 7.3.1: one microsecond before it a session lives, at the limit it does not."""
    assert is_live(FRESH, after(seconds)) is lives


@pytest.mark.parametrize(
    ("seconds", "lives"), [(43_199, True), (43_199.999999, True), (43_200, False), (43_201, False)]
)
def test_the_absolute_limit_is_exclusive(seconds: float, lives: bool) -> None:
    """ASVS 7.3.2: being seen a moment ago does not help."""
    seen_just_now = replace(FRESH, last_seen_at=after(seconds))
    assert is_live(seen_just_now, after(seconds)) is lives


def test_an_ended_session_never_lives_again() -> None:
    """ASVS 7.4.1."""
    ended = replace(FRESH, ended_at=NOW)
    assert not is_live(ended, NOW)
    assert not is_live(replace(FRESH, ended_at=after(100)), NOW)


@pytest.mark.parametrize(("seconds", "lives"), [(-1, True), (-1.000001, False), (-3_600, False)])
def test_a_session_from_the_future_is_not_trusted(seconds: float, lives: bool) -> None:
    """A clock set back does not prolong a session; a second's jitter does not end one."""
    assert is_live(FRESH, after(seconds)) is lives


def test_what_is_left_counts_down_to_nothing_and_below() -> None:
    assert idle_seconds_left(FRESH, after(299)) == 1
    assert idle_seconds_left(FRESH, after(301)) == -1
    assert absolute_seconds_left(FRESH, after(43_200)) == 0


@given(st.integers(-100, 50_000), st.integers(-100, 50_000))
def test_a_live_session_is_within_both_limits(seen: int, looked: int) -> None:
    """ASVS 7.3.1, 7.3.2."""
    session = replace(FRESH, last_seen_at=after(seen))
    if is_live(session, after(looked)):
        assert looked < 43_200
        assert looked - seen < 300


@pytest.mark.parametrize(
    ("seconds", "fresh"), [(-1, False), (0, True), (899, True), (900, False), (901, False)]
)
def test_a_proof_is_fresh_for_less_than_its_class_demands(seconds: int, fresh: bool) -> None:
    """RFC 9470: exactly fifteen minutes is too old, and a proof from the future never counts."""
    assert is_fresh(NOW, timedelta(minutes=15), after(seconds)) is fresh


def test_without_a_proof_nothing_is_fresh_but_what_asks_for_none() -> None:
    """RFC 9470."""
    assert not is_fresh(None, timedelta(minutes=15), NOW)
    assert is_fresh(None, None, NOW)


def test_every_time_means_that_no_earlier_proof_counts() -> None:
    """ASVS 7.5.3: the class `binding` is proven each time."""
    assert not is_fresh(NOW, timedelta(0), NOW)


def test_a_level_reaches_itself_and_what_is_below() -> None:
    """RFC 9470: the whole table."""
    for held in LEVELS:
        for needed in LEVELS:
            assert reaches(held, needed) is (LEVELS.index(held) >= LEVELS.index(needed))


@pytest.mark.parametrize("odd", ["", "AAL2", "aal4", "aal2 ", "a", "root"])
def test_a_level_that_is_not_known_reaches_nothing_and_is_never_reached(odd: str) -> None:
    """ASVS 16.5.3: fail closed."""
    assert not reaches(odd, "none")
    assert not reaches("aal3", odd)
    assert not reaches(odd, odd)


def test_ids_are_long_and_never_the_same() -> None:
    """ASVS 7.2.3: 256 bits; the hash says nothing of the id."""
    ids = {new_session_id() for _ in range(1_000)}
    assert len(ids) == 1_000
    assert all(len(one) == 43 for one in ids)
    assert len({hash_of(one) for one in ids}) == 1_000


@pytest.mark.parametrize(
    ("seconds", "due"), [(-1, False), (0, False), (899, False), (900, True), (901, True)]
)
def test_an_id_is_due_after_a_quarter_of_an_hour(seconds: float, due: bool) -> None:
    """ASVS 7.2.4: at the limit itself it is."""
    assert rotation_is_due(NOW, 900, after(seconds)) is due


@pytest.mark.parametrize(
    ("seconds", "accepted"),
    [
        (-1.000001, False),
        (-1, True),
        (0, True),
        (9, True),
        (9.999999, True),
        (10, False),
        (11, False),
    ],
)
def test_a_replaced_id_is_good_for_less_than_ten_seconds(seconds: float, accepted: bool) -> None:
    """ASVS 7.2.4: requests overlap; a clock set back gives no more than that."""
    assert is_in_grace(NOW, GRACE, after(seconds)) is accepted


@pytest.mark.parametrize(("tenant", "idle"), [(900, 75), (75, 75), (74, 74), (1, 1)])
def test_a_short_session_stays_short_and_a_strict_tenant_strict(tenant: int, idle: int) -> None:
    assert idle_after_sign_in(SHORT.absolute_seconds, tenant) == idle


@pytest.mark.parametrize("absolute", [SHORT.absolute_seconds - 1, SHORT.absolute_seconds + 1])
def test_any_other_session_has_the_idle_limit_of_its_tenant(absolute: int) -> None:
    assert idle_after_sign_in(absolute, 900) == 900


def test_the_kind_of_a_session_is_part_of_its_id() -> None:
    """Nobody presents the id of a frame as that of the page: only it has a full stop."""
    assert new_session_id("embed").startswith("embed.")
    assert len(new_session_id("embed")) == len("embed.") + 43
    for channel in ("web", "sms", "EMBED", ""):
        assert "." not in new_session_id(channel)
        assert len(new_session_id(channel)) == 43
    assert "." not in new_session_id()
