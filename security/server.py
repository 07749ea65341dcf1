"""The composition root: the only place that knows every part of security."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import Executor
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from sqlalchemy.orm import Session

from runtime.limits import MovingWindow
from security.adapters import audit_log
from security.adapters.api_client import ApiClient
from security.adapters.database import Database, open_engine
from security.adapters.guard_store import SqlGuardStore
from security.adapters.pending_store import fail_interrupted
from security.audit.record import AuditEvent, Tag
from security.clock import Clock, utc_now
from security.core import Core
from security.errors import Refused
from security.faces.actions import actions_face
from security.faces.gateway import gateway_face
from security.faces.http import Face
from security.guard import Guard
from security.limits import NameLimit
from security.operations.manifest import Operation, load_operations
from security.passwords import Passwords
from security.policy import Policy
from security.ports import ApiCaller
from security.services.challenges import Challenges
from security.services.factors import check_key
from security.services.sessions import Sessions
from security.services.sign_in import SignIn
from security.services.turns import Turns
from security.settings import SecuritySettings
from security.tokens.issuer import TokenIssuer
from security.tokens.keys import load_signing_key
from security.vault.envelope import Vault
from security.vault.keys import KeyRing, load_master_key

MASTER_KEY_FILE = "master.key"
SIGNING_KEY_FILE = "signing.jwk"


@dataclass(frozen=True)
class Faces:
    """The applications of security's listeners."""

    gateway: Face
    actions: Face


def build_core(settings: SecuritySettings, clock: Clock = utc_now) -> Core:
    """Read keys and manifests and open the database. Raises where any of them does not hold."""
    keys = KeyRing(load_master_key(settings.keys_dir / MASTER_KEY_FILE))
    return Core(
        settings=settings,
        database=Database(
            open_engine(settings.sql_url), open_engine(settings.sql_url, durable=False)
        ),
        clock=clock,
        keys=keys,
        vault=Vault(keys.sealing),
        passwords=Passwords(),
        operations=read_operations(settings.project_dir),
    )


def read_operations(project: Path) -> Mapping[str, Operation]:
    """Read the project's manifests."""
    return load_operations(project / "security" / "operations", project)


def read_policy(project: Path, operations: Mapping[str, Operation]) -> Policy:
    """Read and validate the project's policies."""
    return Policy(project / "security" / "policies", list(operations))


def build_guard(core: Core, api: ApiCaller) -> Guard:
    """Wire the guard to the security database, the policies and the APIs."""
    settings = core.settings
    life = timedelta(seconds=settings.pending_seconds)
    return Guard(
        transactions=lambda work: core.database.run_core(
            lambda connection: work(SqlGuardStore(connection, core.vault, core.keys, life))
        ),
        operations=core.operations,
        policy=read_policy(settings.project_dir, core.operations),
        allow_rate=MovingWindow(settings.limit_operations_per_minute).allow,
        issuer=TokenIssuer(
            load_signing_key(settings.keys_dir / SIGNING_KEY_FILE),
            timedelta(seconds=settings.token_seconds),
        ),
        api=api,
        keys=core.keys,
        clock=core.clock,
    )


def build_faces(core: Core, api: ApiClient, hashing: Executor) -> Faces:
    """Wire the services to their listeners."""

    async def ready() -> bool:
        try:
            await core.database.run_core(audit_log.head)
        except Refused:
            return False
        return await api.healthy()

    gateway = gateway_face(
        Sessions(core),
        SignIn(
            core,
            hashing,
            NameLimit(
                core.settings.limit_passwords_per_minute,
                core.settings.limit_passwords_per_minute_everywhere,
            ).allow,
        ),
        Challenges(core),
        Turns(core),
        ready,
    )
    return Faces(gateway=gateway, actions=actions_face(build_guard(core, api)))


def recover(core: Core) -> None:
    """Record the start, and end what an earlier process left half done.

    Raises `ValueError` where the master key is not the one that this database was sealed with.
    """
    now = core.clock()

    def work(session: Session) -> None:
        check_key(core.vault, session)
        audit_log.append(session.connection(), AuditEvent(tag=Tag.STARTED), now)
        for _ in fail_interrupted(session.connection()):
            interrupted = AuditEvent(tag=Tag.PENDING_FAILED, reason="interrupted")
            audit_log.append(session.connection(), interrupted, now)

    core.database.run_here(work)
