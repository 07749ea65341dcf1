"""When factors may be added without another proof."""

from __future__ import annotations

from datetime import timedelta

import pytest

from security.enrolment import Enrolment, There
from tests.security.fakes import NOW

SINCE_BEFORE, SINCE_JUST_NOW = There(NOW - timedelta(days=1)), There(NOW)


@pytest.mark.parametrize(("late", "is_open"), [(-1, True), (0, False), (1, False)])
def test_enrolment_ends_with_its_last_second(late: int, is_open: bool) -> None:
    """ASVS 7.5.1: at the limit itself each change asks for password and proof again."""
    enrolment = Enrolment(NOW - timedelta(seconds=late), "recovery", NOW - timedelta(minutes=1))
    assert enrolment.is_open(NOW) is is_open
    assert enrolment.covers("totp", None, NOW) is is_open


@pytest.mark.parametrize(
    ("came_by", "there", "covered"),
    [
        (None, None, True),
        (None, SINCE_BEFORE, False),
        ("email", SINCE_BEFORE, False),
        ("recovery", SINCE_BEFORE, True),
        ("recovery", There(None), True),
        ("recovery", SINCE_JUST_NOW, False),
    ],
)
def test_attack_an_enrolment_that_replaces_what_is_there(
    came_by: str | None, there: There | None, covered: bool
) -> None:
    """ASVS 7.5.1: only a recovery code replaces, and only what was there when it was used."""
    enrolment = Enrolment(NOW + timedelta(minutes=1), came_by, NOW - timedelta(minutes=1))
    assert enrolment.covers("phone", there, NOW) is covered
    assert not enrolment.covers("password", None, NOW)
    assert not enrolment.covers("remove", there, NOW)
