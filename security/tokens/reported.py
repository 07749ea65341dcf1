"""What an API reports of a token that it refused: a signed event, believed by its secret alone."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from joserfc.jwk import OctKey

from security.tokens.compact import Unreadable, read

PATH = "/security-events"
KIND = "secevent+jwt"
EVENT = "urn:gatehouse:event:token-refused"
SIGNED_BY = "HS256"
LEAST_SECRET = 43

OTHER = "other"
REPLAYS = frozenset({"proof_used_before", "token_used_before"})
"""Something was presented a second time."""
REASONS = REPLAYS | {
    *("no_token", "another_scheme", "malformed", "wrong_algorithm", "wrong_type", "no_json"),
    *("no_object", "unexpected_header", "unknown_key", "badsignatureerror", "missing_claim"),
    *("wrong_issuer_or_audience", "expired_or_not_yet_valid", "not_yet_valid", "no_actor"),
    *("bound_to_no_key", "wrong_scope", "no_proof", "proof_of_another_key"),
    *(
        "proof_of_another_request",
        "proof_for_another_token",
        "proof_for_a_token_where_there_is_none",
    ),
    *("proof_too_old_or_from_the_future", "no_usable_id", "authentication_too_weak"),
    *("authentication_too_old", "another_chain_of_actors", "token_for_another_request"),
    *("malformed_purpose", "time_out_of_range", "times_are_whole_seconds", "no_ed25519_key"),
    *("a_claim_of_another_type", "authorization_details_of_another_form", "no_plain_public_key"),
    *("methods_of_another_form", "a_chain_of_actors_of_another_form", "reports_lost"),
}
"""The reasons that may stand on the trail; any other one is `other` there."""

_ID = re.compile(r"[A-Za-z0-9_-]{16,64}", re.ASCII)
_SCOPE = re.compile(r"[a-z]+(?:[_.:][a-z]+){0,7}", re.ASCII)
_NAMES = frozenset({"alg", "typ"})


@dataclass(frozen=True)
class Reported:
    """One refusal: why, at which door, and the id of the token where it was one of ours."""

    id: str
    reason: str
    scope: str | None
    token: str | None

    @property
    def is_replay(self) -> bool:
        """Tell whether something was presented a second time."""
        return self.reason in REPLAYS


def scope_of(api: str) -> str:
    """Return the scope of the token that fetches what an API reports."""
    return f"{api}:security_events:read"


def read_reported(id: str, text: object, api: str, audience: str, key: OctKey) -> Reported:
    """Return a report that this API has signed for us. Raises `Unreadable`."""
    if not isinstance(text, str) or _ID.fullmatch(id) is None:
        raise Unreadable("malformed")
    event = read(text, (KIND,), _NAMES, algorithms=(SIGNED_BY,))
    event.verify(key, SIGNED_BY)
    claims = event.claims
    named = (claims.get("iss"), claims.get("aud"), claims.get("jti"))
    if named != (f"urn:gatehouse:api:{api}", audience, id):
        raise Unreadable("for somebody else")
    events = claims.get("events")
    said = events.get(EVENT) if isinstance(events, dict) else None
    if not isinstance(said, dict):
        raise Unreadable("of another kind")
    reason = said.get("reason")
    known = reason if isinstance(reason, str) and reason in REASONS else OTHER
    return Reported(id, known, _text(said, "scope", _SCOPE), _text(said, "token", _ID))


def _text(said: Mapping[str, Any], name: str, form: re.Pattern[str]) -> str | None:
    """Return a value of a form that may stand on the trail, or None."""
    value = said.get(name)
    return value if isinstance(value, str) and form.fullmatch(value) else None
