"""What has not arrived elsewhere yet stays at hand, however old it is."""

from __future__ import annotations

from datetime import timedelta

import pytest

from security.adapters.outlet_store import SqlOutletStore
from security.services.archiving import Archiving
from security.trail_parts import build_archiving, build_checkpoints, checkpoints_path
from tests.security.services.test_archiving import followed, rest, write
from tests.security.world import World

pytestmark = pytest.mark.sqlite_alone("a server's owner archives: see tools/test_audit_archive")


@pytest.fixture
def store(world: World) -> SqlOutletStore:
    return SqlOutletStore(world.core.database, world.clock)


@pytest.fixture
def archiving(world: World, monkeypatch: pytest.MonkeyPatch) -> Archiving:
    """What archives where files and a syslog receiver are set."""
    monkeypatch.setenv("GATEHOUSE_OUT_FILES", "true")
    monkeypatch.setenv("GATEHOUSE_OUT_SYSLOG_URL", "tls://siem.example:6514")
    checkpoints_path(world.home).parent.mkdir(exist_ok=True)
    followed(world)
    return build_archiving(world.core, build_checkpoints(world.core))


async def test_what_an_outlet_has_not_got_is_not_archived(
    world: World, archiving: Archiving, store: SqlOutletStore
) -> None:
    """ASVS 16.4.3: nothing is lost, however long a receiver is away."""
    await write(world, 5)
    days = world.core.retention.trail.at_hand_days
    world.clock.now += timedelta(days=days, seconds=1)
    assert await archiving.round() == 0  # Neither of them has begun.
    await store.arrived("files", {"1": 5})
    archiving._looked_at = None
    assert await archiving.round() == 0
    await store.arrived("syslog", {"1": 3})
    archiving._looked_at = None
    assert await archiving.round() == 1
    assert [
        b'"sequence":%d,' % number in one for number, one in zip((4, 5), rest(world), strict=False)
    ] == [True, True]
