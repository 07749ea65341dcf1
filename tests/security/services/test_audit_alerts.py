"""Alerts at an auditor's page: with their evidence and what to do, acknowledged and closed."""

from __future__ import annotations

from datetime import timedelta

import pytest

from security.services import audit_alerts
from tests.security.services.auditing import Auditor, auditor, name_of, raise_alert, refusal
from tests.security.world import World

pytestmark = pytest.mark.both_databases


@pytest.fixture
async def aud(world: World) -> Auditor:
    return await auditor(world)


async def test_an_alert_says_what_was_seen_and_what_to_do(world: World, aud: Auditor) -> None:
    ref = raise_alert(world)
    page = await aud.alerts()
    [shown] = page.alerts
    assert (shown.ref, shown.state, page.open) == (ref, "open", 1)
    assert shown.title == "Guessing at one password"
    assert shown.steps.startswith("Ask the person")
    assert "t1110.001" in shown.techniques
    assert (shown.done, shown.events, shown.person) == (["notify"], 1, name_of(world, "alice"))
    assert [one["actor"] for one in world.trail("audit:alert:read")] == [aud.name]


async def test_the_evidence_of_an_alert_is_shown_and_the_reading_is_about_its_person(
    world: World, aud: Auditor
) -> None:
    """HIPAA 164.312(b): whoever is looked into is named on the record of it."""
    mine = world.trail("sign_in:password:pass")[0]
    own, strange = f"1-{mine['sequence']}", "1-999999"
    ref = raise_alert(world, evidence=[own, strange, "odd", "1-"])
    told = await aud.alert(ref)
    assert [one.id for one in told.evidence] == [own]
    assert told.missing == 3
    [read] = world.trail("audit:evidence:read")
    assert (read["person"], read["reason"]) == (name_of(world, "alice"), "password_guessing")


async def test_an_alert_is_acknowledged_closed_for_a_reason_and_opened_again(
    world: World, aud: Auditor
) -> None:
    """PCI DSS 10.4.1.1: what was made of an exception is on record, with whoever did it."""
    ref = raise_alert(world)
    assert (await aud.move(ref, "acknowledged")).state == "acknowledged"
    world.clock.advance(seconds=30)
    closed = await aud.move(ref, "closed", "false_alarm")
    assert (closed.state, closed.reason, closed.moved_by) == ("closed", "false_alarm", aud.name)
    assert closed.moved_at == f"{world.clock.now:%Y-%m-%dT%H:%M:%S}+00:00"
    assert (await aud.alerts()).open == 0
    opened = await aud.move(ref, "open")
    assert (opened.state, opened.reason) == ("open", None)
    moves = [one for one in world.trail() if one["tag"].startswith("audit:alert:")]
    assert [(one["tag"].split(":")[2], one.get("reason")) for one in moves if "person" in one] == [
        ("acknowledge", None),
        ("close", "false_alarm"),
        ("reopen", None),
    ]
    assert {one["object"] for one in moves if "person" in one} == {"password_guessing"}


@pytest.mark.parametrize(
    ("before", "to", "reason", "why"),
    [
        ("open", "open", None, "already_so"),
        ("acknowledged", "acknowledged", None, "already_so"),
        ("closed", "acknowledged", None, "already_so"),
        ("closed", "closed", "handled", "already_so"),
        ("open", "closed", None, "invalid_arguments"),
        ("open", "acknowledged", "handled", "invalid_arguments"),
    ],
)
async def test_a_move_that_is_none_is_refused(
    world: World, aud: Auditor, before: str, to: str, reason: str | None, why: str
) -> None:
    ref = raise_alert(world)
    if before != "open":
        await aud.move(ref, before, "handled" if before == "closed" else None)
    assert await refusal(aud.move(ref, to, reason)) == why


async def test_alerts_come_by_the_page_newest_first(
    world: World, aud: Auditor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit_alerts, "PAGE", 2)
    now = world.clock.now
    for number in range(5):  # Two of them are of one moment.
        raise_alert(world, f"alert-{number}", at=now - timedelta(seconds=number // 2))
    seen, after = [], None
    while True:
        page = await aud.alerts(after=after)
        seen += [one.ref for one in page.alerts]
        after = page.next
        if after is None:
            break
    assert seen == ["alert-1", "alert-0", "alert-3", "alert-2", "alert-4"]


async def test_alerts_are_found_by_state_and_level(world: World, aud: Auditor) -> None:
    raise_alert(world, "one", level="high")
    raise_alert(world, "two")
    await aud.move("two", "closed", "expected")
    assert [one.ref for one in (await aud.alerts(state="open")).alerts] == ["one"]
    assert [one.ref for one in (await aud.alerts(state="closed")).alerts] == ["two"]
    assert [one.ref for one in (await aud.alerts(level="high")).alerts] == ["one"]


async def test_an_alert_of_a_rule_that_is_gone_is_shown_by_its_name(
    world: World, aud: Auditor
) -> None:
    raise_alert(world, rule="of_earlier_days")
    [shown] = (await aud.alerts()).alerts
    assert (shown.title, shown.steps) == ("of_earlier_days", "Look at the evidence.")
