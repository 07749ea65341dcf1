"""A policy engine that fails, in whatever way, denies: clearly, and on the trail."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import cedarpy
import pytest

from security import policy
from security.access import Access
from security.errors import Refused
from tests.security.visitor import Visitor


class Panic(BaseException):
    """As the engine's own panics: no `Exception`."""


def _answer(decision: str, **told: Any) -> Callable[..., cedarpy.AuthzResult]:
    return lambda *_: cedarpy.AuthzResult({"decision": decision, "diagnostics": told})


def _break(error: BaseException) -> Callable[..., None]:
    def fail(*_: object) -> None:
        raise error

    return fail


BROKEN_ENGINES: dict[str, tuple[object, str, object]] = {
    "it raises": (cedarpy, "is_authorized", _break(RuntimeError("crashed"))),
    "it panics": (cedarpy, "is_authorized", _break(Panic())),
    "it makes no decision": (cedarpy, "is_authorized", _answer("NoDecision")),
    "it allows beside an error": (cedarpy, "is_authorized", _answer("Allow", errors=["overflow"])),
    "it denies beside an error": (cedarpy, "is_authorized", _answer("Deny", errors=["overflow"])),
    "it allows for no known reason": (cedarpy, "is_authorized", _answer("Allow", reason=["p"])),
    "it answers something else": (cedarpy, "is_authorized", lambda *_: True),
    "its entities do not fit": (cedarpy.Entities, "from_json_str", _break(ValueError("schema"))),
    "it takes longer than it may": (policy, "MOST_SECONDS", -1.0),
    "all of it fails": (Access, "allows", _break(RuntimeError("crashed"))),
}


@pytest.fixture(params=BROKEN_ENGINES.values(), ids=BROKEN_ENGINES)
def break_policy(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> Callable[[], None]:
    where, name, instead = request.param
    return lambda: monkeypatch.setattr(where, name, instead, raising=False)


async def test_a_policy_engine_that_fails_denies(
    alice: Visitor, break_policy: Callable[[], None]
) -> None:
    """ASVS 16.5.3: in whatever way; with a clear message and a record; no API is called."""
    alice.world.access = None  # What others have prepared would be at hand.
    alice.world.wire(alice.world.core)
    break_policy()
    await alice.is_refused("security_unavailable")
    [denial] = alice.world.trail("operation:guard:deny")
    assert (denial["decision"], denial["reason"]) == ("deny", "check_failed")
    assert alice.world.api.calls == []


async def test_a_policy_engine_that_fails_in_a_resumption_denies(
    visitor: Visitor, break_policy: Callable[[], None]
) -> None:
    """ASVS 16.5.3: and the pending operation is not left half done."""
    visitor.world.access = None
    visitor.world.wire(visitor.world.core)
    await visitor.is_refused("authentication_required")
    await visitor.sign_in("alice")
    break_policy()
    with pytest.raises(Refused, match="security_unavailable"):
        await visitor.resume()
    assert visitor.world.sql("SELECT state FROM pending_operations") == [("failed",)]
    assert visitor.world.api.calls == []
