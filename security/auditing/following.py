"""Checks the log bit by bit, so that a page can tell how it stands without reading all of it anew.

The rules are those of `security.audit.verifier`, whose word is the last one: each record names
the one before it, and no checkpoint knows another one. This remembers how far that held.
"""

from __future__ import annotations

import hashlib
import hmac
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from security.auditing.filters import entry

REMEMBERED = 5_000
"""So many digests are kept for checkpoints that come later: five times what is signed at once."""


@dataclass(frozen=True)
class Chain:
    """What is kept of one writer's chain: where it begins, and the digest before that."""

    writer: str
    first: int
    before: str


class Broken(Exception):
    """The first thing that does not hold, in words without anybody's data."""


class Following:
    """What has been checked of every chain, and what checkpoints say of what is still to come."""

    def __init__(self) -> None:
        self._heads: dict[str, tuple[int, str]] = {}
        self._signed: dict[tuple[str, int], str] = {}
        self._recent: OrderedDict[tuple[str, int], str] = OrderedDict()
        self.until: datetime | None = None

    def place(self, chains: Iterable[Chain]) -> dict[str, int]:
        """Return the last number that was checked of each chain.

        Raises `Broken` where a chain has lost records that no archive has.
        """
        found = {}
        for chain in chains:
            number, _ = self._heads.setdefault(chain.writer, (chain.first - 1, chain.before))
            if number < chain.first - 1:
                # What lies between went into an archive, which has been signed.
                self._heads[chain.writer] = (chain.first - 1, chain.before)
            found[chain.writer] = self._heads[chain.writer][0]
        missing = sorted(set(self._heads) - set(found))
        if missing:
            raise Broken(f"the chain of writer {missing[0]} is gone")
        return found

    def match(self, ends: Mapping[str, tuple[int, str]]) -> None:
        """Hold what was checked against where the chains end now. Raises `Broken`."""
        for writer, (last, digest) in ends.items():
            number, head = self._heads.get(writer, (0, digest))
            if last < number:
                raise Broken(f"record {writer}-{last + 1}: missing; it was there before")
            if last == number and not hmac.compare_digest(digest, head):
                raise Broken(f"record {writer}-{last}: not the one that was there before")

    def know(self, lanes: Mapping[str, Mapping[str, object]]) -> None:
        """Take the chains of a checkpoint whose signature holds. Raises `Broken`."""
        for writer, lane in lanes.items():
            last, digest = int(str(lane["last"])), str(lane["sha256"])
            if last > self._heads.get(writer, (0, ""))[0]:
                known = self._signed.setdefault((writer, last), digest)
            else:
                known = self._recent.get((writer, last), digest)
            if not hmac.compare_digest(known, digest):
                raise Broken(f"record {writer}-{last}: not the one that a checkpoint knows")

    def take(self, writer: str, record: bytes) -> None:
        """Check the next record of a chain. Raises `Broken`."""
        number, head = self._heads[writer]
        said = entry(record) if isinstance(record, bytes) else None
        if said is None:
            raise Broken(f"record {writer}-{number + 1}: not a record")
        if (said.writer, said.sequence) != (writer, number + 1):
            raise Broken(f"record {writer}-{number + 1}: missing, or another one is in its place")
        if said.said.get("previous_sha256") != head:
            raise Broken(f"record {writer}-{number + 1}: it, or the one before, was changed")
        own = hashlib.sha256(record).hexdigest()
        if self._signed.pop((writer, number + 1), own) != own:
            raise Broken(f"record {writer}-{number + 1}: not the one that a checkpoint knows")
        self._heads[writer] = (number + 1, own)
        # A checkpoint of these may be made after they were looked at.
        self._recent[writer, number + 1] = own
        if len(self._recent) > REMEMBERED:
            self._recent.popitem(last=False)
        self.until = said.at

    def end(self) -> None:
        """Say that there is no more. Raises `Broken` where a checkpoint knows of more."""
        for (writer, last), _ in sorted(self._signed.items()):
            if last > self._heads.get(writer, (0, ""))[0]:
                raise Broken(f"record {writer}-{last}: missing; a checkpoint knows it")
