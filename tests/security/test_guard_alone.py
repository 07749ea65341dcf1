"""The guard by itself: what it asks of its store, in which order, and what it leaves behind."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import cast

import pytest

from security.errors import Refused
from security.guard_records import Ask
from security.ports import Case, GuardStore, Waiting
from tests.security.guard_bench import ALLOW, DENY, HERE, READ, Bench
from tests.security.test_checks import CARL, NOW
from tests.security.test_writes import DOCUMENT

CANCEL, HELP = "orders.cancel_order", "orders.assist_list_orders"
ASK = Ask(READ, {}, "action")


async def test_what_is_allowed_is_on_the_trail_before_it_is_called() -> None:
    """ASVS 16.3.2."""
    bench = Bench()
    assert (await bench.guard().invoke("ticket", ASK)).result == "result"
    assert bench.log == [
        ("token", READ, None),
        ("call", READ, "1-1", None),
        ("with", None, None),
    ]
    [event] = bench.events
    assert (event.tag.value, event.token, event.reason) == (ALLOW, "token-id", None)
    assert bench.rated == [("alice", READ)]


async def test_a_write_that_nobody_approves_is_called_under_the_key_that_it_began_with() -> None:
    bench = Bench(case=replace(HERE, person=replace(CARL, tenant="bank")))
    await bench.guard().invoke("ticket", Ask(CANCEL, {"number": "AC-10497"}, "action"))
    begun = Waiting("begun", CANCEL, {"number": "AC-10497"}, "action")
    assert bench.log[:2] == [("token", CANCEL, "begun"), ("call", CANCEL, "1-1", begun)]


async def test_a_document_leaves_a_link_and_calls_nothing() -> None:
    person = replace(CARL, roles=("employee",))
    bench = Bench(case=replace(HERE, person=person))
    ask = Ask(DOCUMENT.name, {"document": f"doc_{'A' * 22}"}, "action")
    assert (await bench.guard().invoke("ticket", ask)).result == {}
    assert bench.log == [("link", DOCUMENT.name)]
    assert bench.said() == [("operation:document:link", None)]


async def test_for_whom_somebody_acts_is_found_by_name() -> None:
    agent = replace(HERE.person, roles=("support_agent",))  # type: ignore[type-var]
    bench = Bench(case=replace(HERE, person=agent))
    await bench.guard().invoke("ticket", Ask(HELP, {"customer": "carl"}, "action"))
    assert bench.log[-1] == ("with", None, CARL)


async def test_a_ticket_of_no_turn_is_refused_and_says_whose_it_was() -> None:
    bench = Bench(case=None)
    for asked in (bench.guard().invoke("ticket", ASK), bench.guard().resume("ticket")):
        with pytest.raises(Refused, match="turn_over"):
            await asked
    assert bench.said() == [(DENY, "ticket_over")] * 2
    assert bench.events[0].turn == "turn"


async def test_nothing_is_done_while_the_trail_is_closed() -> None:
    """ASVS 16.5.3."""
    bench = Bench(claimed=Waiting("w", READ, {}, "action"))
    bench.trail.closed = True
    guard = bench.guard()
    for asked in (guard.invoke("ticket", ASK), guard.resume("ticket")):
        with pytest.raises(Refused, match="security_unavailable"):
            await asked
    with pytest.raises(Refused, match="security_unavailable"):
        guard.checked(cast("GuardStore", bench), HERE, ASK)
    assert (bench.log, bench.events) == ([], [])


def refused(bench: Bench, ask: Ask, case: Case = HERE, keep: bool = True) -> Refused:
    """Return how an operation was refused."""
    with pytest.raises(Refused) as why:
        bench.guard().checked(cast("GuardStore", bench), case, ask, keep)
    return why.value


def test_what_a_proof_could_release_is_kept_for_it() -> None:
    """RFC 9470: with the terms; nothing is kept where nobody comes back for it."""
    old = replace(HERE, proved_at=NOW - timedelta(hours=1))
    bench = Bench()
    why = refused(bench, replace(ASK, arguments={}), old)
    assert (why.code, why.details["acr_values"], why.details["max_age"]) == (
        "step_up_required",
        "aal2",
        900,
    )
    assert bench.log == [("keep", READ, {}, "action", "step_up_required", NOW, None)]
    assert bench.said() == [(DENY, "proof_too_old")]
    assert refused(Bench(), ASK, old, keep=False).code == "step_up_required"
    for changes in ({"keep": False}, {}):
        silent = Bench(provable=bool(changes))
        refused(silent, ASK, old, **changes)
        assert silent.log == []


def test_what_no_proof_changes_has_no_terms_and_is_not_kept() -> None:
    bench = Bench()
    why = refused(bench, Ask("banking.list_recent_transactions", {"limit": 0}, "action"))
    assert (why.code, why.details) == ("invalid_arguments", {"field": "limit"})
    why = refused(bench, Ask("banking.burn", {}, "action"))
    assert (why.code, why.details) == ("forbidden", {})
    assert bench.said() == [(DENY, "arguments"), (DENY, "undeclared_operation")]
    assert bench.log == []


def test_a_check_that_cannot_be_made_denies() -> None:
    """ASVS 16.5.3: whatever it fails with."""
    bench = Bench(access=None)
    assert refused(bench, ASK).code == "security_unavailable"
    assert bench.said() == [(DENY, "check_failed")]


def test_a_guard_of_another_pace_is_the_same_guard() -> None:
    """ASVS 2.4.1: and the first one keeps its own."""
    bench = Bench(rate=False)
    guard = bench.guard()
    store = cast("GuardStore", bench)
    assert guard.paced(lambda _who, _operation: True).checked(store, HERE, ASK).name == READ
    with pytest.raises(Refused, match="rate_limited"):
        guard.checked(store, HERE, ASK)
    assert bench.said() == [(DENY, "rate")]


@pytest.mark.parametrize("provable", [True, False])
def test_what_a_frame_cannot_open_is_kept_for_whoever_can_prove_it(provable: bool) -> None:
    """The full page goes on with it; for nobody else would it lie there."""
    framed = replace(HERE, channel="embed", assurance="aal1")
    bench = Bench(provable=provable)
    assert refused(bench, ASK, framed).code == "full_page_required"
    kept = ("keep", READ, {}, "action", "full_page_required", NOW, None)
    assert bench.log == ([kept] if provable else [])


@pytest.mark.parametrize(
    ("kind", "marks"), [("healthcare.own_record", True), (READ, False)], ids=str
)
def test_a_turn_that_may_tell_of_something_sensitive_is_marked(kind: str, marks: bool) -> None:
    purpose = "own_access" if marks else None
    role = "patient" if marks else "customer"
    case = replace(HERE, person=replace(CARL, roles=(role,)))
    bench = Bench()
    store = cast("GuardStore", bench)
    bench.guard().checked(store, case, Ask(kind, {}, "action", purpose=purpose))
    assert bench.log == ([("sensitive", "turn")] if marks else [])
