"""What somebody may go to a provider for, and how fresh the proof has to be that comes back."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.orm import Session

from security.adapters.prepared import by_column
from security.adapters.provider_client import ProviderClient
from security.adapters.tables import ChallengeRow, PersonRow, SessionRow
from security.adapters.tenancy import change_tenant
from security.core import Core
from security.errors import Refused
from security.services import change_rows, identities
from security.services.challenges import OPEN
from security.services.change_rows import CONFIRM, Signed
from security.services.factors import is_off, usable_methods
from security.services.sessions import is_open_to
from security.services.sso_flows import Aim, refused
from security.sso.provider import Provider
from security.sso.requests import Wish

_ANEW = Wish(max_age=0)


@dataclass(frozen=True)
class Asked:
    """A wish to go to a provider: to sign in, or about one challenge, one change, or oneself."""

    tenant: str
    provider: str | None = None
    challenge: str | None = None
    change: str | None = None
    reauthenticate: bool = False


def chosen(core: Core, asked: Asked) -> ProviderClient:
    """Return the provider that is meant; the tenant's one where none is named.

    Raises `Refused("unknown_provider")`.
    """
    there = core.providers.of(asked.tenant)
    named = [p for p in there if asked.provider in (None, p.id)]
    client = core.providers.find(named[0].id) if len(named) == 1 else None
    if client is None:
        raise Refused("unknown_provider")
    return client


def allowed(
    core: Core,
    store: Session,
    session: SessionRow,
    person: PersonRow | None,
    provider: Provider,
    asked: Asked,
) -> tuple[Aim, Wish]:
    """Return what it is for, and what is asked of the provider. Raises `Refused`."""
    change_tenant(store, provider.tenant, "who signs in says where")
    if not is_open_to(store, provider.tenant):
        raise Refused("unknown_provider")
    if is_off(store, provider.tenant, identities.METHOD):
        raise refused(core, store, session, provider, core.clock(), "method_off", "method_off")
    if asked.challenge is not None:
        return _step_up(core, store, session, provider, asked.challenge), Wish(0, True)
    if asked.change is not None:
        return _link(core, store, session, person, provider, asked.change), _ANEW
    if asked.reauthenticate:
        return _reauthenticate(core, store, session, person, provider), _ANEW
    hours = core.settings.session_absolute_hours
    return Aim("sign_in"), Wish(max_age=hours * 3_600)


def _step_up(
    core: Core, store: Session, session: SessionRow, provider: Provider, challenge_id: str
) -> Aim:
    row = by_column(store, ChallengeRow, lock=True, id=challenge_id)
    if row is None or row.session_id != session.id:
        raise refused(core, store, session, provider, core.clock(), "foreign", "unknown_challenge")
    if row.state != OPEN or core.clock() >= row.expires_at:
        raise Refused("expired")
    usable = usable_methods(core, store, row.person_id, row.allows)
    there = identities.for_step_up(core, store, row.person_id)
    if row.purpose != "step_up" or identities.METHOD not in usable or provider not in there:
        raise refused(core, store, session, provider, core.clock(), "no_such_way", "unknown_method")
    row.method, row.code_hash, row.message_id = identities.METHOD, None, None
    return Aim("step_up", row.id)


def _link(
    core: Core,
    store: Session,
    session: SessionRow,
    person: PersonRow | None,
    provider: Provider,
    ref: str,
) -> Aim:
    who = _signed(core, session, person)
    row = change_rows.find(core, store, who, ref, CONFIRM)
    meant = change_rows.open_asked(core, store, who, row)
    if meant.kind != "sso" or meant.payload["provider"] != provider.id:
        raise change_rows.refused(core, store, who, "unknown_change", row, why="another_provider")
    return Aim("link", row.id)


def _reauthenticate(
    core: Core, store: Session, session: SessionRow, person: PersonRow | None, provider: Provider
) -> Aim:
    who = _signed(core, session, person)
    theirs = [p for _, p in identities.of_person(core, store, who.person.id)]
    if provider not in theirs or not identities.has_no_password(who.person):
        raise refused(
            core, store, session, provider, core.clock(), "has_a_password", "unknown_method"
        )
    return Aim("reauthenticate")


def _signed(core: Core, session: SessionRow, person: PersonRow | None) -> Signed:
    if person is None:
        raise Refused("authentication_required")
    return Signed(session, person, core.clock())
