"""An API that fails or lies: a clear refusal, and its outcome on the trail."""

from __future__ import annotations

from typing import Any

import pytest

from security.errors import Refused
from tests.security.fakes import ACCOUNTS
from tests.security.visitor import Visitor

API_FAILURES: dict[str, tuple[Exception, str]] = {
    "out of reach": (Refused("api_unavailable"), "api_unavailable"),
    "lying": (Refused("api_invalid"), "api_invalid"),
    "failing in a way that nobody foresaw": (RuntimeError("planted"), "api_unavailable"),
    "a missing argument": (KeyError("planted"), "api_unavailable"),
}


@pytest.mark.parametrize(("error", "code"), API_FAILURES.values(), ids=API_FAILURES)
async def test_an_api_that_fails_is_a_clear_refusal_with_its_outcome(
    alice: Visitor, error: Exception, code: str
) -> None:
    """ASVS 16.3.2, 16.5.1: intent and outcome on the trail, nothing of the error told."""
    alice.world.api.error = error
    await alice.is_refused(code)
    [intent] = alice.world.trail("operation:guard:allow")
    [outcome] = alice.world.trail("operation:api:fail")
    assert (outcome["intent"], outcome["reason"]) == (f"1-{intent['sequence']}", code)
    assert b"planted" not in b"".join(alice.world.records())


def nested(depth: int) -> Any:
    value: Any = "leaf"
    for _ in range(depth):
        value = [value]
    return value


@pytest.mark.parametrize("resumed", [False, True], ids=["at once", "resumed"])
async def test_a_result_that_cannot_be_written_is_refused_with_its_outcome(
    visitor: Visitor, resumed: bool
) -> None:
    """ASVS 16.5.3: JSON can be read more deeply than it is written; nothing is left half done."""
    visitor.world.api.answer = {"accounts": nested(300)}
    if resumed:
        await visitor.is_refused("authentication_required")
    await visitor.sign_in("alice")
    with pytest.raises(Refused):
        await (visitor.resume() if resumed else visitor.ask())
    tags = visitor.world.tags()
    assert tags.count("operation:guard:allow") == 1
    assert tags.count("operation:api:done") + tags.count("operation:api:fail") == 1
    assert ("executing",) not in visitor.world.sql("SELECT state FROM pending_operations")


async def test_after_a_failure_the_next_call_is_a_new_one(alice: Visitor) -> None:
    alice.world.api.error = Refused("api_unavailable")
    await alice.is_refused("api_unavailable")
    alice.world.api.error = None
    assert await alice.ask() == ACCOUNTS
