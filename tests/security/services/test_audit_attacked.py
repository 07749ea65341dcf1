"""Attacks on an auditor's page: other organisations, other roles, old proofs, guessed names."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from security.adapters import audit_log
from security.adapters.admin_tables import AdminActionRow
from security.administration_model import ActionValues
from security.audit.record import AuditEvent, Tag
from security.errors import Refused
from security.user_names import reference_of
from tests.security.decisions import signed_in
from tests.security.services.administering import administrator
from tests.security.services.auditing import (
    SHOP,
    Auditor,
    auditor,
    name_of,
    raise_alert,
    refusal,
)
from tests.security.visitor import Visitor
from tests.security.world import World

Question = Callable[[Auditor], Coroutine[Any, Any, Any]]
OF_PEOPLE: dict[str, Question] = {
    "records": lambda aud: aud.records(),
    "the feed": lambda aud: aud.records(newer="1.1"),
    "a file": lambda aud: aud.file(),
    "a report": lambda aud: aud.report(),
    "alerts": lambda aud: aud.alerts(),
    "an alert": lambda aud: aud.alert("alert-1"),
    "a move": lambda aud: aud.move("alert-1", "acknowledged"),
    "sessions": lambda aud: aud.sessions(),
    "an end": lambda aud: aud.end("x"),
    "going on": lambda aud: aud.go_on("x"),
    "a name": lambda aud: aud.world.gateway.audit_person(aud.cookie, "x", "incident"),
}
OF_NOBODY: dict[str, Question] = {
    "the log": lambda aud: aud.world.gateway.audit_log(aud.cookie),
    "figures": lambda aud: aud.world.gateway.audit_figures(aud.cookie, "hour"),
    "a proof": lambda aud: aud.prove(),
}
ALL = OF_PEOPLE | OF_NOBODY


@pytest.fixture
async def aud(world: World) -> Auditor:
    return await auditor(world)


def _asked(names: dict[str, Question]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("question", names.values(), ids=names)


@_asked(ALL)
async def test_attack_no_other_role_reads_anything(world: World, question: Question) -> None:
    """ASVS 8.2.2: customers and administrators are refused, and the try is on the trail."""
    for username in ("alice", "adam"):
        other = Auditor(await signed_in(world, username), username)
        assert await refusal(question(other)) == "forbidden"
    reasons = [one["reason"] for one in world.trail("session:caller:refuse")]
    assert reasons == ["not_auditor"] * 2


@_asked(ALL)
async def test_attack_a_stranger_reads_nothing(world: World, question: Question) -> None:
    """ASVS 8.2.2: an anonymous session is nobody's."""
    visitor = Visitor(world)
    await visitor.arrive("northwind-bank")
    assert await refusal(question(Auditor(visitor, "tess"))) == "authentication_required"


@_asked(ALL)
async def test_attack_a_weak_sign_in_reads_nothing(
    world: World, aud: Auditor, question: Question
) -> None:
    """ASVS 8.4.2: the role alone is not enough."""
    world.sql("UPDATE sessions SET assurance = 'aal1'")
    assert await refusal(question(aud)) == "sign_in_too_weak"


@_asked(OF_PEOPLE)
async def test_attack_an_old_proof_reads_of_nobody(
    world: World, aud: Auditor, question: Question
) -> None:
    """ASVS 7.5.3: a proof of exactly fifteen minutes is too old, and the try is on the trail."""
    proved = int((world.clock.now - timedelta(minutes=15)).timestamp() * 1_000_000)
    world.sql("UPDATE sessions SET proved_at = ?", proved + 1)
    with suppress(Refused):  # What there is not is another matter.
        await question(aud)
    assert "step_up_required" not in {one["reason"] for one in _refused(world)}
    world.sql("UPDATE sessions SET proved_at = ?", proved)
    assert await refusal(question(aud)) == "step_up_required"
    assert _refused(world)[-1]["reason"] == "step_up_required"


@_asked(ALL)
async def test_attack_a_role_that_was_taken_reads_nothing_more(
    world: World, aud: Auditor, question: Question
) -> None:
    """ASVS 8.3.2: from the next question on."""
    world.give_roles("tess", "teller")
    assert await refusal(question(aud)) == "forbidden"


async def test_attack_no_record_of_another_organisation_is_read(world: World, aud: Auditor) -> None:
    """ASVS 8.4.1: not by a page, a place, a filter, a file, figures or a report."""
    carl = await signed_in(world, "carl")
    await carl.look()
    name = name_of(world, "carl")
    foreign = [one for one in world.trail() if one.get("tenant") == SHOP]
    assert foreign
    pages = [
        await aud.records(),
        await aud.records(person=name),
        await aud.records(older="1.99999999"),
        await aud.records(newer="1.0"),
        await aud.records(newer="-"),
    ]
    for page in pages:
        assert name not in {one.person for one in page.records}
        assert {int(one.id.split("-")[1]) for one in page.records}.isdisjoint(
            one["sequence"] for one in foreign
        )
    assert name not in (await aud.file("json")).content
    figures = await world.gateway.audit_figures(aud.cookie, "hour")
    mine = [one for one in world.trail() if one.get("tenant") == "northwind-bank"]
    assert sum(one.records for one in figures.buckets) == len(mine)


async def test_attack_a_record_of_no_organisation_is_no_auditors(
    world: World, aud: Auditor
) -> None:
    """ASVS 8.4.1: failed sign-ins with unknown names, keys and starts are the operator's."""
    page = await aud.records()
    nobodys = [one for one in world.trail() if "tenant" not in one]
    world.core.database.run_here(
        lambda store: audit_log.append(
            store.connection(), AuditEvent(tag=Tag.STARTED), world.clock.now
        )
    )
    assert len([one for one in world.trail() if "tenant" not in one]) == len(nobodys) + 1
    seen = await aud.records(newer=page.newer)
    assert {one.tag for one in seen.records} == {"audit:record:follow"}


async def test_attack_no_word_of_the_asker_gets_on_the_trail(world: World, aud: Auditor) -> None:
    """ASVS 16.2.5: a filter names somebody of the organisation there, or nobody."""
    for name in ("my-own-words", name_of(world, "carl")):
        await aud.records(person=name)
        await aud.records(newer="1.1", person=name)
        await aud.file(person=name)
        assert name.encode() not in b"".join(one for one in world.records() if b'"audit:' in one)


async def test_attack_an_alert_of_another_organisation_or_of_none_is_not_there(
    world: World, aud: Auditor
) -> None:
    """ASVS 8.4.1: not in the list, not by its name, and not to be closed."""
    raise_alert(world, "theirs", tenant_id=SHOP)
    raise_alert(world, "nobodys", tenant_id=None)
    page = await aud.alerts()
    assert (page.alerts, page.open) == ([], 0)
    for ref in ("theirs", "nobodys", "made-up"):
        assert await refusal(aud.alert(ref)) == "unknown_alert"
        assert await refusal(aud.move(ref, "closed", "handled")) == "unknown_alert"
    assert [state for (state,) in world.sql("SELECT state FROM alerts")] == ["open", "open"]
    assert "theirs" not in (await aud.report("json")).content


async def test_attack_evidence_shows_no_record_of_another_organisation(
    world: World, aud: Auditor
) -> None:
    """ASVS 8.4.1: where an alert names events of several, only one's own are shown."""
    await signed_in(world, "carl")
    theirs = next(one for one in world.trail() if one.get("tenant") == SHOP)
    ref = raise_alert(world, evidence=[f"1-{theirs['sequence']}"])
    told = await aud.alert(ref)
    assert (told.evidence, told.missing) == ([], 1)


async def test_attack_nobody_closes_an_alert_about_themselves(world: World, aud: Auditor) -> None:
    """ASVS 2.3.5: an auditor who is looked into does not decide what it was."""
    ref = raise_alert(world, person_hash=aud.name)
    assert await refusal(aud.move(ref, "closed", "false_alarm")) == "own_alert"
    assert world.sql("SELECT state FROM alerts") == [("open",)]
    assert world.trail("audit:caller:refuse")[-1]["reason"] == "own_alert"


async def test_attack_a_session_of_another_organisation_cannot_be_ended(
    world: World, aud: Auditor
) -> None:
    """ASVS 8.4.1: the same answer as for one that is not there."""
    carl = await signed_in(world, "carl")
    [listed] = await world.gateway.own_sessions(carl.cookie)
    assert await refusal(aud.end(listed.ref)) == "unknown_session"
    assert await refusal(aud.end("made-up")) == "unknown_session"
    await carl.look()


async def test_attack_an_auditor_does_nothing_else_by_an_action(world: World, aud: Auditor) -> None:
    """ASVS 8.2.2: no other action of an administrator goes on by this way, proved or not."""
    adam = await administrator(world)
    asked = await adam.ask("disable", "alice")
    await adam.visitor.prove("adam")
    assert await refusal(aud.go_on(asked.ref)) == "unknown_action"
    held = (aud.cookie, aud.visitor.csrf)
    begun = world.gateway.begin_admin_action(
        *held, "disable", reference_of("alice"), ActionValues(), "192.0.2.1"
    )
    assert await refusal(begun) == "forbidden"
    own = await aud.end(await _session_of_adam(aud))
    await aud.visitor.prove("tess")
    held = (aud.cookie, aud.visitor.csrf)  # A proof has renewed both.
    gone = world.gateway.go_on_with_admin_action(*held, own.ref, "192.0.2.1")
    assert await refusal(gone) == "forbidden"


async def test_attack_an_end_that_was_not_proved_or_is_anothers_is_not_done(
    world: World, aud: Auditor
) -> None:
    """ASVS 7.5.3: the proof counts for exactly one session, once."""
    alice = await signed_in(world, "alice")
    name = name_of(world, "alice")
    [ref] = [one.ref for one in (await aud.sessions()).sessions if one.person == name]
    action = await aud.end(ref)
    other = await auditor(world, "bob")
    assert await refusal(other.go_on(action.ref)) == "unknown_action"
    assert (await aud.go_on(action.ref)).state == "prove"
    await alice.look()
    await aud.visitor.prove("tess")
    assert (await aud.go_on(action.ref)).state == "done"
    assert await refusal(aud.go_on(action.ref)) == "unknown_action"
    [row] = world.core.database.run_here(
        lambda store: list(store.scalars(select(AdminActionRow))), across="a test looks on"
    )
    assert row.state == "done"


async def test_attack_a_foreign_token_changes_nothing(world: World, aud: Auditor) -> None:
    """ASVS 3.5.1: what changes something wants the session's own CSRF token."""
    ref = raise_alert(world)
    asked = world.gateway.move_alert(aud.cookie, "forged", ref, "closed", "handled")
    assert await refusal(asked) == "csrf_failed"
    ended = world.gateway.end_watched_session(aud.cookie, "forged", "x", "192.0.2.1")
    assert await refusal(ended) == "csrf_failed"


async def test_attack_a_name_of_another_organisation_is_not_told(
    world: World, aud: Auditor
) -> None:
    """ASVS 8.4.1: nor is that it is somebody's."""
    for name in (name_of(world, "carl"), "made-up"):
        asked = world.gateway.audit_person(aud.cookie, name, "incident")
        assert await refusal(asked) == "unknown_person"
    assert not world.trail("audit:person:name")


def _refused(world: World) -> list[dict[str, Any]]:
    return world.trail("audit:caller:refuse")


async def _session_of_adam(aud: Auditor) -> str:
    name = name_of(aud.world, "adam")
    [found] = [one for one in (await aud.sessions()).sessions if one.person == name]
    return str(found.ref)
