"""Attacks on the feed of an auditor's page: what is read by it is recorded like any reading."""

from __future__ import annotations

import pytest

from security.services import audit_records
from tests.security.decisions import signed_in
from tests.security.services.auditing import Auditor, auditor
from tests.security.world import World


@pytest.fixture
async def aud(world: World) -> Auditor:
    return await auditor(world)


async def test_attack_the_feed_is_no_way_to_read_everything_unseen(
    world: World, aud: Auditor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """PCI DSS 10.2.1.3: who asks for what is new since long ago reads, recorded each time."""
    await signed_in(world, "carl")
    end = (await aud.records()).newer
    await aud.records(newer=end)
    monkeypatch.setattr(audit_records, "FAR_BEHIND", 5)
    read = len(world.trail("audit:record:read"))
    place, pages = "-", 0
    while pages < 3:
        page = await aud.records(newer=place, limit=1)
        place, pages = page.newer, pages + 1
    assert len(world.trail("audit:record:read")) == read + 3
    [last] = world.trail("audit:record:read")[-1:]
    assert last["actor"] == aud.name


@pytest.mark.parametrize(("behind", "recorded"), [(4, 0), (5, 0), (6, 1)])
async def test_attack_the_feed_far_behind(
    world: World, aud: Auditor, monkeypatch: pytest.MonkeyPatch, behind: int, recorded: int
) -> None:
    """PCI DSS 10.2.1.3: as far as that, and not one record farther, it is the feed."""
    await aud.records(newer=(await aud.records()).newer)
    monkeypatch.setattr(audit_records, "FAR_BEHIND", 5)
    read = len(world.trail("audit:record:read"))
    last = world.trail()[-1]
    await aud.records(newer=f"{last.get('writer', '1')}.{last['sequence'] - behind}")
    assert len(world.trail("audit:record:read")) == read + recorded
