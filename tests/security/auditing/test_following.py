"""The log, checked bit by bit: what does not hold is found, whenever it was looked at before."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

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
