"""Every forged token of the verifier's tests, at the API itself: 401, and a stable code."""

from __future__ import annotations

from typing import Any

import pytest
from joserfc.jwk import OKPKey

from tests.security.tokens.conftest import HOLDER, Forge
from tests.security.tokens.test_claims import WRONG_CLAIMS
from tests.security.tokens.test_forms import SHAPES
from tests.security.tokens.test_headers import INJECTED
from tests.security.tokens.test_signatures import SIGNATURES

from .conftest import BASE_URL, NOW

FORGERIES: dict[str, Any] = {
    **{f"header: {name}": make for name, make in INJECTED.items()},
    **{f"signature: {name}": make for name, make in SIGNATURES.items()},
    **{f"form: {n}": lambda f, c=change: c(f.token()) for n, change in SHAPES.items()},
    **{f"claim: {n}": lambda f, c=changed: f.token(**c) for n, changed in WRONG_CLAIMS.items()},
}


async def _call(bank: Any, token: str) -> Any:
    # Whatever is wrong with the token, the proof that goes with it is right.
    proof = HOLDER.prove("GET", f"{BASE_URL}/bills", token if token.isascii() else "x", NOW)
    headers = [(b"Authorization", b"DPoP " + token.encode()), (b"DPoP", proof.encode())]
    return await bank.http.get("/bills", headers=headers)


@pytest.mark.parametrize("forgery", FORGERIES.values(), ids=FORGERIES)
async def test_a_forged_token_is_401_and_says_nothing(
    bank: Any, signing_key: OKPKey, forgery: Any
) -> None:
    """ASVS 9.1.2-3, 9.2.3 ★: in the manner of Wycheproof's JWS vectors and jwt_tool's list."""
    reply = await _call(bank, forgery(Forge(signing_key)))
    assert (reply.status_code, reply.json()["code"]) == (401, "invalid_token")
    assert set(reply.json()) == {"type", "title", "status", "code"}


async def test_the_same_token_unforged_is_refused_for_its_scope_alone(
    bank: Any, signing_key: OKPKey
) -> None:
    """So that the forgeries above differ from a good one by what they say."""
    reply = await _call(bank, Forge(signing_key).token())
    assert (reply.status_code, reply.json()["code"]) == (403, "insufficient_scope")
