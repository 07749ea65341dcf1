"""The log, checked bit by bit: what does not hold is found, whenever it was looked at before."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime

import orjson
import pytest

from security.auditing.following import Broken, Chain, Following

GENESIS = "0" * 64
AT = "2026-11-23T12:00:00.000000+00:00"
START = (Chain("1", 1, GENESIS),)


def chain(count: int, first: int = 1, before: str = GENESIS) -> list[bytes]:
    made, previous = [], before
    for number in range(first, first + count):
        said = {"at": AT, "previous_sha256": previous, "sequence": number, "tag": "a:b:c"}
        made.append(orjson.dumps(said, option=orjson.OPT_SORT_KEYS))
        previous = digest(made[-1])
    return made


def digest(record: bytes) -> str:
    return hashlib.sha256(record).hexdigest()


def lanes(last: int, record: bytes) -> dict[str, dict[str, object]]:
    return {"1": {"last": last, "sha256": digest(record)}}


def followed(records: list[bytes], chains: tuple[Chain, ...] = START) -> Following:
    following = Following()
    following.place(chains)
    for one in records:
        following.take("1", one)
    following.end()
    return following


Harm = Callable[[list[bytes]], list[bytes]]
HARMS: dict[str, tuple[Harm, str]] = {
    "edited": (lambda all_: [*all_[:2], all_[2].replace(b"a:b", b"x:b"), *all_[3:]], "1-4"),
    "left out": (lambda all_: all_[:2] + all_[3:], "1-3"),
    "exchanged": (lambda all_: [all_[0], all_[2], all_[1], *all_[3:]], "1-2"),
    "put in": (lambda all_: [*all_[:2], all_[1], *all_[2:]], "1-3"),
    "no record": (lambda all_: [*all_[:2], b"{", *all_[3:]], "1-3"),
    "of no chain": (lambda all_: all_[1:], "1-1"),
}


@pytest.mark.parametrize(("harm", "where"), HARMS.values(), ids=HARMS)
def test_attack_what_was_done_to_a_chain_is_named(harm: Harm, where: str) -> None:
    """ASVS 16.4.2."""
    assert followed(chain(6)).until is not None
    with pytest.raises(Broken, match=f"record {where}:"):
        followed(harm(chain(6)))


def test_attack_a_log_written_anew_is_found_by_a_checkpoint_of_before() -> None:
    """ASVS 16.4.2: whenever the checkpoint is read."""
    was, anew = chain(3), chain(3, before="1" * 64)
    early = Following()
    early.place((Chain("1", 1, "1" * 64),))
    early.know(lanes(2, was[1]))
    early.take("1", anew[0])
    with pytest.raises(Broken, match="record 1-2: not the one that a checkpoint knows"):
        early.take("1", anew[1])
    late = followed(anew, (Chain("1", 1, "1" * 64),))
    with pytest.raises(Broken, match="record 1-2: not the one that a checkpoint knows"):
        late.know(lanes(2, was[1]))


def test_attack_a_log_that_was_cut_is_found_by_a_checkpoint() -> None:
    """ASVS 16.4.2."""
    all_ = chain(5)
    following = Following()
    following.place(START)
    following.know(lanes(5, all_[4]))
    for one in all_[:4]:
        following.take("1", one)
    with pytest.raises(Broken, match="record 1-5: missing"):
        following.end()


def test_attack_two_checkpoints_that_differ_are_a_fork() -> None:
    """ASVS 16.4.2."""
    following = Following()
    following.place(START)
    following.know(lanes(5, b"one"))
    with pytest.raises(Broken, match="record 1-5"):
        following.know(lanes(5, b"another"))


def test_attack_a_chain_that_is_gone_is_named() -> None:
    """ASVS 16.4.2."""
    following = followed(chain(2))
    with pytest.raises(Broken, match="writer 1 is gone"):
        following.place(())


def test_it_goes_on_where_it_was_and_over_what_went_into_an_archive() -> None:
    all_ = chain(9)
    following = followed(all_[:3])
    assert following.place(START) == {"1": 3}
    archived = (Chain("1", 7, digest(all_[5])),)
    assert following.place(archived) == {"1": 6}
    for one in all_[6:]:
        following.take("1", one)
    following.end()


def test_a_checkpoint_of_the_last_record_that_was_read_is_held_against_it() -> None:
    """ASVS 16.4.2: at its number, one before it, and one after it."""
    all_ = chain(4)
    for last in (2, 3, 4):
        following = followed(all_[:3])
        following.know(lanes(last, all_[last - 1]))
        following.take("1", all_[3])
        following.end()
    for last in (2, 3):
        with pytest.raises(Broken, match=f"record 1-{last}: not the one that a checkpoint knows"):
            followed(all_[:3]).know(lanes(last, b"another"))


def test_a_checkpoint_of_what_is_not_remembered_any_more_is_let_pass(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The check of the whole log holds it against its record; here so many are remembered."""
    monkeypatch.setattr("security.auditing.following.REMEMBERED", 3)
    all_ = chain(5)
    following = followed(all_)
    following.know(lanes(2, b"another"))
    with pytest.raises(Broken, match="record 1-3:"):
        following.know(lanes(3, b"another"))
    with pytest.raises(Broken, match="record 1-5:"):
        following.know(lanes(5, b"another"))


def test_attack_a_checkpoint_of_a_writer_that_is_not_there_is_found() -> None:
    """ASVS 16.4.2: a whole chain may be gone before it was ever read."""
    following = followed(chain(2))
    following.know({"2": {"last": 1, "sha256": digest(b"one")}})
    with pytest.raises(Broken, match="record 2-1: missing; a checkpoint knows it"):
        following.end()


def test_attack_the_first_that_is_missing_is_the_one_that_is_named() -> None:
    """ASVS 16.4.2."""
    following = followed(chain(2))
    following.know(lanes(9, b"nine"))
    following.know(lanes(3, b"three"))
    with pytest.raises(Broken, match="record 1-3:"):
        following.end()
    following = Following()
    following.place([Chain(writer, 1, GENESIS) for writer in "cab"])
    with pytest.raises(Broken, match="writer a is gone"):
        following.place([Chain("c", 1, GENESIS)])


def test_attack_a_record_of_another_writer_is_not_in_its_place() -> None:
    """ASVS 16.4.2."""
    said = {"at": AT, "previous_sha256": GENESIS, "sequence": 1, "tag": "a:b:c", "writer": "2"}
    with pytest.raises(Broken, match="record 1-1: missing, or another one is in its place"):
        followed([orjson.dumps(said, option=orjson.OPT_SORT_KEYS)])


def test_attack_a_row_of_another_type_is_no_record() -> None:
    """ASVS 16.4.2: databases hold texts in columns of bytes."""
    following = Following()
    following.place(START)
    with pytest.raises(Broken, match="record 1-1: not a record"):
        following.take("1", chain(1)[0].decode())  # type: ignore[arg-type]


def test_what_has_been_checked_is_told_and_is_not_asked_for_again() -> None:
    all_ = chain(3)
    following = followed(all_[:2])
    assert following.until == datetime(2026, 11, 23, 12, tzinfo=UTC)
    for first, place in ((2, 2), (3, 2), (4, 3)):
        assert following.place([Chain("1", first, digest(all_[first - 2]))]) == {"1": place}


def test_what_an_archive_has_is_not_missing() -> None:
    """A checkpoint that was read before knows records that have been archived since."""
    all_ = chain(5)
    following = followed(all_[:1])
    following.know(lanes(3, all_[2]))
    with pytest.raises(Broken, match="record 1-3: missing"):
        following.end()
    following.place([Chain("1", 4, digest(all_[2]))])
    following.end()
    for one in all_[3:]:
        following.take("1", one)
    following.end()
