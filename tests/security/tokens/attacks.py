"""How a token is attacked: what every one of these tests needs."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import strategies as st

from security.tokens.verifier import TokenRefused, TokenVerifier
from tests.security.fakes import NOW
from tests.security.tokens.conftest import Forge, verify

ISSUED = int(NOW.timestamp())
Forgery = Callable[[Forge], str]


def refusal(verifier: TokenVerifier, token: str) -> TokenRefused:
    """Return how the token is refused; a token that is accepted fails the test."""
    with pytest.raises(TokenRefused) as refused:
        verify(verifier, token)
    return refused.value


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=6,
)
