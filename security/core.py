"""What the services of security share: made once, at start, by the composition root."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from security.adapters.data_keys import DataKeys
from security.adapters.database import Database
from security.adapters.provider_client import Providers
from security.audit.gate import TrailGate
from security.bell import Bell
from security.clock import Clock
from security.entries import Entries
from security.feed import Feed
from security.operations.manifest import Operation
from security.passwords import Passwords
from security.retention import Retention, read_retention
from security.settings import SecuritySettings
from security.throttling import Throttles
from security.tokens.dpop import ProofKey
from security.tokens.hosts import Hosts
from security.tokens.issuer import Signer
from security.tokens.keys import PublishedKeys
from security.tokens.vapid import PushKey
from security.vault.keys import KeyRing
from security.vault.vault import Vault
from security.verifying import Verifier


@dataclass(frozen=True)
class Core:
    """The parts that services are built from."""

    settings: SecuritySettings
    database: Database
    clock: Clock
    keys: KeyRing
    vault: Vault
    data_keys: DataKeys
    """The keys of the vault, as a whole: to destroy a person's, or to change all of them."""
    passwords: Passwords
    operations: Mapping[str, Operation]
    signer: Signer
    """What signs access tokens."""
    published: PublishedKeys
    """The public keys of those that do, and did."""
    proof_key: ProofKey = field(default_factory=ProofKey)
    """What security proves itself with at the APIs: new at each start, in memory alone."""
    push_key: PushKey = field(default_factory=PushKey)
    """What push services know us by."""
    channels: frozenset[str] = frozenset({"sms", "email"})
    """Over which channels something can be sent at all."""
    verifier: Verifier | None = None
    """The service that keeps texted codes, where one does; what binds has a code of our own."""
    entries: Entries = field(default_factory=Entries)
    """What was typed into the panel and waits for its operation to run: in memory alone."""
    retention: Retention = field(default_factory=read_retention)
    """How long what is kept."""
    hosts: Hosts = field(default_factory=Hosts)
    """The sites that may hold the chat in a frame."""
    trail: TrailGate = field(default_factory=TrailGate)
    """Closed while the trail cannot be relied on: no operation is allowed then."""
    bell: Bell = field(default_factory=Bell)
    """Rung where a message has been queued."""
    feed: Feed = field(default_factory=Feed)
    """Told of sessions that something has happened to."""
    throttles: Throttles = field(default_factory=Throttles)
    """Who is slowed down just now."""
    providers: Providers = field(default_factory=Providers)
    """Where people may sign in with their organisation's account."""
