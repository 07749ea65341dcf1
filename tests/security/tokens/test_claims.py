"""Claims that are missing, stretched, misdirected, or of another type."""

from __future__ import annotations

import contextlib
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from security.tokens.verifier import TokenRefused, TokenVerifier
from tests.security.fakes import NOW
from tests.security.tokens.attacks import ISSUED, JSON, refusal
from tests.security.tokens.conftest import Forge, verify

CLAIMS = ("iss", "aud", "sub", "tenant", "scope", "jti", "iat", "exp", "act", "cnf", "client_id")


@pytest.mark.parametrize("name", CLAIMS)
def test_a_token_without_one_of_its_claims_is_refused(
    verifier: TokenVerifier, forge: Forge, name: str
) -> None:
    """RFC 9068 2.2."""
    claims = forge.claims
    del claims[name]
    assert refusal(verifier, forge.token(claims=claims)).error == "invalid_token"


@pytest.mark.parametrize("odd", [None, "", 0, 1, True, [], {}, [""], ["urn:gatehouse:security"]])
@pytest.mark.parametrize("name", CLAIMS)
def test_a_claim_of_another_type_is_refused(
    verifier: TokenVerifier, forge: Forge, name: str, odd: Any
) -> None:
    """RFC 9068 2.2: nothing is converted."""
    assert refusal(verifier, forge.token(**{name: odd}))


BOT = {"sub": "urn:gatehouse:bot"}
WRONG_CLAIMS: dict[str, dict[str, Any]] = {
    "another API": {"aud": "urn:gatehouse:api:healthcare"},
    "an API whose name begins alike": {"aud": "urn:gatehouse:api:banking-test"},
    "the right API in capitals": {"aud": "URN:GATEHOUSE:API:BANKING"},
    "a list of APIs": {"aud": ["urn:gatehouse:api:banking"]},
    "this API and another": {"aud": ["urn:gatehouse:api:banking", "urn:x"]},
    "every API": {"aud": "*"},
    "another issuer": {"iss": "urn:gatehouse:mallory"},
    "an issuer with a slash": {"iss": "urn:gatehouse:security/"},
    "an actor without a name": {"act": {}},
    "an actor with an empty name": {"act": {"sub": ""}},
    "an actor that is text": {"act": "urn:gatehouse:bot"},
    "an actor that is not the client": {"act": {"sub": "urn:gatehouse:mallory"}},
    "a client that is not the actor": {"client_id": "urn:gatehouse:mallory"},
    "bound to a certificate as well": {"cnf": {"jkt": "x", "x5t#S256": "y"}},
    "bound to a key of its own": {"cnf": {"jwk": {}}},
    "an actor named by a list": {"act": {"sub": ["urn:gatehouse:bot"]}},
    "an agent who is the subject": {"act": {**BOT, "act": {"sub": "pairwise-alice"}}},
    "an agent without a name": {"act": {**BOT, "act": {"sub": ""}}},
    "an agent that is text": {"act": {**BOT, "act": "pairwise-bob"}},
    "an agent of a further agent": {"act": {**BOT, "act": {"sub": "x", "act": {"sub": "y"}}}},
    "a client on its own whom another acts for": {"sub": BOT["sub"], "act": {"sub": "urn:mallory"}},
}


@pytest.mark.parametrize("changed", WRONG_CLAIMS.values(), ids=WRONG_CLAIMS)
def test_a_token_for_another_door_is_refused(
    verifier: TokenVerifier, forge: Forge, changed: dict[str, Any]
) -> None:
    """ASVS 9.2.3: one audience, one issuer; RFC 8693: an actor."""
    assert refusal(verifier, forge.token(**changed)).error == "invalid_token"


@pytest.mark.parametrize("key", ["", 7, None, ["x"], {}])
def test_a_token_that_is_bound_to_no_key_is_none_whoever_asks(
    verifier: TokenVerifier, forge: Forge, key: Any
) -> None:
    """RFC 9449 6.1: not even where nobody presents a proof with it."""
    with pytest.raises(TokenRefused):
        verifier.claims_of(forge.token(cnf={"jkt": key}), NOW)


SCOPES = {
    "another operation": "banking:transactions:read",
    "two operations": "banking:accounts:read banking:transactions:read",
    "the right one twice": "banking:accounts:read banking:accounts:read",
    "a wider one": "banking:accounts",
    "a longer one": "banking:accounts:read:all",
    "everything": "*",
    "a blank around": " banking:accounts:read",
    "capitals": "BANKING:ACCOUNTS:READ",
}


@pytest.mark.parametrize("scope", SCOPES.values(), ids=SCOPES)
def test_a_scope_opens_exactly_one_operation(
    verifier: TokenVerifier, forge: Forge, scope: str
) -> None:
    """RFC 6750 3.1: `insufficient_scope`, which is 403; one token, one operation."""
    assert refusal(verifier, forge.token(scope=scope)).error == "insufficient_scope"


TIMES = {
    "a fraction": ISSUED + 0.5,
    "a whole number with a point": float(ISSUED),
    "true": True,
    "text": str(ISSUED),
    "nothing": None,
    "a list": [ISSUED],
    "beyond the calendar": 10**18,
    "far beyond": 10**300,
    "far before": -(10**18),
    "infinity": float("inf"),
    "not a number": float("nan"),
}


@pytest.mark.parametrize("moment", TIMES.values(), ids=TIMES)
@pytest.mark.parametrize("name", ["iat", "exp"])
def test_a_time_that_is_not_a_whole_second_of_the_calendar_is_refused(
    verifier: TokenVerifier, forge: Forge, name: str, moment: Any
) -> None:
    """RFC 7519 2: a moment is a number; ours is an integer."""
    assert refusal(verifier, forge.token(**{name: moment})).error == "invalid_token"


@pytest.mark.parametrize(("late", "accepted"), [(-1, True), (0, False), (1, False)])
def test_at_its_end_a_token_is_over(
    verifier: TokenVerifier, forge: Forge, late: int, accepted: bool
) -> None:
    """RFC 7519 4.1.4: on or after `exp` it must not be accepted; without any leeway."""
    now = NOW + timedelta(seconds=30 + late)
    if accepted:
        verify(verifier, forge.token(), now)
        return
    with pytest.raises(TokenRefused):
        verify(verifier, forge.token(), now)


@pytest.mark.parametrize(("early", "accepted"), [(-1, True), (0, True), (1, False), (60, False)])
def test_a_token_of_the_future_is_refused(
    verifier: TokenVerifier, forge: Forge, early: int, accepted: bool
) -> None:
    """RFC 7519 4.1.6."""
    token = forge.token(iat=ISSUED + early, exp=ISSUED + 30)
    if accepted:
        verify(verifier, token)
    else:
        assert refusal(verifier, token)


@pytest.mark.parametrize(
    ("off", "accepted"), [(-1, True), (0, True), (1, False), ("0", False), (None, False)]
)
def test_a_token_is_good_for_nothing_before_its_time(
    verifier: TokenVerifier, forge: Forge, off: Any, accepted: bool
) -> None:
    """RFC 7519 4.1.5: ours say no `nbf`; one that does is taken at its word."""
    token = forge.token(nbf=ISSUED + off if isinstance(off, int) else off)
    if accepted:
        verify(verifier, token)
    else:
        assert refusal(verifier, token)


@pytest.mark.parametrize(
    ("life", "accepted"), [(59, True), (60, True), (61, False), (10**6, False)]
)
def test_a_token_lives_sixty_seconds_at_most(
    verifier: TokenVerifier, forge: Forge, life: int, accepted: bool
) -> None:
    """The contract: `exp` ≤ 60 s, whoever signed it."""
    token = forge.token(exp=ISSUED + life)
    if accepted:
        verify(verifier, token)
    else:
        assert refusal(verifier, token)


def test_a_token_that_ends_before_it_begins_is_refused(
    verifier: TokenVerifier, forge: Forge
) -> None:
    assert refusal(verifier, forge.token(iat=ISSUED, exp=ISSUED - 1))


@given(st.sampled_from(CLAIMS), JSON)
def test_no_claim_is_an_error(verifier: TokenVerifier, forge: Forge, name: str, value: Any) -> None:
    """Signed nonsense is refused or read as what it says."""
    with contextlib.suppress(TokenRefused):
        verify(verifier, forge.token(**{name: value}))
