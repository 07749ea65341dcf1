"""The trail in numbers: what was decided, how long it took, what stands still.

Read when somebody asks, from where the last time ended: what is counted here is what has happened
since this process began. Each label is out of a list of this project: a tag, an operation of a
manifest, a rule of the watch; whatever else a record may say is counted as `other`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from datetime import datetime

import orjson
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from sqlalchemy import Connection, select

from security.adapters.audit_tables import AuditCheckpointRow
from security.adapters.outlet_store import standings
from security.adapters.trail_reader import TrailReader
from security.audit.record import Tag
from security.core import Core
from security.errors import KINDS
from security.monitor.ports import Position
from security.monitor.rules import read_rules
from security.monitor.seen import Seen
from security.outlets.ports import Standing

BATCH, MOST_BATCHES = 1_000, 50
"""After a month in which nobody asked, several readings catch up: none of them takes minutes."""
OTHER, NONE = "other", "none"
_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
_NEWEST = select(AuditCheckpointRow.line).order_by(AuditCheckpointRow.number.desc()).limit(1)
_OUTLETS = ("files", "syslog", "webhook")


class Meter:
    """Keeps the numbers of one registry in step with the trail."""

    def __init__(self, core: Core, trail: TrailReader, registry: CollectorRegistry) -> None:
        self._core = core
        self._trail = trail
        self._position: Position | None = None
        self._alone = asyncio.Lock()
        self._rules = frozenset(rule.name for rule in read_rules())
        self._tags = frozenset(tag.value for tag in Tag)
        self._records = Counter(
            "gatehouse_trail_records", "Records of the trail", ("tag",), registry=registry
        )
        self._decisions = Counter(
            "gatehouse_decisions",
            "What the guard has decided, and why it denied",
            ("operation", "decision", "reason"),
            registry=registry,
        )
        self._took = Histogram(
            "gatehouse_operation_seconds",
            "Seconds that an API took for an operation",
            ("operation",),
            buckets=_SECONDS,
            registry=registry,
        )
        self._alerts = Counter(
            "gatehouse_alerts", "Alerts of the watch", ("rule",), registry=registry
        )
        self._closed = Gauge(
            "gatehouse_trail_closed", "1 while no operation is allowed", registry=registry
        )
        self._checkpoint = Gauge(
            "gatehouse_checkpoint_timestamp_seconds",
            "When the last one was signed",
            registry=registry,
        )
        self._behind = Gauge(
            "gatehouse_outlet_behind",
            "Records that have not arrived",
            ("outlet",),
            registry=registry,
        )
        self._failing = Gauge(
            "gatehouse_outlet_failing", "1 while out of reach", ("outlet",), registry=registry
        )

    async def begin(self) -> None:
        """Count from here on."""
        self._position = await self._trail.end()

    async def refresh(self) -> None:
        """Count what is new, and look how things stand."""
        self._closed.set(int(self._core.trail.closed))
        async with self._alone:  # Two who ask at once count nothing twice.
            await self._count_new()
        signed, outlets = await self._core.database.run_relaxed(_looked)
        if signed is not None:
            self._checkpoint.set(signed.timestamp())
        for one in outlets:
            name = _of(one.name, _OUTLETS)
            self._behind.labels(name).set(one.behind)
            self._failing.labels(name).set(int(one.failing_since is not None))

    async def _count_new(self) -> None:
        if self._position is None:
            await self.begin()
        for _ in range(MOST_BATCHES):
            batch = await self._trail.after(self._position or {}, BATCH)
            for record in batch.records:
                self._count(record)
            if batch.skipped:
                self._records.labels(OTHER).inc(batch.skipped)
            self._position = batch.position
            if not batch.records:
                return

    def _count(self, record: Seen) -> None:
        said = record.fields
        kind = _of(said.get("tag"), self._tags)
        self._records.labels(kind).inc()
        operation = _of(said.get("operation"), self._core.operations)
        if kind in (Tag.OPERATION_INTENDED.value, Tag.OPERATION_DENIED.value):
            decision = _of(said.get("decision"), ("allow", "deny"))
            reason = _of(said.get("reason"), KINDS) if decision == "deny" else NONE
            self._decisions.labels(operation, decision, reason).inc()
        elif kind == Tag.OPERATION_DONE.value and isinstance(took := said.get("duration_us"), int):
            self._took.labels(operation).observe(took / 1_000_000)
        elif kind == Tag.ALERT_RAISED.value:
            self._alerts.labels(_of(said.get("reason"), self._rules)).inc()


def _of(value: object, known: Collection[str]) -> str:
    """Return a value of a list, or `other`."""
    if value is None:
        return NONE
    return value if isinstance(value, str) and value in known else OTHER


def _looked(connection: Connection) -> tuple[datetime | None, list[Standing]]:
    line = connection.execute(_NEWEST).scalar_one_or_none()
    signed = None if line is None else datetime.fromisoformat(orjson.loads(line)["at"])
    return signed, standings(connection)
