"""What was typed into the panel is there once, for less than a minute, and shows nowhere."""

from __future__ import annotations

from datetime import timedelta

import pytest

from security.entries import Entries
from tests.security.fakes import NOW

TYPED = {"new_pin": "4826", "salt": "s" * 43}


def test_it_can_be_taken_once() -> None:
    entries = Entries()
    entries.keep("one", TYPED, NOW)
    assert entries.take("another", NOW) is None
    assert entries.take("one", NOW) == TYPED
    assert entries.take("one", NOW) is None


@pytest.mark.parametrize(("seconds", "there"), [(59, True), (60, False), (61, False), (-1, True)])
def test_it_is_there_as_long_as_its_approval_is_good(seconds: int, there: bool) -> None:
    entries = Entries()
    entries.keep("one", TYPED, NOW)
    assert (entries.take("one", NOW + timedelta(seconds=seconds)) is not None) is there


def test_what_nobody_comes_for_is_forgotten() -> None:
    entries = Entries()
    entries.keep("one", TYPED, NOW)
    entries.forget_old(NOW + timedelta(seconds=60))
    assert entries.take("one", NOW) is None


def test_no_log_can_show_it() -> None:
    entries = Entries()
    entries.keep("one", TYPED, NOW)
    assert repr(entries) == "Entries(…)"
