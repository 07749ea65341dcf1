"""Each rule of the table fires on what it is for, and not on what falls just short of it."""

from __future__ import annotations

from typing import Any

import pytest

from security.audit.record import Tag
from security.monitor.rules import Response
from tests.security.monitor.streams import (
    ALLOW,
    DENY,
    FAILED,
    PASSED,
    RULES,
    at,
    each,
    fired,
    later,
)

Records = list[dict[str, Any]]
HOUR, DAY = 3_600.0, 86_400.0


def _days(count: int, a_day: int, tag: str, **fields: Any) -> Records:
    """Return ordinary days of one person: so many events each."""
    return [
        record
        for day in range(count)
        for record in later(day * DAY, each(a_day, 600, tag, **fields))
    ]


def _windows(count: int, seconds: float, each_time: int, tag: str, **fields: Any) -> Records:
    return [
        record
        for number in range(count)
        for record in later(number * seconds, each(each_time, 1, tag, **fields))
    ]


_TRANSFER = {"operation": "banking.make_transfer", "who": "p", "person": "p", "session": "s"}
_VISIT = {"actor": "dr", "roles": ["clinician"], "session": "s"}
_QUERY = {"tag": "message:person:queue", "reason": "code_sms"}

FIRES: dict[str, Records] = {
    "password_spraying": each(8, 60, FAILED, origin="net", person="p#"),
    # From noon on: a window is a stretch of the clock.
    "slow_password_spraying": later(3 * HOUR, each(36, 500, FAILED, origin="net", person="p#")),
    "spread_password_spraying": _windows(6, 600, 2, FAILED, person="p#", origin="n#")
    + later(6 * 600, each(12, 10, FAILED, person="p#", origin="n#")),
    "unknown_names": each(10, 60, FAILED, origin="net"),
    "password_guessing": each(12, 100, FAILED, origin="n#", person="p"),
    "guessed_password": [*each(8, 60, FAILED, person="p"), at(500, PASSED, person="p")],
    "code_guessing": each(8, 200, "challenge:person:fail", person="p", session="s#"),
    "code_guessing_around": _windows(6, 600, 1, "challenge:person:fail", person="p#")
    + later(6 * 600, each(12, 10, "challenge:person:fail", person="p#")),
    "worn_out_by_pushes": each(2, 3_600, "challenge:device:deny", person="p", session="s#"),
    "copied_session": [at(0, "session:caller:reuse", person="p", session="s")],
    "replaced_id": each(3, 60, "session:caller:refuse", session="s", reason="replaced_by_proof"),
    "session_in_two_places": each(3, 300, PASSED, session="s", person="p", origin="n#"),
    "person_in_many_places": each(4, 1_200, PASSED, session="s#", person="p", origin="n#"),
    "forged_requests": each(5, 100, "session:caller:refuse", session="s", reason="csrf"),
    "replayed_ticket": _windows(6, 600, 1, DENY, reason="ticket_over", session="s#")
    + later(6 * 600, each(5, 10, DENY, reason="ticket_over", session="s#")),
    "kept_ticket": each(4, 199, DENY, reason="ticket_over", session="s"),
    "made_up_ticket": each(3, 299, DENY, reason="ticket"),
    "replayed_token": [at(0, "token:api:replay")],
    "forged_token": [at(0, "token:api:refuse", reason="proof_of_another_key")],
    "tokens_refused": each(10, 60, "token:api:refuse", reason="no_token"),
    "role_probing": each(6, 300, DENY, person="p", reason="policy:x", arguments="a#"),
    "tenant_probing": each(3, 60, DENY, person="p", session="s", reason="api_not_of_tenant"),
    "unknown_tenants": _windows(6, 600, 1, "session:tenant:unknown")
    + later(6 * 600, each(10, 10, "session:tenant:unknown")),
    "object_probing": each(10, 60, "operation:api:fail", person="p", reason="not_found"),
    "customer_probing": each(8, 60, DENY, session="s", reason="unknown_subject", arguments="a#"),
    "record_snooping": _days(12, 8, ALLOW, person="p#", **_VISIT)
    + later(12 * DAY, each(8, 60, ALLOW, person="q#", **_VISIT)),
    "record_watching": [
        record
        for day in range(6)
        for record in later(day * DAY, each(2, 600, ALLOW, person="p", turn="t#", **_VISIT))
    ]
    + later(6 * DAY, each(15, 60, ALLOW, person="p", turn="t#", **_VISIT)),
    "break_glass": [at(0, ALLOW, operation="healthcare.open_emergency_access", **_VISIT)],
    "break_glass_again": each(
        3, 3_600, ALLOW, operation="healthcare.open_emergency_access", person="p#", **_VISIT
    ),
    "payment_velocity": each(8, 500, ALLOW, **_TRANSFER),
    "first_payee_high_amount": [at(0, ALLOW, counterparty="x", magnitude=5, **_TRANSFER)],
    "taken_over_account": [
        at(0, "account:recovery:done", person="p"),
        at(60, ALLOW, operation="banking.add_payee", person="p"),
        at(120, ALLOW, magnitude=4, **_TRANSFER),
    ],
    "payment_splitting": each(4, 600, ALLOW, counterparty="x", magnitude=3, **_TRANSFER),
    "sms_pumping": [at(0, "sms:service:pumping", reason="codes_unanswered")],
    "text_flood": _windows(6, 600, 4, **_QUERY) + later(6 * 600, each(40, 5, **_QUERY)),
    "mass_export": each(4, 3_600, "data:person:export", person="p#", actor="admin"),
    "mass_reading": [
        record
        for hour in range(6)
        for record in later(hour * HOUR, each(8, 60, ALLOW, person="p", roles=["customer"]))
    ]
    + later(6 * HOUR, each(60, 20, ALLOW, person="p", roles=["customer"])),
    "document_harvest": each(15, 200, "operation:document:link", person="p"),
    "unusual_day": _days(6, 10, ALLOW, person="p", roles=["customer"])
    + later(6 * DAY, each(100, 600, ALLOW, person="p", roles=["customer"])),
    "sudden_denials": _windows(6, 600, 2, DENY, reason="arguments", session="s#")
    + later(6 * 600, each(25, 5, DENY, reason="arguments", session="s#")),
    "denied_again_and_again": each(15, 30, DENY, reason="arguments", session="s"),
    "no_answer_from_checks": each(5, 60, DENY, reason="check_failed", session="s#"),
    "log_gap": [at(0, "any:a:a", sequence=7), at(1, "any:a:a", sequence=9)],
    "clock_back": [at(100, "any:a:a"), at(69, "any:a:a")],
    "clock_moved": [at(0, "watch:clock:move")],
    "hostile_text": each(3, 60, "turn:text:hostile", session="s", reason="sql"),
    "forged_choices": each(6, 60, "turn:choice:refuse", session="s"),
    "forged_texts": each(10, 60, "sms:webhook:refuse"),
    "many_recoveries": _windows(6, HOUR, 2, "account:recovery:open", person="p#")
    + later(6 * HOUR, each(15, 60, "account:recovery:open", person="p#")),
    "roles_given_away": each(6, 600, "admin:user:roles", actor="admin", person="p#"),
    "clients_refused": each(12, 50, "token:client:refuse"),
    "watch_failed": [at(0, "watch:monitor:fail")],
    "erasure_late": [at(0, "data:api:late")],
    "outlet_out_of_reach": [at(0, "trail:outlet:fail")],
}


def _one_short(name: str) -> Records:
    """Return the same stream without its last record."""
    return FIRES[name][:-1]


QUIET: dict[str, Records] = {
    **{name: _one_short(name) for name in FIRES},
    "copied_session": each(9, 1, "session:caller:refuse", session="s", reason="limit_reached"),
    "replayed_token": each(9, 1, "token:client:issue", tenant="acme"),
    "forged_token": each(9, 1, "token:api:refuse", reason="expired_or_not_yet_valid"),
    "break_glass": each(9, 1, ALLOW, operation="healthcare.list_emergency_accesses", **_VISIT),
    "first_payee_high_amount": [
        at(0, ALLOW, counterparty="x", magnitude=2, **_TRANSFER),
        at(DAY, ALLOW, counterparty="x", magnitude=6, **_TRANSFER),
        at(DAY, ALLOW, counterparty="y", magnitude=4, **_TRANSFER),
    ],
    "sms_pumping": each(9, 1, "message:person:queue", reason="code_sms"),
    "log_gap": each(9, 1, "any:a:a"),
    "clock_back": [at(100, "any:a:a"), at(70, "any:a:a"), at(200, "any:a:a")],
    "clock_moved": each(9, 1, "security:process:start"),
    "watch_failed": each(9, 1, "watch:rule:alert"),
    "erasure_late": each(9, 1, "data:api:forget"),
    "outlet_out_of_reach": each(9, 1, "trail:outlet:recover"),
    # Those whose threshold lies below a stream's end: ordinary days all along.
    "payment_velocity": each(7, 500, ALLOW, **_TRANSFER),
    "slow_password_spraying": each(11, 500, FAILED, origin="net", person="p#"),
    "record_snooping": _days(9, 29, ALLOW, person="p#", **_VISIT),
    "record_watching": _days(7, 20, ALLOW, person="p", turn="t#", **_VISIT),
    "mass_reading": each(60, 80, ALLOW, person="p", roles=["customer"]),
    "unusual_day": _days(7, 79, ALLOW, person="p", roles=["customer"]),
}


def test_every_rule_of_the_table_is_here() -> None:
    assert set(FIRES) == set(RULES)


@pytest.mark.parametrize("name", sorted(FIRES))
def test_it_fires(name: str) -> None:
    """Issue 9.4: each rule has a test that fires it, and says whom, on what evidence."""
    alerts = fired(name, FIRES[name])
    assert len(alerts) == 1
    assert alerts[0].rule == name
    assert alerts[0].evidence
    assert len(alerts[0].evidence) <= 20
    assert alerts[0].responses == RULES[name].response


@pytest.mark.parametrize("name", sorted(QUIET))
def test_it_stays_quiet(name: str) -> None:
    """And one that stays quiet on what falls just short."""
    assert not fired(name, QUIET[name])


@pytest.mark.parametrize("name", sorted(RULES))
def test_it_looks_for_tags_that_are_written(name: str) -> None:
    """A rule over a tag that nothing writes would watch nothing."""
    tags = RULES[name].tags_on_trail()
    assert tags is None or tags <= {tag.value for tag in Tag}


@pytest.mark.parametrize("name", sorted(RULES))
def test_whoever_is_frozen_or_locked_is_known(name: str) -> None:
    """A response that is about a person needs a rule that is about one."""
    rule = RULES[name]
    spec = rule.correlation
    personal = spec is None or {"who", "person", "actor", "session"} & set(spec.group_by)
    needs = {Response.ASK_AGAIN, Response.LOCK_SESSION, Response.FREEZE_PERSON}
    assert personal or not needs & set(rule.response)
