"""Checks a trail with its public key alone: `python verifier.py FILE --key KEYFILE`.

FILE is an export (JSON lines) or security's SQLite database, also while it is written. It needs
Python and `cryptography`, nothing else of Gatehouse. ADR 41 says what each check is for.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import re
import sqlite3
import sys
from collections.abc import Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey as Key
from cryptography.hazmat.primitives.serialization import load_pem_public_key

GENESIS, FIRST_LANE, DOMAIN = "0" * 64, "1", b"gatehouse checkpoint 1\n"
_SIGNED = re.compile(rb'(.+),"signature":"([0-9a-f]{128})"\}')
_ODD = (ValueError, KeyError, TypeError, AttributeError, RecursionError)

CHECKPOINTS = "SELECT line FROM audit_checkpoints ORDER BY number"
RECORDS = "SELECT record FROM audit ORDER BY writer, sequence"
Checkpoint = dict[str, Any]
NONE: Checkpoint = {"lanes": {}, "number": 0, "at": "nothing yet"}
Older = Sequence[Checkpoint]
Lines = Iterable[bytes]


class Bad(Exception):
    """The first thing that does not hold: which, and why."""


@dataclass
class Lane:
    """One writer's chain: what comes next, what that has to name, and where the chain begins."""

    expected: int = 1
    head: str = GENESIS
    first: int = 1
    doubt: bool = False  # The last record does not name the one before it: which is changed?


def read_checkpoint(line: bytes, key: Key) -> Checkpoint:
    """Return what a checkpoint says. Raises `Bad` where this key has not signed these bytes."""
    try:
        if (match := _SIGNED.fullmatch(line)) is None:
            raise InvalidSignature
        key.verify(bytes.fromhex(match[2].decode()), DOMAIN + match[1] + b"}")
    except InvalidSignature:
        raise Bad("the last line: no checkpoint that this key has signed") from None
    said: Checkpoint = json.loads(line)
    return said


class Trail:
    """Takes records one by one, and holds them against each other and against checkpoints."""

    def __init__(self, known: Older, older: Older) -> None:  # `known`: the last says what is kept.
        self.lanes, self.count, self._at = dict[str, Lane](), 0, FIRST_LANE
        self._signed: dict[tuple[str, int], tuple[str, str]] = {}
        for said in (*known, *older):
            for name, lane in said["lanes"].items():
                own = (lane["sha256"], _named(said))
                if self._signed.setdefault((name, lane["last"]), own)[0] != own[0]:
                    raise Bad(f"record {name}-{lane['last']}: two checkpoints differ: forked")
        for name, lane in (known or [NONE])[-1]["lanes"].items():
            self.lanes[name] = Lane(lane["first"], lane["before"], lane["first"])
            self._hold(name, lane["first"] - 1, lane["before"])
        begins = {name: lane.first - 1 for name, lane in self.lanes.items()}
        lasts = [(name, lane["last"]) for said in older for name, lane in said["lanes"].items()]
        if older and all(last < begins.get(name, 0) for name, last in lasts):
            raise Bad(f"{_named(older[-1])}: from before what is kept here; see the archive")

    def take(self, record: Any) -> None:
        """Check the next record. Raises `Bad`."""
        try:
            own, said = hashlib.sha256(record).hexdigest(), json.loads(record)
            name, number = said.get("writer", FIRST_LANE), said["sequence"]
            lane, previous = self.lanes.setdefault(name, Lane()), said["previous_sha256"]
        except _ODD:
            expected = self.lanes.get(self._at, Lane()).expected
            raise Bad(f"record {self._at}-{expected}: not a record") from None
        if lane.doubt:
            raise Bad(f"record {name}-{lane.expected - 1 - (previous == lane.head)}: changed")
        if type(number) is not int or number != lane.expected:
            raise Bad(f"record {name}-{lane.expected}: missing, or another one is in its place")
        if previous == lane.head:
            self._hold(name, number, own)
        elif number == lane.first:
            raise Bad(f"record {name}-{number}: changed, or the log does not begin here")
        else:
            lane.doubt = True
        lane.head, lane.expected, self._at = own, number + 1, name
        self.count += 1

    def end(self, complete: bool) -> None:
        """Check that nothing was cut off; a `complete` one ends where a checkpoint says."""
        for name, lane in self.lanes.items():
            last, signed = lane.expected - 1, self._signed.get((name, lane.expected - 1), ("", ""))
            if lane.doubt:
                raise Bad(f"record {name}-{last - (signed[0] in ('', lane.head))}: changed")
        for (name, last), (_, said) in sorted(self._signed.items()):
            if last >= (expected := self.lanes.get(name, Lane()).expected):
                raise Bad(f"record {name}-{expected}: missing; {said} knows {last}: rolled back")
        for name, lane in self.lanes.items():
            if complete and (name, lane.expected - 1) not in self._signed:
                raise Bad(f"record {name}-{lane.expected - 1}: added after the last line")

    def _hold(self, name: str, number: int, own: str) -> None:
        signed, said = self._signed.get((name, number), (own, ""))
        if signed != own:
            raise Bad(f"record {name}-{number}: not the one that {said} knows: changed, or forked")


def _named(said: Checkpoint) -> str:
    return f"checkpoint {said['number']} of {said['at']}"


def verify_export(file: Path, key: Key, older: Older = ()) -> str:
    """Check an export; return what was found. Raises `Bad`, `OSError`."""
    known, whole = list[Checkpoint](), hashlib.sha256()
    with file.open("rb") as opened:
        opened.seek(max(0, file.stat().st_size - (1 << 20)))
        last = opened.read().removesuffix(b"\n").rpartition(b"\n")[2] + b"\n"
        try:
            known.append(read_checkpoint(last[:-1], key))
        except Bad as bad:  # Naming the record that was changed is the better answer.
            problem = bad
        trail = Trail(known, older)
        opened.seek(0)
        for line in opened:
            if line == last and (known or b'"signature"' in last):
                break
            whole.update(line)
            trail.take(line.removesuffix(b"\n"))
        rest = opened.read(1)
    trail.end(complete=bool(known))
    if not known:
        raise problem
    # nosemgrep: compare-in-constant-time - both are public.
    if rest or known[0].get("file_sha256") != whole.hexdigest():
        raise Bad("the file: it is not the one that its last line was signed for")
    return f"{trail.count} records, whole; {_named(known[0])}"


def verify_live(lines: Lines, records: Lines, key: Key, older: Older = ()) -> str:
    """Check a log and its checkpoints as they stand. Raises `Bad`."""
    kept = list(lines)
    known = [read_checkpoint(line, key) for line in kept]
    for line, said in zip(kept, known[1:], strict=False):
        # nosemgrep: compare-in-constant-time - both are public.
        if said["previous_sha256"] != hashlib.sha256(line).hexdigest():
            raise Bad(f"{_named(said)}: it does not follow the one before it")
    trail = Trail(known, older)
    for record in records:
        trail.take(record)
    trail.end(complete=False)
    return f"{trail.count} records, whole; {_named((known or [NONE])[-1])}"


def _database(file: Path, key: Key, older: Older) -> str:
    with closing(sqlite3.connect(f"{file.resolve().as_uri()}?mode=ro", uri=True)) as opened:
        opened.execute("BEGIN")  # One moment for both.
        lines, records = map(opened.execute, (CHECKPOINTS, RECORDS))
        return verify_live((row[0] for row in lines), (row[0] for row in records), key, older)


def main(given: Sequence[str] | None = None) -> int:
    """Check one file: 0 where it is whole, else 1 and the first bad record on standard error."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("file", type=Path)
    parser.add_argument("--key", type=Path, required=True)
    parser.add_argument("--checkpoint", type=Path, help="what was kept elsewhere, a line each")
    options = parser.parse_args(given)
    try:
        key = load_pem_public_key(options.key.read_bytes())
        if not isinstance(key, Key):
            raise ValueError("the key is not an Ed25519 public key")
        kept = options.checkpoint.read_bytes() if options.checkpoint else b""
        older = [read_checkpoint(each, key) for each in kept.splitlines() if _SIGNED.match(each)]
        if options.checkpoint and not older:
            raise Bad("the older checkpoints: there is none in that file")
        check = _database if options.file.suffix == ".sqlite3" else verify_export
        print(check(options.file, key, older))
    except (Bad, OSError, ValueError, UnsupportedAlgorithm, sqlite3.Error, KeyError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
