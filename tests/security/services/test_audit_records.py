"""What auditors read of their organisation's records."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from datetime import timedelta

import pytest

from security.services import audit_records, audit_scan
from tests.security.decisions import signed_in
from tests.security.services.auditing import BANK, Auditor, auditor, name_of, refusal
from tests.security.visitor import BALANCE
from tests.security.world import World

pytestmark = pytest.mark.both_databases


@pytest.fixture
async def aud(world: World) -> Auditor:
    return await auditor(world)


async def test_a_page_shows_the_newest_records_and_is_one_of_them(
    world: World, aud: Auditor
) -> None:
    """ASVS 16.3.2, PCI DSS 10.2.1.3: reading is recorded before anything is read."""
    page = await aud.records()
    assert page.records[0].tag == "audit:record:read"
    assert page.records[0].actor == aud.name
    mine = [one for one in world.trail() if one.get("tenant") == BANK]
    assert [one.id for one in page.records] == [
        f"{one.get('writer', '1')}-{one['sequence']}" for one in reversed(mine)
    ]
    assert page.older is None


async def test_a_session_goes_by_its_reference_in_old_records_too(
    world: World, aud: Auditor
) -> None:
    """ASVS 16.2.5: the id of a row is nowhere, though records of the first version have it."""
    [(row_id,)] = world.sql("SELECT id FROM sessions WHERE person_id IS NOT NULL")
    [mine] = (await aud.sessions()).sessions
    old = {"tag": "session:person:extend", "tenant": BANK, "session": row_id}
    number = len(world.records()) + 1
    old |= {"sequence": number, "at": world.clock.now.isoformat(), "previous_sha256": "0" * 64}
    bytes_of = json.dumps(old, separators=(",", ":")).encode()
    added = "INSERT INTO audit (writer, sequence, record, sha256) VALUES ('1', ?, ?, ?)"
    world.sql(added, number, bytes_of, "0" * 64)
    page = await aud.records(session=mine.ref)
    assert page.records[-1].session == mine.ref
    assert "session:person:extend" in {one.tag for one in page.records}
    assert row_id not in page.model_dump_json()


async def test_records_are_found_by_what_they_say(world: World, aud: Auditor) -> None:
    alice = await signed_in(world, "alice")
    await alice.ask(BALANCE)
    name = name_of(world, "alice")
    whose = await aud.records(person=name)
    assert whose.records
    assert all(name in (one.person, one.actor) for one in whose.records)
    allowed = await aud.records(decision="allow", operation=BALANCE)
    assert {one.tag for one in allowed.records} == {"operation:guard:allow"}
    [session] = {one.session for one in allowed.records}
    assert session is not None
    in_it = await aud.records(session=session, kind="operation")
    assert {one.session for one in in_it.records} == {session}
    assert {one.tag.split(":")[0] for one in in_it.records} == {"operation"}
    assert not (await aud.records(kind="sign")).records


async def test_a_period_begins_with_its_first_moment_and_ends_before_its_last(
    world: World, aud: Auditor
) -> None:
    world.clock.advance(seconds=60)
    begin = world.clock.now
    await signed_in(world, "alice")
    world.clock.advance(seconds=60)
    await signed_in(world, "bob")
    end = begin + timedelta(seconds=60)
    seen = await aud.records(
        kind="sign_in:password:pass", since=begin.isoformat(), until=end.isoformat()
    )
    assert [one.person for one in seen.records] == [name_of(world, "alice")]
    later = await aud.records(kind="sign_in:password:pass", since=end.isoformat())
    assert [one.person for one in later.records] == [name_of(world, "bob")]


@pytest.mark.parametrize("batch", [1, 3, 2_000])
async def test_pages_follow_each_other_without_a_gap(
    world: World, aud: Auditor, monkeypatch: pytest.MonkeyPatch, batch: int
) -> None:
    monkeypatch.setattr(audit_scan, "BATCH", batch)
    for username in ("alice", "bob"):
        await signed_in(world, username)
    first = await aud.records(limit=5)
    seen = list(first.records)
    older = first.older
    while older is not None:
        page = await aud.records(limit=5, older=older)
        seen += page.records
        older = page.older
    mine = [one for one in world.trail() if one.get("tenant") == BANK]
    # The readings that came after the first page are on the trail, and in none of these.
    newest = first.records[0].id
    known = [f"{one.get('writer', '1')}-{one['sequence']}" for one in reversed(mine)]
    assert [one.id for one in seen] == known[known.index(newest) :]


async def test_a_page_says_how_far_it_has_looked(
    world: World, aud: Auditor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A rare record is found by asking on; no question reads everything at once."""
    await signed_in(world, "alice")
    monkeypatch.setattr(audit_scan, "BATCH", 2)
    monkeypatch.setattr(audit_scan, "MOST_FOR_A_PAGE", 2)
    page = await aud.records(kind="security")
    assert not page.records
    assert page.older is not None
    assert page.searched_until is not None


async def test_the_feed_gives_what_is_new_and_is_recorded_when_it_begins(
    world: World, aud: Auditor
) -> None:
    page = await aud.records()
    first = await aud.records(newer=page.newer)
    assert [one.tag for one in first.records] == ["audit:record:follow"]
    await signed_in(world, "alice")
    second = await aud.records(newer=first.newer)
    assert second.records[0].person == name_of(world, "alice")
    assert "audit:record:follow" not in {one.tag for one in second.records}
    third = await aud.records(newer=second.newer)
    assert not third.records
    assert len(world.trail("audit:record:follow")) == 1


async def test_another_filter_of_the_feed_is_another_reading(world: World, aud: Auditor) -> None:
    page = await aud.records()
    await aud.records(newer=page.newer)
    await aud.records(newer=page.newer, person=name_of(world, "alice"))
    assert [one.get("person") for one in world.trail("audit:record:follow")] == [
        None,
        name_of(world, "alice"),
    ]


async def test_a_file_holds_what_is_wanted_and_its_digest_is_on_the_trail(
    world: World, aud: Auditor
) -> None:
    """PCI DSS 10.2.1.3: what was taken out can be recognised later."""
    await signed_in(world, "alice")
    made = await aud.file("csv", kind="sign_in:password:pass")
    rows = list(csv.DictReader(io.StringIO(made.content)))
    assert [row["tag"] for row in rows] == ["sign_in:password:pass"] * 2
    [saved] = world.trail("audit:record:save")
    assert saved["arguments"] == hashlib.sha256(made.content.encode()).hexdigest()
    assert (saved["purpose"], saved["reason"], saved["actor"]) == ("incident", "csv", aud.name)
    told = json.loads((await aud.file("json", kind="sign_in:password:pass")).content)
    assert (told["organisation"], len(told["records"])) == (BANK, 2)
    assert (made.name, made.media_type) == (f"trail-{world.clock.now:%Y-%m-%d}.csv", "text/csv")


async def test_a_file_is_whole_or_there_is_none(
    world: World, aud: Auditor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit_records, "MOST_IN_A_FILE", 3)
    assert await refusal(aud.file()) == "too_many_records"
    assert not world.trail("audit:record:save")
    assert (await aud.file(kind="sign_in:password:pass")).content


async def test_a_name_is_told_for_a_purpose_and_that_is_on_the_trail(
    world: World, aud: Auditor
) -> None:
    known = await world.gateway.audit_person(aud.cookie, name_of(world, "alice"), "incident")
    assert (known.username, known.name) == ("alice", "Alice")
    [named] = world.trail("audit:person:name")
    assert (named["person"], named["actor"]) == (name_of(world, "alice"), aud.name)
    assert named["purpose"] == "incident"


async def test_a_proof_is_asked_for_where_the_last_one_is_too_old(
    world: World, aud: Auditor
) -> None:
    """Contract, class sensitive: five minutes to begin, and what has begun goes on to fifteen."""
    assert (await aud.prove()).state == "ready"
    world.clock.advance(seconds=299)
    assert (await aud.prove()).state == "ready"
    world.clock.advance(seconds=1)
    asked = await aud.prove()
    assert (asked.state, asked.challenge.purpose) == ("prove", "step_up")
    assert asked.challenge.binding == "Read your organisation's records"
    await aud.visitor.prove("tess")
    assert (await aud.prove()).state == "ready"
    assert (await aud.records()).records
