"""What was disclosed in a period: counted from records alone, at its boundaries as well."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from security.audit import disclosures
from security.audit.disclosures import Disclosure, Disclosures, Key, TooMany, narrowed
from tests.security.fakes import NOW

HOUR = timedelta(hours=1)
ALICE, TESS, MALLORY = "a" * 24, "7" * 24, "f" * 24
READ = {"operation": "banking.get_balance", "scope": "banking:accounts:read"}
PAY = {"operation": "banking.transfer", "scope": "banking:transfers:write"}


class Trail:
    """Records as they come, each with an id of its own."""

    def __init__(self, tenant: str | None = None) -> None:
        self.taking = Disclosures(NOW, NOW + HOUR, tenant)
        self.count = 0

    def say(self, tag: str, seconds: float = 60, **more: Any) -> str:
        self.count += 1
        at = (NOW + timedelta(seconds=seconds)).isoformat(timespec="microseconds")
        said = {"tag": tag, "at": at, "tenant": "bank", "person": ALICE, **more}
        self.taking.take(said, f"1-{self.count}")
        return f"1-{self.count}"

    def call(self, end: str | None = "done", seconds: float = 60, **more: Any) -> None:
        intent = self.say("operation:guard:allow", seconds, **{**READ, **more})
        if end:
            self.say(f"operation:api:{end}", seconds + 1, intent=intent)

    def found(self) -> list[Disclosure]:
        return narrowed(self.taking.found())


def test_what_was_answered_counts_and_what_was_refused_gave_nothing() -> None:
    """GDPR 33: whose data, which, since when."""
    trail = Trail()
    trail.call(seconds=60)
    trail.call(seconds=120)
    trail.call("fail", seconds=30)
    trail.say("operation:guard:deny", **READ)
    [one] = trail.found()
    assert (one.key.person, one.key.operation, one.times) == (ALICE, "banking.get_balance", 2)
    assert (one.first, one.last) == (NOW + timedelta(minutes=1), NOW + timedelta(minutes=2))
    assert (one.is_own, one.changed, one.uncertain, one.suspect) == (True, False, 0, ())


@pytest.mark.parametrize("end", ["doubt", None])
def test_a_call_whose_end_nobody_knows_counts_and_is_marked(end: str | None) -> None:
    trail = Trail()
    trail.call(end, **PAY)
    [one] = trail.found()
    assert (one.times, one.uncertain, one.changed) == (1, 1, True)


@pytest.mark.parametrize(
    ("seconds", "inside"), [(-0.000001, False), (0, True), (3_599.999999, True), (3_600, False)]
)
def test_a_period_begins_with_its_first_moment_and_ends_before_its_last(
    seconds: float, inside: bool
) -> None:
    trail = Trail()
    trail.call(seconds=seconds)
    assert bool(trail.found()) is inside


def test_an_end_after_the_period_ends_what_began_in_it() -> None:
    trail = Trail()
    intent = trail.say("operation:guard:allow", 3_599, **READ)
    trail.say("operation:api:done", 3_700, intent=intent)
    [one] = trail.found()
    assert one.uncertain == 0


def test_who_acts_for_others_stands_beside_whose_data_it_was() -> None:
    trail = Trail()
    trail.call(actor=TESS, roles=["teller"], purpose="support")
    [one] = trail.found()
    assert (one.key.who, one.key.person, one.is_own) == (TESS, ALICE, False)
    assert (one.roles, one.key.purpose) == (("teller",), "support")


def test_attack_a_write_whose_answer_was_lost_hides_whom_it_was_about() -> None:
    """GDPR 33: whom it was about is said when it is settled."""
    trail = Trail()
    trail.say("pending:operation:settle", reason="done", about=["p" * 24], **PAY)
    trail.say("pending:operation:settle", reason="failed", about=["q" * 24], **PAY)
    trail.say("pending:operation:settle", reason="done", **PAY)
    [one] = trail.found()
    assert (one.key.person, one.key.who, one.changed) == ("p" * 24, ALICE, True)


def test_copies_and_lists_of_people_count_as_well() -> None:
    trail = Trail()
    trail.say("data:person:export")
    trail.say("admin:people:read", person=None, actor=TESS)
    assert {one.key.operation for one in trail.found()} == {"export", "names"}


def test_what_alerts_and_reused_sessions_put_in_doubt_is_marked_also_before_them() -> None:
    trail = Trail()
    trail.call(session="s", person=ALICE)
    trail.call(session="t", person=ALICE, actor=MALLORY)
    trail.call(session="u", person=TESS)
    trail.say("session:caller:reuse", 90, session="s")
    trail.say("watch:rule:alert", 4_000, person=MALLORY, actor="watch", reason="snooping")
    trail.say("session:person:revoke", 95, session="s", reason="watch")
    trail.say("session:person:revoke", 95, session="u", reason="signed_out_elsewhere")
    doubted = {one.key.session: one.suspect for one in trail.found()}
    assert doubted == {
        "s": ("session_ended_by_the_watch", "session_reused"),
        "t": ("snooping",),
        "u": (),
    }
    found = trail.found()
    assert {one.key.session for one in narrowed(found, suspect=True)} == {"s", "t"}
    assert [one.key.session for one in narrowed(found, by=MALLORY)] == ["t"]
    assert [one.key.session for one in narrowed(found, by="u")] == ["u"]


def test_attack_another_tenants_records_are_not_in_ones_report() -> None:
    """ASVS 8.4.1."""
    trail = Trail("bank")
    trail.call()
    trail.call(tenant="clinic")
    trail.say("watch:rule:alert", tenant="clinic", person=ALICE, reason="x")
    [one] = trail.found()
    assert (one.key.tenant, one.suspect) == ("bank", ())


def test_attack_more_than_can_be_told_apart_is_refused_and_fills_no_memory(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """ASVS 15.2.2."""
    monkeypatch.setattr(disclosures, "MOST", 2)
    trail = Trail()
    trail.call(session="a")
    trail.call(session="b")
    trail.call(session="a")
    with pytest.raises(TooMany):
        trail.call(session="c")


def test_what_staff_saw_is_their_data_whom_it_is_about() -> None:
    """GDPR 33: of a physician's misused account, the patients are told, not the physician."""
    trail = Trail()
    intent = trail.say("operation:guard:allow", 60, person=TESS, **READ)
    trail.say("operation:api:done", 61, person=TESS, intent=intent, about=[ALICE, MALLORY])
    assert {(one.key.person, one.key.who, one.is_own) for one in trail.found()} == {
        (ALICE, TESS, False),
        (MALLORY, TESS, False),
    }


def just(trail: Trail) -> Disclosure:
    [one] = trail.found()
    return one


BESIDE: dict[str, Any] = {"actor": TESS, "roles": ["teller"], "purpose": "support", "session": "s"}
OTHER = "p" * 24
WAYS: dict[str, tuple[str | None, dict[str, Any], str, str, int, bool]] = {
    "answered": ("done", READ, "banking.get_balance", ALICE, 0, False),
    "written": ("done", PAY, "banking.transfer", ALICE, 0, True),
    "in doubt": ("doubt", READ, "banking.get_balance", ALICE, 1, False),
    "without an end": (None, READ, "banking.get_balance", ALICE, 1, False),
    "without a name": ("done", {"operation": None}, "unknown", ALICE, 0, False),
}


@pytest.mark.parametrize(
    ("end", "call", "operation", "person", "uncertain", "changed"), WAYS.values(), ids=WAYS
)
def test_a_call_is_told_with_all_that_is_known_of_it(
    end: str | None,
    call: dict[str, Any],
    operation: str,
    person: str,
    uncertain: int,
    changed: bool,
) -> None:
    """GDPR 33: whose data, which, by whom, in what role and for what, when, and how surely."""
    trail, at = Trail(), NOW + timedelta(minutes=1)
    trail.call(end, **{**BESIDE, "scope": None, **call})
    key = Key("bank", person, operation, TESS, "support", "s")
    assert just(trail) == Disclosure(key, ("teller",), at, at, 1, uncertain, changed, ())


@pytest.mark.parametrize(
    ("tag", "more", "operation", "changed"),
    [
        ("pending:operation:settle", {"reason": "done", "about": [OTHER]}, None, True),
        ("operation:result:redeliver", {"person": OTHER}, None, False),
        ("operation:client:grant", {"person": OTHER}, None, False),
        ("data:person:export", {"person": OTHER}, "export", False),
        ("admin:people:read", {"person": OTHER}, "names", False),
        ("admin:session:read", {"person": OTHER}, "names", False),
    ],
)
def test_what_is_used_at_once_is_told_as_well(
    tag: str, more: dict[str, Any], operation: str | None, changed: bool
) -> None:
    """GDPR 33."""
    trail, at = Trail(), NOW + timedelta(minutes=1)
    trail.say(tag, operation="banking.transfer", **{**BESIDE, **more})
    key = Key("bank", OTHER, operation or "banking.transfer", TESS, "support", "s")
    assert just(trail) == Disclosure(key, ("teller",), at, at, 1, 0, changed, ())


def test_an_end_without_a_beginning_and_what_is_about_nobody_else_count_once_at_most() -> None:
    trail = Trail()
    trail.say("operation:api:done", intent="1-99")
    trail.say("operation:api:done")
    intent = trail.say("operation:guard:allow", **READ)
    trail.say("operation:api:done", intent=intent, about=[])
    trail.say("operation:api:done", intent=intent)
    assert (just(trail).times, just(trail).key.person) == (1, ALICE)


def test_it_is_told_from_the_first_time_to_the_last_whichever_is_said_first() -> None:
    trail = Trail()
    for seconds in (120, 60, 180, 90):
        trail.call("done" if seconds != 60 else "doubt", seconds=seconds)
    one = just(trail)
    assert (one.first, one.last) == (NOW + timedelta(minutes=1), NOW + timedelta(minutes=3))
    assert (one.times, one.uncertain) == (4, 1)


def test_what_nobody_did_to_nobody_is_nobodys_own() -> None:
    trail = Trail()
    trail.say("admin:people:read", person=None)
    assert (just(trail).key.who, just(trail).is_own) == (None, False)


def test_a_session_that_the_watch_alone_has_ended_is_in_doubt() -> None:
    trail = Trail()
    for session in ("s", "t", "u"):
        trail.call(session=session)
    trail.say("session:person:revoke", 95, session="s", reason="watch")
    trail.say("session:person:revoke", 95, session="t", reason="idle")
    trail.say("session:person:revoke", 95, reason="watch")
    trail.say("session:caller:reuse", 95)
    trail.say("session:person:end", 95, session="u", reason="watch")
    doubted = {one.key.session: one.suspect for one in trail.found()}
    assert doubted == {"s": ("session_ended_by_the_watch",), "t": (), "u": ()}


def test_an_alert_about_nobody_puts_nobody_in_doubt() -> None:
    trail = Trail()
    trail.call(actor=MALLORY, session="s")
    alert = {"tag": "watch:rule:alert", "at": NOW.isoformat(), "tenant": "bank", "reason": "x"}
    trail.taking.take(alert, "1-9")
    trail.say("watch:rule:alert", person=MALLORY, reason="snooping")
    trail.say("watch:rule:alert", person=MALLORY, reason="harvesting")
    assert just(trail).suspect == ("harvesting", "snooping")


def test_they_are_told_in_the_order_in_which_they_began() -> None:
    trail = Trail()
    for seconds, person, operation in (
        *((60, "9" * 24, "b"), (60, None, "b"), (60, "1" * 24, "b"), (60, ALICE, "a")),
        (30, ALICE, "z"),
    ):
        trail.call(seconds=seconds, person=person, actor=TESS, operation=operation)
    told = [(one.key.operation, (one.key.person or "-")[0]) for one in trail.found()]
    assert told == [("z", "a"), ("a", "a"), ("b", "-"), ("b", "1"), ("b", "9")]
