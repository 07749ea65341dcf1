"""What auditors take away has been signed before it is read, or it does not leave."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable

import pytest

from security.adapters.checkpoint_file import CheckpointFile
from security.auditing_model import AuditFile
from security.trail_parts import checkpoints_path
from tests.security.services.auditing import Auditor, auditor, refusal
from tests.security.world import World

pytestmark = pytest.mark.both_databases

TAKEN: dict[str, tuple[str, Callable[[Auditor], Awaitable[AuditFile]]]] = {
    "a table": ("audit:record:save", lambda aud: aud.file("csv")),
    "JSON": ("audit:record:save", lambda aud: aud.file("json")),
    "a report": ("audit:summary:make", lambda aud: aud.report("json")),
    "a report to print": ("audit:summary:make", lambda aud: aud.report("html")),
}


@pytest.fixture
async def aud(world: World) -> Auditor:
    checkpoints_path(world.home).parent.mkdir(exist_ok=True)
    return await auditor(world)


@pytest.mark.parametrize("take", [take for _, take in TAKEN.values()], ids=TAKEN)
async def test_a_checkpoint_is_made_of_what_is_taken_away(
    world: World, aud: Auditor, take: Callable[[Auditor], Awaitable[AuditFile]]
) -> None:
    """ASVS 16.4.3: in the database and outside it."""
    before = len(world.records())
    await take(aud)
    [(line,)] = world.sql("SELECT line FROM audit_checkpoints")
    assert json.loads(line)["records"] >= before
    assert checkpoints_path(world.home).read_bytes().splitlines() == [line]


async def test_a_report_says_that_all_of_it_is_signed(world: World, aud: Auditor) -> None:
    log = json.loads((await aud.report("json")).content)["log"]
    assert (log["checkpoint"], log["unsigned"]) == (1, 0)


@pytest.mark.parametrize(("tag", "take"), TAKEN.values(), ids=TAKEN)
async def test_attack_nothing_leaves_that_cannot_be_signed(
    world: World,
    aud: Auditor,
    monkeypatch: pytest.MonkeyPatch,
    tag: str,
    take: Callable[[Auditor], Awaitable[AuditFile]],
) -> None:
    """ASVS 16.5.3: and the gate is closed."""

    def fail(*_: object) -> None:
        raise OSError("no space left on the device")

    monkeypatch.setattr(CheckpointFile, "append", fail)
    assert await refusal(take(aud)) == "security_unavailable"
    assert world.core.trail.closed
    assert tag != "audit:record:save" or not world.trail(tag)
