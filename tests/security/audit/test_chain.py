"""The trail against somebody who can write to it."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from security.audit.chain import GENESIS, Broken, Whole, digest, verify_chain
from security.audit.record import AuditEvent, SessionName, Tag, serialise
from tests.security.fakes import NOW


def trail(length: int) -> list[bytes]:
    """Return a chain of records, as the core writes them."""
    records: list[bytes] = []
    previous = GENESIS
    for sequence in range(1, length + 1):
        where = SessionName(f"row-{sequence}", f"session-{sequence}")
        event = AuditEvent(tag=list(Tag)[sequence % len(Tag)], session=where)
        record = serialise(event, "1", sequence, NOW + timedelta(seconds=sequence), previous)
        previous = digest(record)
        records.append(record)
    return records


TRAIL = trail(12)
INDEX = st.integers(0, len(TRAIL) - 1)


def test_an_untouched_trail_is_whole() -> None:
    assert verify_chain(TRAIL) == Whole(12, digest(TRAIL[-1]))
    assert verify_chain([]) == Whole(0, GENESIS)


@given(INDEX, INDEX, st.binary(min_size=1, max_size=3))
def test_an_edit_is_found(index: int, at: int, put: bytes) -> None:
    """ASVS 16.4.2: any other bytes, in any record but the last, which only a kept head covers."""
    record = TRAIL[index]
    edited = record[:at] + put + record[at + len(put) :]
    assume(edited != record)
    changed = [*TRAIL[:index], edited, *TRAIL[index + 1 :]]
    found = verify_chain(changed)
    if isinstance(found, Whole):
        assert index == len(TRAIL) - 1
        assert found.head != digest(TRAIL[-1])
    else:
        assert found.sequence in (index + 1, index + 2)


@given(INDEX)
def test_a_deletion_is_found(index: int) -> None:
    """ASVS 16.4.2; of the last record, by the head that was kept elsewhere."""
    found = verify_chain([*TRAIL[:index], *TRAIL[index + 1 :]])
    if index == len(TRAIL) - 1:
        assert found == Whole(11, digest(TRAIL[-2]))
    else:
        assert found == Broken(index + 1, "out of sequence")


@given(INDEX, INDEX)
def test_an_exchange_is_found(one: int, other: int) -> None:
    """ASVS 16.4.2."""
    assume(one != other)
    changed = list(TRAIL)
    changed[one], changed[other] = changed[other], changed[one]
    assert verify_chain(changed) == Broken(min(one, other) + 1, "out of sequence")


@given(INDEX, INDEX)
def test_an_insertion_is_found(at: int, copied: int) -> None:
    """ASVS 16.4.2: a record of the same trail, put in again."""
    changed = [*TRAIL[:at], TRAIL[copied], *TRAIL[at:]]
    assert isinstance(verify_chain(changed), Broken)


@given(INDEX)
def test_a_forged_record_with_the_right_number_is_found(index: int) -> None:
    """ASVS 16.4.2: it follows its predecessor, but its successor does not follow it."""
    assume(index < len(TRAIL) - 1)
    previous = digest(TRAIL[index - 1]) if index else GENESIS
    forged = serialise(AuditEvent(tag=Tag.SESSION_ENDED), "1", index + 1, NOW, previous)
    changed = [*TRAIL[:index], forged, *TRAIL[index + 1 :]]
    assert verify_chain(changed) == Broken(index + 2, "does not follow its predecessor")


def test_a_trail_rewritten_from_some_point_has_another_head() -> None:
    """ASVS 16.4.3: the chain alone cannot tell, a head kept elsewhere can."""
    forked = TRAIL[:6]
    previous = digest(forked[-1])
    for sequence in range(7, 13):
        forked.append(serialise(AuditEvent(tag=Tag.STARTED), "1", sequence, NOW, previous))
        previous = digest(forked[-1])
    found = verify_chain(forked)
    assert isinstance(found, Whole)
    assert found.head != digest(TRAIL[-1])


NO_RECORD, OUT_OF_SEQUENCE = "not a record", "out of sequence"


@pytest.mark.parametrize(
    ("odd", "why"),
    [
        *((odd, NO_RECORD) for odd in (b"", b"{", b"\xff", b"[" * 5_000)),
        *((odd, OUT_OF_SEQUENCE) for odd in (b"null", b"[]", b"7", b"{}")),
        (TRAIL[0].decode(), NO_RECORD),  # A database may hold text where bytes were.
    ],
)
def test_what_is_not_a_record_breaks_the_chain(odd: Any, why: str) -> None:
    assert verify_chain([*TRAIL, odd]) == Broken(13, why)
    assert not verify_chain([odd])


def test_a_trail_that_does_not_begin_at_the_beginning_is_broken() -> None:
    """ASVS 16.4.2: its head cannot be cut off."""
    assert verify_chain(TRAIL[1:]) == Broken(1, "out of sequence")


def test_a_record_is_canonical_and_leaves_out_what_is_absent() -> None:
    record = serialise(AuditEvent(tag=Tag.STARTED, roles=()), "1", 1, NOW, GENESIS)
    said = json.loads(record)
    assert said == {
        "tag": "security:process:start",
        "channel": "system",
        "outcome": "success",
        "version": 2,
        "writer": "1",
        "sequence": 1,
        "at": "2026-11-23T12:00:00.000000+00:00",
        "previous_sha256": GENESIS,
    }
    assert list(said) == sorted(said)


def test_no_two_events_have_the_same_tag() -> None:
    values = [tag.value for tag in Tag]
    assert len(set(values)) == len(values)
    assert all(len(value.split(":")) == 3 for value in values)
