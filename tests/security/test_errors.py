"""Refusals as they travel: stable codes, sentences that give nothing away, unknown ones denied."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from security.errors import KINDS, Refused, refusal_of

# What gateway, actions and page rely on; a code may be added, none may change.
STATUS = {
    "unknown_caller": 401,
    "invalid_request": 422,
    "invalid_arguments": 422,
    "not_found": 404,
    "rate_limited": 429,
    "session_expired": 401,
    "csrf_failed": 403,
    "unknown_tenant": 422,
    "invalid_credentials": 401,
    "unknown_challenge": 404,
    "unknown_method": 422,
    "wrong_code": 401,
    "expired": 410,
    "locked": 429,
    "unknown_choice": 422,
    "in_progress": 409,
    "turn_over": 401,
    "authentication_required": 401,
    "step_up_required": 401,
    "forbidden": 403,
    "nothing_pending": 409,
    "api_unavailable": 502,
    "api_invalid": 502,
    "security_unavailable": 503,
}


def test_codes_and_statuses_are_stable() -> None:
    """The contract: errors have a stable `code`."""
    assert {code: KINDS[code].status for code in STATUS} == STATUS


@pytest.mark.parametrize("code", KINDS)
def test_every_refusal_says_what_to_do_next(code: str) -> None:
    """ASVS 16.5.1: a sentence for a person, without a word of the machinery."""
    sentence = KINDS[code].sentence
    assert sentence.endswith(".")
    assert "_" not in sentence
    for word in ("SQL", "exception", "None", "guard", "policy", "database", "token"):
        assert word.lower() not in sentence.lower()


@pytest.mark.parametrize("code", KINDS)
def test_a_refusal_arrives_as_it_was_sent(code: str) -> None:
    """RFC 9457."""
    sent = Refused(code, attempts_left=3, field="limit")
    problem = json.loads(json.dumps(sent.problem()))
    assert problem["status"] == KINDS[code].status
    assert problem["title"] == KINDS[code].sentence
    received = refusal_of(problem)
    assert (received.code, received.details) == (code, {"attempts_left": 3, "field": "limit"})


def test_an_undeclared_code_cannot_be_raised() -> None:
    with pytest.raises(ValueError, match="undeclared"):
        Refused("whatever")


@pytest.mark.parametrize("code", [None, "", "whatever", 5, True, ["forbidden"], {"a": 1}])
def test_a_problem_without_a_known_code_is_security_unavailable(code: object) -> None:
    """ASVS 16.5.3: fail closed."""
    assert refusal_of({"code": code, "status": 200}).code == "security_unavailable"
    assert refusal_of({}).code == "security_unavailable"


@given(st.dictionaries(st.text() | st.sampled_from(["self", "code", "details", "args"]), st.text()))
def test_no_problem_document_breaks_who_reads_it(problem: dict[str, str]) -> None:
    """ASVS 16.5.3: also where it holds names that mean something in Python."""
    assert refusal_of({**problem, "code": "forbidden"}).code == "forbidden"
