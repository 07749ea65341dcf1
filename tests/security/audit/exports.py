"""Exports made of nothing: two writers' chains, and the checkpoints that were kept meanwhile."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from security.audit.chain import GENESIS, digest
from security.audit.checkpoint import (
    LaneHead,
    Last,
    TrailKey,
    file_checkpoint,
    next_checkpoint,
    read_last,
)
from security.audit.record import AuditEvent, SessionName, Tag, serialise
from tests.security.fakes import NOW

KEY, ANOTHER_KEY = TrailKey(b"k" * 32), TrailKey(b"x" * 32)
TAGS = list(Tag)


@dataclass
class Written:
    """A log as its writers left it."""

    lanes: dict[str, list[bytes]] = field(default_factory=dict)
    checkpoints: list[bytes] = field(default_factory=list)

    def write(self, writer: str = "1", count: int = 1, tag: Tag | None = None) -> Written:
        """Add records to one chain."""
        lane = self.lanes.setdefault(writer, [])
        for _ in range(count):
            number = len(lane) + 1
            where = SessionName(f"row-{number}", f"session-{number}")
            event = AuditEvent(tag or TAGS[number % len(TAGS)], session=where)
            previous = digest(lane[-1]) if lane else GENESIS
            at = NOW + timedelta(seconds=number)
            lane.append(serialise(event, writer, number, at, previous))
        return self

    def heads(self) -> list[LaneHead]:
        """Return where every chain is."""
        return [
            LaneHead(writer, 1, GENESIS, len(lane), digest(lane[-1]))
            for writer, lane in sorted(self.lanes.items())
        ]

    def sign(self, key: TrailKey = KEY) -> bytes:
        """Make a checkpoint, and return its line."""
        last = read_last(self.checkpoints[-1]) if self.checkpoints else Last()
        _, line = next_checkpoint(key, self.heads(), last, NOW)
        self.checkpoints.append(line)
        return line

    def records(self) -> list[bytes]:
        """Return all records as an export has them."""
        return [record for _, lane in sorted(self.lanes.items()) for record in lane]

    def export(self, key: TrailKey = KEY) -> list[bytes]:
        """Return the lines of an export, the signed one last."""
        lines = self.records()
        whole = hashlib.sha256(b"".join(line + b"\n" for line in lines)).hexdigest()
        last = read_last(self.checkpoints[-1]) if self.checkpoints else Last()
        return [*lines, file_checkpoint("export", key, self.heads(), last, whole, NOW)]


def put(folder: Path, name: str, lines: Sequence[bytes]) -> Path:
    """Write lines to a file and return it."""
    file = folder / name
    file.write_bytes(b"".join(line + b"\n" for line in lines))
    return file
