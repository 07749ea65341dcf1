"""The guard's questions, one function each: pure, over a case and a moment."""

from __future__ import annotations

import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

from security.access import Access, ApprovalFact, Facts
from security.challenges.methods import for_approval, for_step_up
from security.emailed import email_is_enough
from security.embedding import CHANNEL as EMBEDDED
from security.embedding import FULL_PAGE, is_enough_for
from security.model import Method
from security.operations.classes import Demand
from security.operations.manifest import Operation
from security.operations.openapi import InvalidArguments
from security.pending import APPROVAL_LIFE
from security.policy import Verdict
from security.ports import Approval, Case
from security.sessions import is_fresh, is_live, reaches

ANONYMOUS = "anonymous"


@dataclass(frozen=True)
class Denial:
    """Why not: `code` is told to the caller, `reason` to the trail alone."""

    code: str
    reason: str
    field: str | None = None


@dataclass(frozen=True)
class Question:
    """What every check looks at."""

    case: Case
    operation: Operation
    arguments: Mapping[str, Any]
    now: datetime
    access: Access
    digest: str = ""
    approval: Approval | None = None
    purpose: str | None = None

    @cached_property
    def verdict(self) -> Verdict:
        """Cedar's decision, made once. Raises `PolicyFailure`."""
        return self.access.allows(self.operation, facts_of(self))


Check = Callable[[Question], Denial | None]


def session_is_live(asked: Question) -> Denial | None:
    """The session was live when the turn began; it must still be (ASVS 7.4.1)."""
    if is_live(asked.case.session, asked.now):
        return None
    return Denial("session_expired", "session_over")


def person_is_known(asked: Question) -> Denial | None:
    """Everything but the open class needs a person who signed in and is not disabled.

    Nobody signs in inside another site: that is for the full page.
    """
    person = asked.case.person
    if person is None:
        if asked.operation.kind == "open":
            return None
        framed = asked.case.channel == EMBEDDED
        return Denial(FULL_PAGE if framed else "authentication_required", ANONYMOUS)
    if person.disabled:
        return Denial("session_expired", "person_disabled")
    return None


def somebody_is_acted_for(asked: Question) -> Denial | None:
    """What is done for others is done for one of the same tenant, by name, and not for oneself.

    Whether they agree is for the API to say, which keeps their consent. That nobody is called so
    reads the same: names are not to be tried out here.
    """
    case, subject = asked.case, asked.case.subject
    if asked.operation.on_behalf_of is None:
        return None
    if subject is None or subject.disabled:
        return Denial("consent_required", "unknown_subject")
    if case.person is None or subject.tenant != case.person.tenant or subject.id == case.person.id:
        return Denial("consent_required", "wrong_subject")
    return None


def tenant_offers_the_api(asked: Question) -> Denial | None:
    """A person of a tenant that does not use this API has no business with it."""
    if asked.operation.is_own or asked.operation.api in asked.case.tenant_apis:
        return None
    return Denial("forbidden", "api_not_of_tenant")


def role_may(asked: Question) -> Denial | None:
    """Cedar permits it to the person's role, or would, were all proved that can be.

    Nobody is asked for a proof that cannot help them, nor told what it would have opened.
    """
    verdict = asked.verdict or asked.access.may(asked.operation, facts_of(asked))
    return _ruled(verdict)


def _is_in_reach(asked: Question) -> Denial | None:
    """Inside another site nothing can be proved: what needs a proof is for the full page.

    Who may not do it at all has heard so by now, and nobody is sent on for nothing.
    """
    if asked.case.channel != EMBEDDED or is_enough_for(asked.operation.demand):
        return None
    return Denial(FULL_PAGE, "embedded")


def policy_allows(asked: Question) -> Denial | None:
    """Cedar permits all of it, with what is proved by now.

    Assurance and approval have been checked above: this is a second reading of the same table,
    in another language and another file, so that a mistake in one of the two opens nothing.
    """
    return _ruled(asked.verdict)


def facts_of(asked: Question) -> Facts:
    """Return what Cedar is told: facts alone, no finding of another check."""
    case, approval, person = asked.case, asked.approval, asked.case.person
    fact = None
    if approval is not None:
        confirmation = asked.operation.confirmation
        fact = ApprovalFact(
            method=approval.method,
            age=_whole_seconds(asked.now - approval.at),
            exact=hmac.compare_digest(approval.digest, asked.digest),
            small=confirmation is not None
            and confirmation.is_small(asked.arguments, case.sms_limit),
        )
    return Facts(
        tenant=person.tenant if person else None,
        roles=person.roles if person else (),
        session_tenant=case.session_tenant,
        channel=case.channel,
        assurance=case.assurance,
        proof_age=_whole_seconds(asked.now - case.proved_at) if case.proved_at else None,
        email_age=_whole_seconds(asked.now - case.email_proved_at)
        if case.email_proved_at
        else None,
        approval=fact,
        purpose=asked.purpose,
    )


def _whole_seconds(age: timedelta) -> int:
    """Round down: what is a microsecond short of a limit, or of now, stays so."""
    return age // timedelta(seconds=1)


def _ruled(verdict: Verdict) -> Denial | None:
    """The trail names the policies that forbid; nothing beside `policy`: nothing permits."""
    if verdict:
        return None
    return Denial("forbidden", ":".join(("policy", *verdict.policies)))


def assurance_is_enough(asked: Question) -> Denial | None:
    """The proof must be strong and recent enough for the operation's class (RFC 9470)."""
    demand, case = asked.operation.demand, asked.case
    if denial := _is_in_reach(asked):
        return denial
    if demand.confirmation and asked.approval is None:
        return None  # The confirmation, asked for below, is a proof of the same strength.
    if email_is_enough(case, asked.operation, asked.now):
        return None
    if not reaches(case.assurance, demand.assurance):
        return Denial("step_up_required", "assurance_too_low")
    if not is_fresh(case.proved_at, demand.freshness, asked.now):
        return Denial("step_up_required", "proof_too_old")
    return None


def approval_is_bound(asked: Question) -> Denial | None:
    """The person has approved exactly this, just now, with a method that may (ASVS 7.5.3).

    What a code for 10 EUR to Anna approved can be neither 11 EUR nor Bob (PSD2 RTS 5).
    """
    approval = asked.approval
    reason = None
    if asked.operation.confirmation is None:
        return None
    if approval is None:
        reason = "not_confirmed"
    elif not hmac.compare_digest(approval.digest, asked.digest):
        reason = "other_arguments"
    elif approval.method not in approving_methods(asked, asked.case.channel):
        reason = "method_too_weak"
    elif not is_fresh(approval.at, APPROVAL_LIFE, asked.now):
        reason = "confirmation_too_old"
    return Denial("confirmation_required", reason) if reason else None


def purpose_is_named(asked: Question) -> Denial | None:
    """What serves several purposes is asked for with one of them, which the trail will name."""
    named, purpose = asked.operation.purposes, asked.purpose
    if purpose in named or (purpose is None and not named):
        return None
    return Denial("invalid_arguments", "purpose", field="purpose")


def terms_of(demand: Demand) -> dict[str, str | int]:
    """Return what would be enough, in the terms of RFC 9470 section 3.

    `acr_values` is the least level. `max_age` is the age in whole seconds at which the proof is
    too old; 0 where every time is a time of its own, absent where the session's proof will do.
    """
    terms: dict[str, str | int] = {
        "error": "insufficient_user_authentication",
        "acr_values": demand.assurance,
    }
    if demand.confirmation:
        terms["max_age"] = 0
    elif demand.freshness is not None:
        terms["max_age"] = int(demand.freshness.total_seconds())
    return terms


def proving_methods(asked: Question, channel: str) -> list[Method]:
    """Return the methods that would prove enough for this operation on a channel."""
    operation = asked.operation
    return for_step_up(operation.demand.assurance, channel, operation.email_code)


def approving_methods(asked: Question, channel: str) -> list[Method]:
    """Return the methods that may approve this operation with these arguments on a channel."""
    confirmation = asked.operation.confirmation
    if confirmation is None:
        return []
    small = confirmation.is_small(asked.arguments, asked.case.sms_limit)
    return for_approval(small, channel)


def arguments_are_valid(asked: Question) -> Denial | None:
    """The arguments fit the API's own document.

    What the person types in the panel is there only when they approve, and comes from nobody else.
    """
    operation = asked.operation
    brought = sorted(operation.entry_names & set(asked.arguments))
    if brought:
        return Denial("invalid_arguments", "entry_of_a_caller", field=brought[0])
    try:
        sent = {**operation.sent(asked.arguments), **operation.specimen()}
        operation.endpoint.check_arguments(sent)
    except InvalidArguments as error:
        return Denial("invalid_arguments", "arguments", field=error.field)
    return None


def rate_is_kept(allow: Callable[[str, str], bool]) -> Check:
    """Return the check that counts operations a person, or a session without one.

    `allow` is told who, and the operation's name.
    """

    def check(asked: Question) -> Denial | None:
        person = asked.case.person
        who = person.id if person else asked.case.session_id
        return None if allow(who, asked.operation.name) else Denial("rate_limited", "rate")

    return check
