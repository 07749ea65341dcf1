"""What the verifier says: which record, and why. Whoever runs it has nothing else to go by."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from security.audit.chain import GENESIS, digest
from security.audit.checkpoint import LaneHead, Last, TrailKey, file_checkpoint, next_checkpoint
from security.audit.record import AuditEvent, Tag, serialise
from security.audit.verifier import (
    Bad,
    Trail,
    read_checkpoint,
    read_keys,
    read_older,
    verify_export,
    verify_live,
)
from tests.security.audit.exports import ANOTHER_KEY, KEY, Written, put
from tests.security.fakes import NOW

PUBLIC = KEY.public_pem
LOG = Written().write("1", 12).write("2", 5)
EXPORT = LOG.export()
AT = NOW.isoformat(timespec="microseconds")
NEITHER = "the last line: no checkpoint that this key has signed"


def why(folder: Path, lines: Sequence[bytes], older: Sequence[bytes] = ()) -> str:
    """Return why an export is not whole."""
    keys = read_keys(PUBLIC)
    with pytest.raises(Bad) as bad:
        verify_export(put(folder, "export", lines), keys, read_older(b"\n".join(older), keys))
    return str(bad.value)


def changed(index: int, record: bytes) -> list[bytes]:
    return [*EXPORT[:index], record, *EXPORT[index + 1 :]]


def anew(index: int, previous: str | None = None, tag: Tag = Tag.STARTED) -> bytes:
    """Return another record for a place in the first chain."""
    follows = digest(EXPORT[index - 1]) if index else GENESIS
    return serialise(AuditEvent(tag), "1", index + 1, NOW, previous or follows)


def numbered(index: int, number: object) -> bytes:
    return json.dumps(json.loads(EXPORT[index]) | {"sequence": number}).encode()


KNOWN = f"checkpoint 0 of {AT}"
NOT_THIS_FILE = "the file: it is not the one that its last line was signed for"
PLACE = "missing, or another one is in its place"
VERDICTS = {
    "no record": (changed(3, b"{}"), "record 1-4: not a record"),
    "no record, where another chain begins": (changed(12, b"["), "record 1-13: not a record"),
    "no record, in another chain": (changed(14, b"7"), "record 2-3: not a record"),
    "no record at the beginning": ([b"\xff", *EXPORT[1:]], "record 1-1: not a record"),
    "another content": (changed(3, anew(3)), "record 1-4: changed"),
    "another predecessor": (changed(3, anew(3, "f" * 64)), "record 1-4: changed"),
    "another content, last but one": (changed(10, anew(10)), "record 1-11: changed"),
    "another predecessor at the end": (changed(11, anew(11, "f" * 64)), "record 1-12: changed"),
    "another end": (
        changed(11, anew(11)),
        f"record 1-12: not the one that {KNOWN} knows: changed, or forked",
    ),
    "another beginning": (
        changed(0, anew(0, "f" * 64)),
        "record 1-1: changed, or the log does not begin here",
    ),
    "one that is missing": ([*EXPORT[:3], *EXPORT[4:]], f"record 1-4: {PLACE}"),
    "one twice": ([*EXPORT[:4], *EXPORT[3:]], f"record 1-5: {PLACE}"),
    "a number that is none": (changed(0, numbered(0, True)), f"record 1-1: {PLACE}"),
    "a number with a point": (changed(0, numbered(0, 1.0)), f"record 1-1: {PLACE}"),
    "an end that is cut off": (
        [*EXPORT[:16], EXPORT[-1]],
        f"record 2-5: missing; {KNOWN} knows 5: rolled back",
    ),
    "a chain that is cut off": (
        [*EXPORT[:12], EXPORT[-1]],
        f"record 2-1: missing; {KNOWN} knows 5: rolled back",
    ),
    "one more at the end": (
        [*EXPORT[:12], anew(12), *EXPORT[12:]],
        "record 1-13: added after the last line",
    ),
    "another order": (
        [*EXPORT[12:17], *EXPORT[:12], EXPORT[-1]],
        NOT_THIS_FILE,
    ),
    "a line after the last": ([*EXPORT, b""], "record 2-6: not a record"),
    "the last line twice": ([*EXPORT, EXPORT[-1]], NOT_THIS_FILE),
    "no last line": (EXPORT[:-1], NEITHER),
    "a last line of another key": (LOG.export(ANOTHER_KEY), NEITHER),
    "a last line of the log": (
        [*LOG.records(), Written(LOG.lanes).sign()],
        NOT_THIS_FILE,
    ),
    "nothing": ([], NEITHER),
}


@pytest.mark.parametrize(("lines", "verdict"), VERDICTS.values(), ids=VERDICTS)
def test_the_verdict_names_the_record_and_what_is_wrong_with_it(
    tmp_path: Path, lines: list[bytes], verdict: str
) -> None:
    """ASVS 16.4.2."""
    assert why(tmp_path, lines) == verdict


def test_whoever_is_not_named_is_the_one_before_whom_its_successor_follows() -> None:
    """The last record does not name the one before it: a checkpoint knows which is changed."""
    lane = [*EXPORT[:10], anew(10), EXPORT[11]]
    with pytest.raises(Bad, match=r"^record 1-11: changed$"):
        verify_live([LOG_SIGNED], [*lane, *EXPORT[12:17]], read_keys(PUBLIC))
    with pytest.raises(Bad, match=r"^record 1-11: changed$"):  # Without one as well.
        verify_live([], lane, read_keys(PUBLIC))


# What was kept elsewhere, and what is kept here no longer.


def test_it_is_held_against_what_was_kept_elsewhere(tmp_path: Path) -> None:
    """ASVS 16.4.3."""
    nine, fork = Written().write("1", 9), Written().write("1", 9, Tag.STARTED)
    older, first = [nine.sign()], f"checkpoint 1 of {AT}"
    assert (
        why(tmp_path, Written().write("1", 6).export(), older)
        == f"record 1-7: missing; {first} knows 9: rolled back"
    )
    assert (
        why(tmp_path, Written().write("1", 4).write("1", 8, Tag.STARTED).export(), older)
        == f"record 1-9: not the one that {first} knows: changed, or forked"
    )
    forked = "record 1-9: two checkpoints differ: forked"
    assert why(tmp_path, nine.write("1", 3).export(), [*older, fork.sign()]) == forked
    assert why(tmp_path, fork.export(), older) == forked


def archived(first: int, before: str | None = None) -> list[bytes]:
    """Return an export of the first chain alone, of which only the later part is kept."""
    lane = EXPORT[first - 1 : 12]
    head = LaneHead("1", first, before or digest(EXPORT[first - 2]), 12, digest(EXPORT[11]))
    whole = hashlib.sha256(b"".join(line + b"\n" for line in lane)).hexdigest()
    return [*lane, file_checkpoint("export", KEY, [head], Last(), whole, NOW)]


def upto(last: int) -> list[bytes]:
    """Return a checkpoint of when the first chain was only so long."""
    head = LaneHead("1", 1, GENESIS, last, digest(EXPORT[last - 1]))
    return [next_checkpoint(KEY, [head], Last(), NOW)[1]]


def test_what_is_kept_fits_what_was_kept_before_and_no_gap_is_between(tmp_path: Path) -> None:
    """ASVS 16.4.3: a checkpoint of what is in the archive says nothing of what is here."""
    keys = read_keys(PUBLIC)
    for last in (4, 5, 12):
        older = read_older(b"\n".join(upto(last)), keys)
        said = verify_export(put(tmp_path, "export", archived(5)), keys, older)
        assert said == f"8 records, whole; {KNOWN}"
    assert (
        why(tmp_path, archived(5), upto(3))
        == f"checkpoint 1 of {AT}: from before what is kept here; see the archive"
    )
    assert (
        why(tmp_path, archived(5, "f" * 64), upto(4))
        == f"record 1-4: not the one that checkpoint 1 of {AT} knows: changed, or forked"
    )
    assert (
        why(tmp_path, archived(5, "f" * 64))
        == "record 1-5: changed, or the log does not begin here"
    )


# A log as it stands, and its checkpoints.

LOG_SIGNED = next_checkpoint(KEY, LOG.heads(), Last(), NOW)[1]


def test_a_log_as_it_stands_may_go_on_after_its_last_checkpoint() -> None:
    log, keys = Written().write("1", 3), read_keys(PUBLIC)
    log.sign()
    log.write("1", 2).write("2", 1).sign()
    said = verify_live(log.checkpoints, iter(log.records()), keys)
    assert said == f"6 records, whole; checkpoint 2 of {AT}"
    log.write("1", 1)
    said = verify_live(log.checkpoints, iter(log.records()), keys)
    assert said == f"7 records, whole; checkpoint 2 of {AT}; signed by none: the last 1"


def test_attack_a_log_without_a_signature_is_not_called_whole() -> None:
    """ASVS 16.4.2, 16.4.3: all of it written anew, and no checkpoint left to say so."""
    log, keys = Written().write("1", 30), read_keys(PUBLIC)
    with pytest.raises(Bad, match=r"^the checkpoints: there is none"):
        verify_live([], log.records(), keys)
    older = [read_checkpoint(log.sign(), keys)]
    said = verify_live([], log.records(), keys, older)
    assert said == f"30 records, whole; checkpoint 1 of {AT}"


def test_a_log_that_has_not_begun_needs_no_signature() -> None:
    assert verify_live([], [], read_keys(PUBLIC)) == "0 records, whole; no checkpoint yet"


def test_attack_records_behind_the_last_checkpoint_are_counted() -> None:
    """ASVS 16.4.3: those that signed them may have been taken away; in each chain."""
    log, keys = Written().write("1", 10), read_keys(PUBLIC)
    first = log.sign()
    log.write("1", 5).sign()
    log.write("1", 3).write("2", 2)
    said = verify_live([first], log.records(), keys)
    assert said == f"20 records, whole; checkpoint 1 of {AT}; signed by none: the last 10"
    older = [read_checkpoint(log.checkpoints[1], keys)]
    assert verify_live([first], log.records(), keys, older).endswith("none: the last 5")


def test_attack_a_checkpoint_that_was_taken_out_or_is_of_another_key() -> None:
    """ASVS 16.4.3: each follows the one before it, by its bytes and by its key."""
    log, another = Written().write("1", 3), TrailKey(b"a" * 32)
    one, _, three = log.sign(), log.sign(), log.sign()
    both = read_keys(PUBLIC + another.public_pem)
    apart = f"^checkpoint {{}} of {AT.replace('+', '.')}: it does not follow the one before it$"
    with pytest.raises(Bad, match=apart.format(3)):
        verify_live([one, three], log.records(), both)
    follows = Last(1, digest(one))
    _, theirs = next_checkpoint(another, log.heads(), follows, NOW)
    with pytest.raises(Bad, match=apart.format(2)):
        verify_live([one, theirs], log.records(), both)


def test_a_key_that_was_announced_is_trusted_and_the_old_one_no_longer() -> None:
    """ASVS 16.4.3."""
    log, new = Written().write("1", 3), TrailKey(b"n" * 32)
    _, announcing = next_checkpoint(KEY, log.heads(), Last(), NOW, new)
    after = Last(1, digest(announcing))
    _, theirs = next_checkpoint(new, log.heads(), after, NOW)
    _, ours = next_checkpoint(KEY, log.heads(), after, NOW)
    said = verify_live([announcing, theirs], log.records(), read_keys(PUBLIC))
    assert said == f"3 records, whole; checkpoint 2 of {AT}"
    with pytest.raises(Bad, match="it does not follow the one before it"):
        verify_live([announcing, ours], log.records(), read_keys(PUBLIC))
    with pytest.raises(Bad, match="no checkpoint that this key has signed"):
        verify_live([theirs], log.records(), read_keys(PUBLIC))


def test_a_trail_that_has_not_begun_names_its_first_record() -> None:
    with pytest.raises(Bad, match=r"^record 1-1: not a record$"):
        Trail([], []).take(None)
