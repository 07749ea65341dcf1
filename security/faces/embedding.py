"""What the gateway may ask about chats inside other sites."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from security.faces.http import Answering
from security.faces.requests import Address, Held
from security.model import Frozen
from security.services.embedding import Embedded

_Tenant = Annotated[str, Field(min_length=1, max_length=128)]


class OfTenant(Frozen):
    """Which sites may hold a tenant's chat."""

    tenant: _Tenant


class BeginEmbedded(OfTenant):
    """Begin a session in a frame."""

    address: Address
    label: Annotated[str, Field(max_length=80)] = ""


class Vouch(Held):
    """Take a host's word for who this is."""

    token: Annotated[str, Field(min_length=1, max_length=8_192, repr=False)]


def embedded_answers(embedded: Embedded) -> dict[str, Answering[Any]]:
    """Return the calls of this module by path."""
    return {
        "/embedded/hosts": Answering(OfTenant, lambda q: embedded.hosts(q.tenant)),
        "/embedded/begin": Answering(BeginEmbedded, lambda q: embedded.begin(q.tenant, q.label)),
        "/embedded/nonce": Answering(Held, lambda q: embedded.nonce(q.session_id, q.csrf_token)),
        "/embedded/vouch": Answering(
            Vouch, lambda q: embedded.vouch(q.session_id, q.csrf_token, q.token)
        ),
    }
