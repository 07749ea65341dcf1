"""Logs and exports from before the second version of a record: they verify as they are."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest

from security.audit.chain import Whole, digest, verify_chain
from security.audit.record import AuditEvent, Tag, serialise
from security.audit.verifier import Bad, read_keys, verify_export
from tests.security.audit.exports import KEY, Written, put
from tests.security.fakes import NOW

PUBLIC = read_keys(KEY.public_pem)
OLD = {"session": "row-of-before", "tag": "session:person:end", "tenant": "bank"}


def old_and_new() -> Written:
    """Return a log whose first five records are of the first version, and name no writer."""
    log = Written()
    lane = log.lanes.setdefault("1", [])
    for number in range(1, 6):
        said = {"at": NOW.isoformat(timespec="microseconds"), "sequence": number}
        said |= OLD | {"previous_sha256": digest(lane[-1]) if lane else "0" * 64}
        lane.append(orjson.dumps(said, option=orjson.OPT_SORT_KEYS))
    for number in range(6, 9):
        lane.append(serialise(AuditEvent(Tag.STARTED), "1", number, NOW, digest(lane[-1])))
    return log


def test_a_log_that_changed_its_version_is_one_chain() -> None:
    """ASVS 16.4.2."""
    assert isinstance(verify_chain(old_and_new().records()), Whole)


def test_an_export_of_both_versions_verifies_and_an_edit_of_an_old_record_is_found(
    tmp_path: Path,
) -> None:
    """ASVS 16.4.2."""
    log = old_and_new()
    log.sign()
    whole = log.export()
    assert "8 records, whole" in verify_export(put(tmp_path, "export", whole), PUBLIC)
    edited = [whole[0].replace(b"row-of-before", b"row-of-behind"), *whole[1:]]
    with pytest.raises(Bad, match="record 1-1"):
        verify_export(put(tmp_path, "edited", edited), PUBLIC)
