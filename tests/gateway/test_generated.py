"""Requests that are generated from the description: schemathesis finds nothing.

In a file of its own, which `make test-quick` leaves out as a whole: the cases of each call are
made while tests are collected, whether they run or not.
"""

from __future__ import annotations

from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, settings

from gateway.cookies import NAME
from gateway.rates import RateLimits
from security.model import MAX_TEXT
from security.plain_text import normalise
from tests.gateway.conftest import Gateway
from tests.gateway.described import MANY, described
from tests.gateway.fakes import SESSION
from tests.support.generated import unsent

SAID_BY_SECURITY = {"unknown_tenant", "unknown_choice", "unknown_method"}

every_call = described(Gateway(limits=RateLimits(MANY)))


@every_call.auth()
class HeldSession:
    """Presents the one session that there is."""

    def get(self, case: schemathesis.Case, context: schemathesis.AuthContext) -> str:
        return SESSION

    def set(self, case: schemathesis.Case, data: str, context: schemathesis.AuthContext) -> None:
        case.cookies[NAME] = data


def has_a_reason(body: object, problem: dict[str, Any]) -> bool:
    """Tell whether data that keeps to the schema was refused for what no schema can say."""
    if problem["code"] in SAID_BY_SECURITY:
        return True
    if not isinstance(body, dict) or problem.get("field") != "text":
        return False
    return not 1 <= len(normalise(body["text"])) <= MAX_TEXT


@pytest.mark.slow
@every_call.parametrize()
@settings(deadline=None, suppress_health_check=list(HealthCheck))
def test_no_request_finds_an_answer_that_is_not_described(case: schemathesis.Case) -> None:
    """GH-9: honest and hostile requests to every call: no 5xx, no undocumented answer."""
    response = case.call()
    case.validate_response(response, excluded_checks=unsent(case, str(response.request.url)))
    if response.status_code == 422 and case.meta.generation.mode.is_positive:
        assert has_a_reason(case.body, response.json())
