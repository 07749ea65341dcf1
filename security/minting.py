"""What the tokens of the bot's own calls are for: one request each, by the name known there."""

from __future__ import annotations

import hashlib
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import orjson

from security.challenges.methods import amr_of, assurance_of
from security.emailed import email_is_enough, is_proved
from security.errors import Refused
from security.guard_records import Ask
from security.operations.manifest import Operation
from security.operations.openapi import Endpoint
from security.ports import Case, Holder, Person
from security.tokens.issuer import ACTOR, AccessToken, Authentication, Grant, TokenIssuer
from security.vault.keys import KeyRing

_ALL = "urn:gatehouse:installation"
"""What a token says in a tenant's place where it is about none: no tenant is called so."""


@dataclass(frozen=True)
class Presenter:
    """Who will present a token: a client, and the thumbprint of the key it proves itself with."""

    key: str
    client: str = ACTOR


class Tokens:
    """Mints the token of one call: one API, one scope, one person by the name it knows there."""

    def __init__(self, issuer: TokenIssuer, keys: KeyRing, own: Presenter) -> None:
        self._issuer = issuer
        self._keys = keys
        self._own = own

    def for_operation(
        self, case: Case, operation: Operation, ask: Ask, key: str | None, now: datetime
    ) -> AccessToken:
        """Return the bot's token for what was asked; a write's is for this exact request.

        `key` is the write's idempotency key. Raises `Refused`: `authentication_required` where
        nobody has signed in and the class is not open, `invalid_arguments` where the arguments
        are too long for a token.
        """
        details = []
        if operation.is_write:
            sent = operation.sent(ask.arguments)
            details = [details_of(operation.api, operation.endpoint, sent, key, ask.entered)]
        grant = self._grant(case, operation, operation.scope, self._own)
        if case.subject is not None:
            grant = self._for_another(grant, case.subject)
        proved = _authentication(case, ask, operation, now)
        return self._mint(
            replace(grant, details=details, authentication=proved, purpose=ask.purpose), now
        )

    def _for_another(self, grant: Grant, subject: Person) -> Grant:
        """Who asks becomes the prior actor behind the bot (RFC 8693 section 4.1).

        `acr` and `auth_time` stay those of whoever asks: it is them who have proved something.
        """
        named = self._keys.pairwise_subject(subject.id, grant.audience)
        return replace(grant, subject=named, agent=grant.subject)

    def for_settling(
        self, holder: Holder, operation: Operation, key: str, now: datetime
    ) -> AccessToken:
        """Return a token to ask what became of a write. Raises `Refused`."""
        if operation.settle is None:
            raise Refused("api_invalid")
        details = details_of(operation.api, operation.settle.endpoint, {"key": key}, None)
        grant = self._grant(holder, operation, operation.settle.scope, self._own)
        return self._mint(replace(grant, details=[details]), now)

    def for_reports(self, audience: str, scope: str, now: datetime) -> AccessToken:
        """Return a token to ask an API which tokens it has refused: nobody's, of no tenant."""
        own = self._own
        return self._mint(Grant(own.client, _ALL, audience, scope, own.key, own.client), now)

    def for_erasure(
        self,
        whose: tuple[str, str],
        audience: str,
        scope: str,
        details: Mapping[str, Any],
        now: datetime,
    ) -> AccessToken:
        """Return a token for one API to erase one person: for this exact order.

        `whose` is tenant and pairwise name. Nobody stands behind it any more.
        """
        tenant, subject = whose
        own = self._own
        grant = Grant(subject, tenant, audience, scope, own.key, own.client)
        return self._mint(replace(grant, details=[details]), now)

    def for_client(
        self, case: Case, operation: Operation, ask: Ask, presenter: Presenter, now: datetime
    ) -> AccessToken:
        """Return a token of a read for a registered client, for this exact request."""
        details = details_of(operation.api, operation.endpoint, ask.arguments, None)
        grant = self._grant(case, operation, operation.scope, presenter)
        proved = _authentication(case, ask, operation, now)
        return self._mint(replace(grant, details=[details], authentication=proved), now)

    def _grant(
        self, holder: Holder, operation: Operation, scope: str, presenter: Presenter
    ) -> Grant:
        """Where nobody has signed in, an operation of the class open is the client's own.

        Its subject is the client itself (RFC 9068 section 2.2): nobody's, so no API finds
        anybody's objects by it. Raises `authentication_required` for any other operation.
        """
        person, tenant = holder.person, holder.tenant
        if tenant is None or (person is None and operation.kind != "open"):
            raise Refused("authentication_required")
        audience = operation.audience
        subject = self._keys.pairwise_subject(person.id, audience) if person else presenter.client
        return Grant(subject, tenant, audience, scope, presenter.key, presenter.client)

    def _mint(self, grant: Grant, now: datetime) -> AccessToken:
        try:
            return self._issuer.mint(grant, now)
        except ValueError:
            raise Refused("invalid_arguments") from None


def details_of(
    api: str,
    endpoint: Endpoint,
    arguments: Mapping[str, Any],
    key: str | None,
    entered: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """Return the authorization details of one exact request (RFC 9396 section 2).

    `identifier` is the idempotency key: changed on the way, it would make security settle, and
    void, another key than the one that was used. What was typed in the panel is not in the token,
    which only commits to it.
    """
    named: dict[str, Any] = {"type": f"{api}.{endpoint.name}", "arguments": dict(arguments)}
    if key is not None:
        named["identifier"] = key
    if entered:
        named["committed"] = commitment(entered)
    return named


def commitment(entered: Mapping[str, str]) -> str:
    """Return what binds a token to values that it does not tell.

    A digest over the values and 256 random bits, which travel with the values and nowhere else;
    without them, the few thousand PINs that there are cannot be tried out (as RFC 9901 section
    4.2 does with what an issuer does not disclose).
    """
    said = orjson.dumps(dict(entered), option=orjson.OPT_SORT_KEYS)
    return urlsafe_b64encode(hashlib.sha256(said).digest()).rstrip(b"=").decode()


def _authentication(
    case: Case, ask: Ask, operation: Operation, now: datetime
) -> Authentication | None:
    """Return how the person proved themselves; an approval is the latest and strongest proof.

    A code by email is told only where it is what the operation rests on: the API then sees both,
    that it is aal1 and that it was a code.
    """
    approval = ask.approval
    if approval is not None:
        level = assurance_of(approval.method)
        return level and Authentication(level, approval.at, amr_of(approval.method))
    if not is_proved(case, operation, now) and email_is_enough(case, operation, now):
        return Authentication("aal1", case.email_proved_at or now, amr_of("email"))
    if case.proved_at is None or case.assurance == "none":
        return None
    return Authentication(case.assurance, case.proved_at)
