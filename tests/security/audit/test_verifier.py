"""The stand-alone verifier against somebody who can write to an export, or to the log itself."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from security.audit import verifier
from security.audit.chain import digest
from security.audit.record import AuditEvent, Tag, serialise
from tests.security.audit.exports import ANOTHER_KEY, KEY, Written, put
from tests.security.fakes import NOW

LOG = Written().write("1", 12).write("2", 5)
EXPORT = LOG.export()
SAMPLE = Written().write("1", 3).export()
SAMPLE_BYTES = b"".join(line + b"\n" for line in SAMPLE)
FIRST_LANE = st.integers(0, 11)

Check = Callable[..., tuple[int, str]]
reused = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture
def check(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Check:
    """Run the verifier on lines; return its code and what it said."""
    key = tmp_path / "key.pem"
    key.write_bytes(KEY.public_pem)

    def check(lines: Sequence[bytes] | bytes, older: Sequence[bytes] = ()) -> tuple[int, str]:
        if isinstance(lines, bytes):
            file = tmp_path / "export.jsonl"
            file.write_bytes(lines)
        else:
            file = put(tmp_path, "export.jsonl", lines)
        words = [str(file), "--key", str(key)]
        if older:
            words += ["--checkpoint", str(put(tmp_path, "older.jsonl", older))]
        code = verifier.main(words)
        said = capsys.readouterr()
        return code, said.out if code == 0 else said.err

    return check


def test_an_untouched_export_is_whole(check: Check) -> None:
    assert check(EXPORT) == (
        0,
        f"17 records, whole; checkpoint 0 of {NOW.isoformat('T', 'microseconds')}\n",
    )


def test_an_export_of_nothing_is_whole(check: Check) -> None:
    assert check(Written().export())[0] == 0


@reused
@given(st.integers(0, len(SAMPLE_BYTES) - 1), st.integers(0, 255))
def test_any_other_byte_anywhere_is_found(check: Check, at: int, put_in: int) -> None:
    """ASVS 16.4.2: in a record, between two, in the signed line, in its signature."""
    assume(SAMPLE_BYTES[at] != put_in)
    changed = bytearray(SAMPLE_BYTES)
    changed[at] = put_in
    assert check(bytes(changed))[0] == 1


@reused
@given(FIRST_LANE)
def test_an_edit_names_the_record_that_was_edited(check: Check, index: int) -> None:
    """ASVS 16.4.2: its successor is whole, so that it was not the successor."""
    edited = EXPORT[index].replace(b'"session-', b'"sessiom-')
    assert edited != EXPORT[index]
    code, said = check([*EXPORT[:index], edited, *EXPORT[index + 1 :]])
    assert (code, said.partition(":")[0]) == (1, f"record 1-{index + 1}")


@reused
@given(FIRST_LANE)
def test_a_deletion_names_what_is_missing(check: Check, index: int) -> None:
    """ASVS 16.4.2; at the end of a chain it is the signed line that knows."""
    code, said = check([*EXPORT[:index], *EXPORT[index + 1 :]])
    assert (code, said.partition(":")[0]) == (1, f"record 1-{index + 1}")


@reused
@given(FIRST_LANE, FIRST_LANE)
def test_an_exchange_names_the_first_of_both(check: Check, one: int, other: int) -> None:
    """ASVS 16.4.2."""
    assume(one != other)
    changed = list(EXPORT)
    changed[one], changed[other] = changed[other], changed[one]
    code, said = check(changed)
    assert (code, said.partition(":")[0]) == (1, f"record 1-{min(one, other) + 1}")


@reused
@given(st.integers(0, 16), st.integers(0, 16))
def test_an_insertion_is_found(check: Check, at: int, copied: int) -> None:
    """ASVS 16.4.2: a record of the same log, put in again."""
    code, said = check([*EXPORT[:at], EXPORT[copied], *EXPORT[at:]])
    assert code == 1
    assert said.startswith("record ")


@reused
@given(FIRST_LANE)
def test_a_forged_record_with_the_right_number_is_named(check: Check, index: int) -> None:
    """ASVS 16.4.2: it follows its predecessor, but its successor does not follow it."""
    previous = digest(EXPORT[index - 1]) if index else verifier.GENESIS
    forged = serialise(AuditEvent(Tag.SESSION_ENDED), "1", index + 1, NOW, previous)
    code, said = check([*EXPORT[:index], forged, *EXPORT[index + 1 :]])
    assert (code, said.partition(":")[0]) == (1, f"record 1-{index + 1}")


@reused
@given(st.integers(0, 17))
def test_a_cut_is_found(check: Check, length: int) -> None:
    """ASVS 16.4.2: without its last line, or with it behind fewer records."""
    assert check(EXPORT[:length])[0] == 1
    if length < 17:
        code, said = check([*EXPORT[:length], EXPORT[-1]])
        assert code == 1
        assert said.startswith("record ")


def test_lanes_in_another_order_are_not_the_file_that_was_signed(check: Check) -> None:
    assert check([*EXPORT[12:17], *EXPORT[:12], EXPORT[-1]])[0] == 1


def test_a_chain_that_the_signed_line_does_not_know_is_found(check: Check) -> None:
    """ASVS 16.4.2: a whole forged chain beside the others."""
    forged = Written().write("3", 2).records()
    code, said = check([*EXPORT[:-1], *forged, EXPORT[-1]])
    assert (code, said.partition(":")[0]) == (1, "record 3-2")


@pytest.mark.parametrize(
    "lines",
    [
        [],
        [b""],
        [b"{}"],
        [b"[" * 5_000],
        [b"\xff"],
        LOG.records(),
        LOG.export(ANOTHER_KEY),
        [*LOG.records(), LOG.sign()],
        [*EXPORT, EXPORT[-1]],
        [*EXPORT, b""],
    ],
    ids=[
        "nothing",
        "an empty line",
        "an object",
        "depth",
        "no text",
        "no last line",
        "another key",
        "a checkpoint of the log",
        "twice",
        "a line more",
    ],
)
def test_what_is_no_export_of_this_key_is_refused(check: Check, lines: list[bytes]) -> None:
    """The contract: a file without its signed last line does not verify."""
    code, said = check(lines)
    assert code == 1
    assert len(said.splitlines()) == 1


# With the signing key in the wrong hands, what was kept elsewhere still tells.


def test_an_older_checkpoint_fits_what_came_after_it(check: Check) -> None:
    log = Written().write("1", 4)
    older = [log.sign()]
    log.write("1", 3).write("2", 2)
    older.append(log.sign())
    assert check(log.export(), older)[0] == 0


def test_a_log_that_was_rolled_back_is_found(check: Check) -> None:
    """ASVS 16.4.3: signed again by a stolen key, but shorter than it was."""
    older = [Written().write("1", 9).sign()]
    code, said = check(Written().write("1", 6).export(), older)
    assert (code, said.partition(":")[0]) == (1, "record 1-7")
    assert "rolled back" in said


@given(st.integers(1, 8))
@reused
def test_a_log_that_was_written_anew_is_found(check: Check, kept: int) -> None:
    """ASVS 16.4.3: a fork, as long as the log or longer, signed by a stolen key."""
    older = [Written().write("1", 9).sign()]
    forked = Written().write("1", kept).write("1", 12 - kept, Tag.STARTED)
    code, said = check(forked.export(), older)
    assert (code, said.partition(":")[0]) == (1, "record 1-9")
    assert "forked" in said


def test_a_writer_that_has_vanished_is_found(check: Check) -> None:
    """ASVS 16.4.3."""
    older = [Written().write("1", 3).write("2", 2).sign()]
    code, said = check(Written().write("1", 5).export(), older)
    assert (code, said.partition(":")[0]) == (1, "record 2-1")


def test_two_checkpoints_that_differ_are_a_fork(check: Check) -> None:
    older = [Written().write("1", 4).sign(), Written().write("1", 4, Tag.STARTED).sign()]
    assert "forked" in check(Written().write("1", 6).export(), older)[1]


def test_checkpoints_of_another_key_prove_nothing(check: Check) -> None:
    assert check(EXPORT, [Written().write("1", 2).sign(ANOTHER_KEY)])[0] == 1


def test_a_file_of_checkpoints_without_one_is_told(check: Check) -> None:
    assert check(EXPORT, [b"no checkpoint"])[0] == 1


def test_it_runs_as_a_file_without_our_other_code(tmp_path: Path) -> None:
    """Issue: a stand-alone module. It is copied away, and started where nothing of ours is."""
    alone = tmp_path / "alone" / "verifier.py"
    alone.parent.mkdir()
    source = Path(verifier.__file__).read_text("utf-8")
    assert len(source.splitlines()) <= 200
    alone.write_text(source, "utf-8")
    (tmp_path / "key.pem").write_bytes(KEY.public_pem)
    file = put(tmp_path, "export.jsonl", EXPORT)
    words = [sys.executable, "-I", str(alone), str(file), "--key", str(tmp_path / "key.pem")]
    assert subprocess.run(words, check=False, cwd=alone.parent).returncode == 0
    put(tmp_path, "export.jsonl", EXPORT[:-1])
    assert subprocess.run(words, check=False, cwd=alone.parent).returncode == 1
