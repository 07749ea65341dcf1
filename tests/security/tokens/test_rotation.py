"""Which keys are published while the signing key changes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from security.tokens.keys import PublicKey, generate_signing_key
from security.tokens.rotation import HONOURED, with_next, with_signing

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)
OLD, NEW, OLDER = (PublicKey(generate_signing_key()) for _ in range(3))


def ending(key: PublicKey, at: datetime) -> PublicKey:
    return PublicKey(key.key, at)


def test_a_key_is_honoured_for_longer_than_what_it_signed_lives() -> None:
    assert timedelta(seconds=65) == HONOURED


def test_the_next_key_is_published_beside_the_one_that_signs() -> None:
    assert with_next([OLD], NEW, NOW) == [NEW, OLD]
    assert with_next([NEW, OLD], NEW, NOW) == [NEW, OLD]
    assert with_next([], NEW, NOW) == [NEW]


def test_a_key_whose_time_is_over_is_published_no_more() -> None:
    """To the second."""
    for at, there in ((NOW - SECOND, False), (NOW, False), (NOW + SECOND, True)):
        old = ending(OLD, at)
        assert with_next([old], NEW, NOW) == ([NEW, old] if there else [NEW])
        published = with_signing([NEW, old], NEW, NOW, HONOURED)
        assert published == ([NEW, old] if there else [NEW])


def test_every_other_key_gets_an_end_and_none_moves_away() -> None:
    later, sooner = NOW + HONOURED + SECOND, NOW + HONOURED - SECOND
    last = NOW + HONOURED
    assert with_signing([OLD, NEW], NEW, NOW, HONOURED) == [NEW, ending(OLD, last)]
    assert with_signing([ending(OLD, later), NEW], NEW, NOW, HONOURED) == [NEW, ending(OLD, last)]
    assert with_signing([ending(OLD, sooner), OLDER], NEW, NOW, HONOURED) == [
        NEW,
        ending(OLD, sooner),
        ending(OLDER, last),
    ]


def test_the_key_that_signs_has_no_end() -> None:
    assert with_signing([ending(NEW, NOW + SECOND)], ending(NEW, NOW), NOW, HONOURED) == [NEW]


def test_without_any_time_the_others_are_gone_at_once() -> None:
    assert with_signing([OLD, NEW], NEW, NOW, timedelta(0)) == [NEW]
