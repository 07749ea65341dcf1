"""How the authorization server refuses: RFC 6749 section 5.2, 8693, 9449, 9470."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from security.errors import Refused

KINDS: Mapping[str, tuple[int, str]] = {
    "invalid_request": (400, "The request is not well formed."),
    "invalid_client": (401, "The client has not proved who it is."),
    "invalid_grant": (400, "The subject token is over, or nobody's."),
    "unauthorized_client": (400, "The client is not registered for this."),
    "unsupported_grant_type": (400, "This grant is not served here."),
    "unsupported_token_type": (400, "Tokens of this type are not served here."),
    "invalid_scope": (400, "The client is not registered for this scope."),
    "invalid_target": (400, "No token can be had for this."),
    "invalid_authorization_details": (400, "The authorization details are not acceptable."),
    "invalid_dpop_proof": (400, "A fresh proof of possession is needed."),
    "insufficient_user_authentication": (400, "The person has to prove more first."),
    "slow_down": (429, "That was a lot at once. Wait a minute."),
    "temporarily_unavailable": (503, "This cannot be checked safely right now."),
}

_MEANING = {
    "turn_over": "invalid_grant",
    "session_expired": "invalid_grant",
    "authentication_required": "invalid_grant",
    "forbidden": "invalid_target",
    "step_up_required": "insufficient_user_authentication",
    "step_up_impossible": "insufficient_user_authentication",
    "invalid_arguments": "invalid_authorization_details",
    "rate_limited": "slow_down",
    "confirmation_required": "invalid_target",
}


class OAuthError(Exception):
    """A refusal; `error` is a key of `KINDS`, `details` stand beside it in the answer."""

    def __init__(self, error: str, details: Mapping[str, Any] | None = None) -> None:
        super().__init__(error)
        self.error = error
        self.status, self.description = KINDS[error]
        self.details = dict(details or {})


def error_of(refused: Refused) -> OAuthError:
    """Return how a client is told what the guard, or a store, refused."""
    error = _MEANING.get(refused.code, "temporarily_unavailable")
    if error != "insufficient_user_authentication":
        return OAuthError(error)
    terms = {name: refused.details.get(name) for name in ("acr_values", "max_age")}
    return OAuthError(error, {name: value for name, value in terms.items() if value is not None})
