"""Each of the guard's questions by itself, at its boundaries."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from security import checks
from security.access import Access, ApprovalFact, Facts
from security.checks import Denial, Question, facts_of
from security.operations.confirmation import Limit
from security.policy import Verdict
from security.ports import Approval, Case, Person
from security.server import read_access
from security.sessions import Limits, SessionState
from tests.security.policies import DECLARED
from tests.security.world import PROJECT

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
SECOND, TICK = timedelta(seconds=1), timedelta(microseconds=1)
ALICE = Person("alice", "bank", ("customer",), False)
CARL = Person("carl", "bank", ("customer",), False)
CASE = Case(
    turn_id="turn",
    resume=False,
    conversation_id="conversation",
    session_id="session",
    session=SessionState(NOW, NOW, None, Limits(900, 3_600)),
    assurance="aal2",
    proved_at=NOW,
    person=ALICE,
    tenant_apis=frozenset({"banking", "orders"}),
    session_tenant="bank",
    sms_limit=Limit(Decimal(30), "EUR"),
)
OPEN, PLAIN = DECLARED["it.reset_password"], DECLARED["banking.list_bills"]
PERSONAL, BINDING = DECLARED["banking.list_accounts"], DECLARED["banking.make_transfer"]
HELPING, CANCEL = DECLARED["orders.assist_list_orders"], DECLARED["orders.cancel_order"]
PIN, OWN = DECLARED["banking.change_pin"], DECLARED["account.list_accesses"]
TREATING = DECLARED["healthcare.patient_record"]
ANNA = {"amount": "10.00", "currency": "EUR"}
APPROVED = Approval("digest", "totp", NOW)


@pytest.fixture(scope="module")
def access() -> Access:
    return read_access(PROJECT, DECLARED)


class Says:
    """Policies that say what a test wants to hear, and what they were asked."""

    def __init__(self, allows: Verdict, may: Verdict = Verdict(False)) -> None:  # noqa: B008
        self._allows, self._may = allows, may
        self.asked: list[Facts] = []

    def allows(self, _operation: Any, facts: Facts) -> Verdict:
        self.asked.append(facts)
        return self._allows

    def may(self, _operation: Any, facts: Facts) -> Verdict:
        self.asked.append(facts)
        return self._may


def question(operation: Any = PERSONAL, case: Case = CASE, **more: Any) -> Question:
    given = {"arguments": {}, "now": NOW, "access": Says(Verdict(False)), "digest": "digest"}
    return Question(case, operation, **{**given, **more})


def of(**changes: Any) -> Case:
    return replace(CASE, **changes)


# 2 and 3: session and person


@pytest.mark.parametrize("late", [-TICK, timedelta(0), TICK])
def test_a_session_ends_at_its_idle_limit(late: timedelta) -> None:
    """ASVS 7.3.1."""
    denial = checks.session_is_live(question(now=NOW + timedelta(seconds=900) + late))
    assert denial == (None if late < timedelta(0) else Denial("session_expired", "session_over"))


DISABLED = replace(ALICE, disabled=True)
PEOPLE = {
    "somebody": (PERSONAL, CASE, None),
    "nobody": (PERSONAL, of(person=None), Denial("authentication_required", "anonymous")),
    "nobody in a frame": (
        PERSONAL,
        of(person=None, channel="embed"),
        Denial("full_page_required", "anonymous"),
    ),
    "nobody by text message": (
        PERSONAL,
        of(person=None, channel="sms"),
        Denial("authentication_required", "anonymous"),
    ),
    "nobody, for what is open": (OPEN, of(person=None), None),
    "somebody disabled": (
        PERSONAL,
        of(person=DISABLED),
        Denial("session_expired", "person_disabled"),
    ),
    "somebody disabled, for what is open": (
        OPEN,
        of(person=DISABLED),
        Denial("session_expired", "person_disabled"),
    ),
}


@pytest.mark.parametrize(("operation", "case", "denial"), PEOPLE.values(), ids=PEOPLE)
def test_whoever_asks_is_known(operation: Any, case: Case, denial: Denial | None) -> None:
    """ASVS 8.2.1, 7.4.2."""
    assert checks.person_is_known(question(operation, case)) == denial


UNKNOWN = Denial("consent_required", "unknown_subject")
WRONG = Denial("consent_required", "wrong_subject")
SUBJECTS = {
    "for oneself, what is for oneself": (PERSONAL, CASE, None),
    "for somebody of the tenant": (HELPING, of(subject=CARL), None),
    "for nobody": (HELPING, CASE, UNKNOWN),
    "for somebody disabled": (HELPING, of(subject=replace(CARL, disabled=True)), UNKNOWN),
    "for somebody of another tenant": (HELPING, of(subject=replace(CARL, tenant="shop")), WRONG),
    "for oneself, what is for others": (HELPING, of(subject=ALICE), WRONG),
    "by nobody": (HELPING, of(subject=CARL, person=None), WRONG),
}


@pytest.mark.parametrize(("operation", "case", "denial"), SUBJECTS.values(), ids=SUBJECTS)
def test_who_is_acted_for_is_somebody_else_of_the_same_tenant(
    operation: Any, case: Case, denial: Denial | None
) -> None:
    """ASVS 8.2.2, 8.4.1."""
    assert checks.somebody_is_acted_for(question(operation, case)) == denial


# 4, 5 and 9: tenant and policy


def test_a_tenant_uses_an_api_or_does_not() -> None:
    """ASVS 8.4.1; what security answers itself is everybody's."""
    elsewhere = of(tenant_apis=frozenset({"orders"}))
    assert checks.tenant_offers_the_api(question()) is None
    assert checks.tenant_offers_the_api(question(OWN, elsewhere)) is None
    denial = checks.tenant_offers_the_api(question(case=elsewhere))
    assert denial == Denial("forbidden", "api_not_of_tenant")


YES, NO, RULED = Verdict(True), Verdict(False), Verdict(False, ("a", "b"))


@pytest.mark.parametrize(
    ("allows", "may", "role", "policy"),
    [
        (YES, NO, None, None),
        (RULED, YES, None, Denial("forbidden", "policy:a:b")),
        (RULED, NO, Denial("forbidden", "policy"), Denial("forbidden", "policy:a:b")),
        (NO, RULED, Denial("forbidden", "policy:a:b"), Denial("forbidden", "policy")),
    ],
)
def test_the_role_is_asked_of_one_reading_and_the_whole_of_the_other(
    allows: Verdict, may: Verdict, role: Denial | None, policy: Denial | None
) -> None:
    """ASVS 8.2.1: what a proof can mend keeps nobody from being asked for it."""
    assert checks.role_may(question(access=Says(allows, may))) == role
    assert checks.policy_allows(question(access=Says(allows, may))) == policy


def test_policies_are_told_facts_and_whole_seconds() -> None:
    """Rounded down: a microsecond short of a limit, or of now, stays short of it."""
    case = of(proved_at=NOW - 10 * SECOND + TICK, email_proved_at=NOW + TICK, channel="sms")
    approval = Approval("digest", "sms", NOW - SECOND)
    asked = question(
        BINDING, case, arguments={**ANNA, "amount": "30.00"}, approval=approval, purpose="why"
    )
    fact = ApprovalFact(method="sms", age=1, exact=True, small=True)
    told = facts_of(asked)
    assert told == Facts(
        "bank", ("customer",), "bank", "sms", "aal2", 9, -1, approval=fact, purpose="why"
    )
    assert facts_of(question(BINDING, case, approval=approval, digest="x")).approval == replace(
        fact, exact=False, small=False
    )
    assert facts_of(question(PERSONAL, case, approval=approval)).approval == replace(
        fact, small=False
    )
    nobody = facts_of(question(case=of(person=None, proved_at=None)))
    assert nobody == Facts(None, (), "bank", "web", "aal2")


# 6: assurance

WEAK = Denial("step_up_required", "assurance_too_low")
OLD = Denial("step_up_required", "proof_too_old")
FRAMED = Denial("full_page_required", "embedded")
QUARTER = timedelta(minutes=15)
EMAILED = {"assurance": "aal1", "proved_at": None, "email_proved_at": NOW}
STRENGTHS = {
    "strong and fresh": (PERSONAL, {}, None),
    "too weak": (PERSONAL, {"assurance": "aal1"}, WEAK),
    "nothing proved": (PLAIN, {"assurance": "none", "proved_at": None}, WEAK),
    "plain, proved long ago": (PLAIN, {"proved_at": NOW - 40 * QUARTER}, None),
    "a quarter of an hour, less a moment": (PERSONAL, {"proved_at": NOW - QUARTER + TICK}, None),
    "a quarter of an hour": (PERSONAL, {"proved_at": NOW - QUARTER}, OLD),
    "never": (PERSONAL, {"proved_at": None}, OLD),
    "to be approved": (BINDING, {"assurance": "aal1", "proved_at": None}, None),
    "by email": (CANCEL, EMAILED, None),
    "by email, for what does not take it": (PERSONAL, EMAILED, WEAK),
    "in a frame, what needs a proof": (PERSONAL, {"channel": "embed"}, FRAMED),
    "in a frame, what is approved": (BINDING, {"channel": "embed"}, FRAMED),
    "in a frame, what is plain": (PLAIN, {"channel": "embed", "assurance": "aal1"}, None),
}


@pytest.mark.parametrize(("operation", "changes", "denial"), STRENGTHS.values(), ids=STRENGTHS)
def test_a_proof_is_strong_and_fresh_enough(
    operation: Any, changes: dict[str, Any], denial: Denial | None
) -> None:
    """ASVS 6.3.4, RFC 9470."""
    assert checks.assurance_is_enough(question(operation, of(**changes))) == denial


def test_an_approval_does_not_make_a_session_stronger() -> None:
    approved = question(BINDING, of(assurance="aal1"), approval=APPROVED)
    assert checks.assurance_is_enough(approved) == WEAK


# 7 and 8: arguments and approval


def test_what_is_typed_in_the_panel_comes_from_nobody_else() -> None:
    """ASVS 2.2.1: the first of them is named."""
    card = {"account": "a1", "last_four": "1234"}
    for brought in ({"new_pin": "1234"}, {"new_pin": "1234", "salt": "x"}):
        denial = checks.arguments_are_valid(question(PIN, arguments={**card, **brought}))
        assert denial == Denial("invalid_arguments", "entry_of_a_caller", field="new_pin")
    missing = checks.arguments_are_valid(question(BINDING))
    assert missing is not None
    assert (missing.code, missing.reason) == ("invalid_arguments", "arguments")
    assert missing.field in DECLARED[BINDING.name].endpoint.argument_names
    assert checks.arguments_are_valid(question(PERSONAL)) is None


LIFE = timedelta(seconds=60)
SMALL, LARGE = {**ANNA, "amount": "30.00"}, {**ANNA, "amount": "30.01"}
APPROVALS: dict[str, tuple[Any, dict[str, Any], Approval | None, str | None]] = {
    "what needs none": (PERSONAL, {}, None, None),
    "none": (BINDING, SMALL, None, "not_confirmed"),
    "of this": (BINDING, LARGE, APPROVED, None),
    "of something else": (BINDING, SMALL, replace(APPROVED, digest="other"), "other_arguments"),
    "by text message, up to the limit": (BINDING, SMALL, replace(APPROVED, method="sms"), None),
    "by text message, above it": (
        BINDING,
        LARGE,
        replace(APPROVED, method="sms"),
        "method_too_weak",
    ),
    "by email": (BINDING, SMALL, replace(APPROVED, method="email"), "method_too_weak"),
    "a minute ago, less a moment": (BINDING, SMALL, replace(APPROVED, at=NOW - LIFE + TICK), None),
    "a minute ago": (BINDING, SMALL, replace(APPROVED, at=NOW - LIFE), "confirmation_too_old"),
}


@pytest.mark.parametrize(
    ("operation", "arguments", "approval", "reason"), APPROVALS.values(), ids=APPROVALS
)
def test_an_approval_is_of_this_and_of_now_by_a_method_that_may(
    operation: Any, arguments: dict[str, Any], approval: Approval | None, reason: str | None
) -> None:
    """ASVS 7.5.3, PSD2 RTS 5."""
    denial = checks.approval_is_bound(question(operation, arguments=arguments, approval=approval))
    assert denial == (Denial("confirmation_required", reason) if reason else None)


@pytest.mark.parametrize(
    ("operation", "purpose", "named"),
    [
        (TREATING, "treatment", True),
        (TREATING, None, False),
        (TREATING, "billing", False),
        (PERSONAL, None, True),
        (PERSONAL, "treatment", False),
    ],
)
def test_a_purpose_is_one_of_the_operations(
    operation: Any, purpose: str | None, named: bool
) -> None:
    denial = checks.purpose_is_named(question(operation, purpose=purpose))
    assert denial == (None if named else Denial("invalid_arguments", "purpose", field="purpose"))
