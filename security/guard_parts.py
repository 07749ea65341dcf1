"""Wires the guard: its transactions, its tokens, what carries out what it allows."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy import Connection
from sqlalchemy.orm import Session

from security.access import Access
from security.adapters.guard_store import SqlGuardStore
from security.adapters.tenancy import bind_tenant
from security.adapters.ways import Ways
from security.core import Core
from security.execution import Execution
from security.guard import Guard
from security.guard_records import Records
from security.minting import Presenter, Tokens
from security.own import OwnApi
from security.ports import ApiCaller, Case, Person, Transactions
from security.services import consents, letters, messages
from security.services.factors import usable_methods
from security.services.informing import inform
from security.services.spending import sms_limit_left_of
from security.tokens.issuer import TokenIssuer
from security.watch_parts import operation_limit


def guard_store(core: Core, connection: Connection, about: Case | None = None) -> SqlGuardStore:
    """Return the guard's view of one transaction, of the tenant of what it is about."""
    if about is not None:
        bind_tenant(connection, about.tenant)
    life = timedelta(seconds=core.settings.pending_seconds)

    def usable(store: Session, person_id: str, methods: Sequence[str]) -> Sequence[str]:
        return usable_methods(core, store, person_id, methods)

    def tell(store: Session, person: Person, what: str, now: datetime) -> None:
        notice = letters.operation_notice(what, core.settings.public_url)
        messages.notify(
            core,
            store,
            person_id=person.id,
            tenant_id=person.tenant,
            subject=notice.subject,
            text=notice.text,
            now=now,
        )

    said = partial(inform, core), partial(consents.note, core)
    ways = Ways(usable, tell, *said, partial(sms_limit_left_of, core))
    return SqlGuardStore(connection, core.vault, core.keys, life, ways)


def build_issuer(core: Core) -> TokenIssuer:
    """Return what signs tokens with the core's present key."""
    life = timedelta(seconds=core.settings.token_seconds)
    return TokenIssuer(core.signer, core.settings.oauth_issuer, life)


def build_tokens(core: Core) -> Tokens:
    """Return what mints the tokens of the bot's own calls."""
    return Tokens(build_issuer(core), core.keys, Presenter(core.proof_key.thumbprint))


def transactions(core: Core, relaxed: bool = False) -> Transactions:
    """Return the guard's transactions; a `relaxed` one is durable with the next that is not."""
    return lambda work, about=None: (
        core.database.run_relaxed if relaxed else core.database.run_core
    )(lambda connection: work(guard_store(core, connection, about)))


def build_guard(
    core: Core, api: ApiCaller, access: Access | None = None, own: OwnApi | None = None
) -> Guard:
    """Wire the guard to the security database, the policies and the APIs.

    `access`: the policies, where they have been read already. `own` answers what is security's own.
    """
    return Guard(
        transactions=transactions(core),
        operations=core.operations,
        access=access
        or Access(core.settings.project_dir / "security" / "policies", core.operations),
        allow_rate=operation_limit(core),
        tokens=build_tokens(core),
        execution=build_execution(core, api, own),
        keys=core.keys,
        clock=core.clock,
        entries=core.entries,
        trail=core.trail,
    )


def build_execution(core: Core, api: ApiCaller, own: OwnApi | None = None) -> Execution:
    """Wire what calls APIs and records how it went."""
    records, seconds = Records(core.keys), core.settings.api_timeout_seconds
    commits, tokens = (transactions(core), transactions(core, relaxed=True)), build_tokens(core)
    return Execution(*commits, api, tokens, records, core.clock, seconds, own)
