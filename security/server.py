"""The composition root: the only place that knows every part of security."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from sqlalchemy.orm import Session

from runtime.limits import MovingWindow
from security.access import Access
from security.adapters import audit_log
from security.adapters.api_client import ApiClient
from security.adapters.key_files import SIGNING_KEY_FILE, KeyFiles
from security.adapters.pending_store import fail_interrupted
from security.admin_parts import build_admin
from security.administration_parts import build_administrators
from security.audit.record import AuditEvent, Tag
from security.auditing_parts import build_auditors
from security.clock import Clock, utc_now
from security.core import Core
from security.database_parts import open_database
from security.demo_parts import build_demo
from security.errors import Refused
from security.faces.account import Account
from security.faces.actions import actions_face
from security.faces.gateway import gateway_face
from security.faces.http import Face
from security.faces.oauth import OAuthFace
from security.feed import Feed
from security.granting import Grants
from security.guard import Guard
from security.guard_parts import (
    build_execution,
    build_guard,
    build_issuer,
    build_tokens,
    guard_store,
    transactions,
)
from security.guard_records import Records
from security.hosts import read_hosts
from security.key_parts import Rotations
from security.limits import NameLimit
from security.links import LinkOpener
from security.operations.manifest import Operation, load_operations
from security.own import OwnApi
from security.passwords import Passwords
from security.personal_parts import Personal, build_personal
from security.ports import ApiCaller
from security.provider_parts import build_sso
from security.seed import public_passwords
from security.services.by_passkey import PasskeySignIn
from security.services.changes import Changes
from security.services.documents import Documents
from security.services.doubts import Doubts, doubt_interrupted
from security.services.embedding import Embedded
from security.services.events import Events
from security.services.factors import check_key
from security.services.oauth import AuthorizationServer
from security.services.offering import Offering
from security.services.operating import Operating
from security.services.outbox import Outbox
from security.services.own_sessions import OwnSessions
from security.services.proving import Challenges
from security.services.push_answers import Pushes
from security.services.recovery import Recovery
from security.services.sessions import Sessions
from security.services.sign_in import SignIn
from security.services.turns import Turns
from security.settings import SecuritySettings
from security.sms.provider import Provider
from security.text_parts import build_texts
from security.tokens.clients import load_clients
from security.tokens.issuer import Signer
from security.tokens.keys import PublishedKeys, load_signing_key
from security.vault_parts import open_ring


@dataclass(frozen=True)
class Faces:
    """The applications of security's listeners."""

    gateway: Face
    actions: Face
    admin: Face
    oauth: OAuthFace


def build_core(settings: SecuritySettings, clock: Clock = utc_now) -> Core:
    """Read keys and manifests and open the database. Raises where any of them does not hold."""
    keys, feed = open_ring(settings, clock), Feed()
    return Core(
        settings=settings,
        database=open_database(settings, feed, keys.vault),
        feed=feed,
        clock=clock,
        keys=keys.derived,
        vault=keys.vault,
        data_keys=keys.data_keys,
        passwords=Passwords(public=public_passwords(settings)),
        operations=read_operations(settings.project_dir),
        signer=Signer(load_signing_key(settings.keys_dir / SIGNING_KEY_FILE)),
        published=PublishedKeys(KeyFiles(settings.keys_dir).public),
        hosts=read_hosts(settings),
    )


def read_operations(project: Path) -> Mapping[str, Operation]:
    """Read the project's manifests."""
    return load_operations(project / "security" / "operations", project)


def read_access(project: Path, operations: Mapping[str, Operation]) -> Access:
    """Read and validate the project's policies."""
    return Access(project / "security" / "policies", operations)


def build_documents(
    core: Core, guard: Guard, api: ApiCaller, own: OwnApi | None = None
) -> Documents:
    """Wire what opens links to documents, around the same guard."""
    does, records = build_execution(core, api, own), Records(core.keys)
    return Documents(core, LinkOpener(guard, transactions(core), does, records, core.clock))


def build_doubts(core: Core, api: ApiCaller, own: OwnApi | None = None) -> Doubts:
    """Wire what asks after writes whose answer was lost; `own` after security's own."""
    own = own or build_personal(core, api).own
    return Doubts(core, build_execution(core, api, own), partial(guard_store, core))


def build_account(core: Core, hashing: Executor, personal: Personal) -> Account:
    """Wire the services behind a person's own account."""
    allow = name_limit(core).allow
    return Account(
        passkeys=PasskeySignIn(core),
        pushes=Pushes(core),
        sessions=OwnSessions(core),
        changes=Changes(core, hashing, allow),
        recovery=Recovery(core, hashing, allow),
        messages=Outbox(core),
        sso=build_sso(core),
        export=personal.export,
        accounting=personal.accounting,
    )


def build_oauth(core: Core, guard: Guard) -> OAuthFace:
    """Wire the listener of registered clients."""
    server = build_authorization_server(core, guard)
    return OAuthFace(server, core.published, core.settings.oauth_issuer)


def build_authorization_server(core: Core, guard: Guard) -> AuthorizationServer:
    """Wire the authorization server around the same guard and issuer as the bot's own calls."""
    settings = core.settings
    clients = load_clients(settings.keys_dir / "clients")
    grants = Grants(guard, transactions(core), build_tokens(core), core.keys, core.clock)
    allow = MovingWindow(settings.limit_oauth_per_minute).allow
    return AuthorizationServer(core, grants, build_issuer(core), clients, allow)


def name_limit(core: Core) -> NameLimit:
    """Return a new count of tries at a name, by address and in all."""
    told = core.settings
    return NameLimit(told.limit_passwords_per_minute, told.limit_passwords_per_minute_everywhere)


def build_faces(
    core: Core,
    api: ApiClient,
    hashing: Executor,
    keys: Rotations,
    operating: Operating,
    access: Access,
    personal: Personal,
    provider: Provider | None = None,
) -> Faces:
    """Wire the services to their listeners."""

    async def unready() -> list[str]:
        try:
            await core.database.run_core(audit_log.head)
        except Refused:
            return ["security"]
        return await api.unready()

    demo, provider = build_demo(core, provider)
    guard = build_guard(core, api, access, personal.own)
    turns = Turns(core, Offering(access, core.operations))
    gateway = gateway_face(
        Sessions(core),
        SignIn(core, hashing, name_limit(core).allow),
        Challenges(core),
        turns,
        build_account(core, hashing, personal),
        build_documents(core, guard, api, personal.own),
        build_texts(core, turns, provider),
        Embedded(core),
        build_administrators(core, hashing, name_limit(core).allow),
        build_auditors(core, keys.trail),
        Events(core, turns),
        unready,
        demo,
    )
    return Faces(
        gateway=gateway,
        actions=actions_face(guard),
        admin=build_admin(core, hashing, keys, personal, operating),
        oauth=build_oauth(core, guard),
    )


def recover(core: Core) -> None:
    """Record the start, and end what an earlier process left half done.

    Raises `ValueError` where the master key is not the one that this database was sealed with.
    """
    now = core.clock()

    def work(session: Session) -> None:
        check_key(session)
        audit_log.append(session.connection(), AuditEvent(tag=Tag.STARTED), now)
        doubt_interrupted(core, session.connection())
        for _ in fail_interrupted(session.connection()):
            interrupted = AuditEvent(tag=Tag.PENDING_FAILED, reason="interrupted")
            audit_log.append(session.connection(), interrupted, now)

    core.database.run_here(work, across="the start looks after what an earlier one left")
