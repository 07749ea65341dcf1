"""Checks a trail with its public key alone: `python verifier.py FILE --key KEYFILE` (ADR 41)."""

from __future__ import annotations

import argparse
import hashlib
import json
import re
import sqlite3
import sys
from collections.abc import Iterable, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey as Key
from cryptography.hazmat.primitives.serialization import load_pem_public_key

GENESIS, FIRST_LANE, DOMAIN = "0" * 64, "1", b"gatehouse checkpoint 1\n"
_SIGNED = re.compile(rb'\A(.+),"signature":"([0-9a-f]{128})"\}\Z')
_ODD = (ValueError, LookupError, TypeError, AttributeError, RecursionError)
Checkpoint = dict[str, Any]
Older = Sequence[Checkpoint]
Lines = Sequence[bytes]
Keys = dict[str, Key]  # By their id. A checkpoint that announces the next one adds it.


class Bad(Exception):
    """The first thing that does not hold: which, and why."""


@dataclass
class Lane:
    """One writer's chain: what comes next, what that has to name, and where the chain begins."""

    expected: int = 1
    head: str = GENESIS
    first: int = 1
    doubt: bool = False  # The last record does not name the one before it: which is changed?


def read_keys(pem: bytes) -> Keys:
    """Return the public keys of a file, one or several. Raises `ValueError`."""
    begin, keys = b"-----BEGIN", Keys()
    for key in [load_pem_public_key(begin + part) for part in pem.split(begin)[1:]]:
        if not isinstance(key, Key):
            raise ValueError("the key is not an Ed25519 public key")
        keys[hashlib.sha256(key.public_bytes_raw()).hexdigest()[:16]] = key
    return keys


def read_checkpoint(line: bytes, keys: Keys) -> Checkpoint:
    """Return what a checkpoint says. Raises `Bad` where none of these keys signed these bytes."""
    try:
        said, (signed, signature) = json.loads(line), _SIGNED.findall(line)[0]
        keys[said["key"]].verify(bytes.fromhex(signature.decode()), DOMAIN + signed + b"}")
        if "next" in said:
            keys[said["next_key"]] = Key.from_public_bytes(bytes.fromhex(said["next"]))
        return {**said, "name": f"checkpoint {said['number']} of {said['at']}"}
    except (InvalidSignature, *_ODD):
        raise Bad("the last line: no checkpoint that this key has signed") from None


def read_older(kept: bytes, keys: Keys) -> Older:
    """Return the checkpoints among lines that were kept elsewhere. Raises `Bad`."""
    return [read_checkpoint(each, keys) for each in kept.splitlines() if _SIGNED.match(each)]


class Trail:
    """Takes records one by one, and holds them against each other and against checkpoints."""

    def __init__(self, known: Older, older: Older) -> None:  # `known`: the last says what is kept.
        self.lanes, self.count, self._at = dict[str, Lane](), 0, FIRST_LANE
        self._signed: dict[tuple[str, int], tuple[str, str]] = {}
        for said in (*known, *older):
            for name, lane in said["lanes"].items():
                own = self._signed.setdefault((name, lane["last"]), (lane["sha256"], said["name"]))
                if own[0] != lane["sha256"]:
                    raise Bad(f"record {name}-{lane['last']}: two checkpoints differ: forked")
        for name, lane in (known[-1]["lanes"] if known else {}).items():
            self.lanes[name] = Lane(lane["first"], lane["before"], lane["first"])
            self._hold(name, lane["first"] - 1, lane["before"])
        lasts = [(name, lane["last"]) for said in older for name, lane in said["lanes"].items()]
        if older and all(last + 1 < self.lanes.get(name, Lane()).first for name, last in lasts):
            raise Bad(f"{older[-1]['name']}: from before what is kept here; see the archive")

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
        lane.doubt = previous != lane.head
        if not lane.doubt:
            self._hold(name, number, own)
        elif number == lane.first:
            raise Bad(f"record {name}-{number}: changed, or the log does not begin here")
        lane.head, lane.expected, self._at, self.count = own, number + 1, name, self.count + 1

    def end(self, complete: bool) -> int:
        """Check that nothing was cut off; return how many none has signed: `complete` has none."""
        for name, lane in self.lanes.items():
            last, signed = lane.expected - 1, self._signed.get((name, lane.expected - 1), ("", ""))
            if lane.doubt:
                raise Bad(f"record {name}-{last - (signed[0] in ('', lane.head))}: changed")
        for (name, last), (_, said) in sorted(self._signed.items()):
            if last >= (expected := self.lanes.get(name, Lane()).expected):
                raise Bad(f"record {name}-{expected}: missing; {said} knows {last}: rolled back")
        signed_until, unsigned = dict(sorted(self._signed)), 0
        for name, lane in self.lanes.items():
            unsigned += lane.expected - 1 - signed_until.get(name, 0)
            if complete and unsigned:
                raise Bad(f"record {name}-{lane.expected - 1}: added after the last line")
        return unsigned

    def _hold(self, name: str, number: int, own: str) -> None:
        signed, said = self._signed.get((name, number), (own, ""))
        if signed != own:
            raise Bad(f"record {name}-{number}: not the one that {said} knows: changed, or forked")


def verify_export(file: Path, keys: Keys, older: Older = ()) -> str:
    """Check an export; return what was found. Raises `Bad`, `OSError`."""
    known, whole = list[Checkpoint](), hashlib.sha256()
    with file.open("rb") as opened:
        opened.seek(max(0, file.stat().st_size - (1 << 20)))
        last = opened.read().removesuffix(b"\n").rpartition(b"\n")[2] + b"\n"
        with suppress(Bad):  # Naming the record that was changed is the better answer.
            known.append(read_checkpoint(last[:-1], keys))
        trail = Trail(known, older)
        opened.seek(0)
        for line in opened:
            if line == last and (known or b'"signature"' in last):
                break
            whole.update(line)
            trail.take(line.removesuffix(b"\n"))
        trail.end(complete=bool(known))
        said = known[0] if known else read_checkpoint(last[:-1], keys)
        # nosemgrep: compare-in-constant-time - both are public.
        if opened.read(1) or said.get("file_sha256") != whole.hexdigest():
            raise Bad("the file: it is not the one that its last line was signed for")
    return f"{trail.count} records, whole; {said['name']}"


def verify_live(lines: Lines, records: Iterable[bytes], keys: Keys, older: Older = ()) -> str:
    """Check a log and its checkpoints as they stand. Raises `Bad`."""
    known = [read_checkpoint(line, keys) for line in lines]
    for line, before, said in zip(lines, known, known[1:], strict=False):
        follows = hashlib.sha256(line).hexdigest(), before.get("next_key", before["key"])
        if (said["previous_sha256"], said["key"]) != follows:
            raise Bad(f"{said['name']}: it does not follow the one before it")
    trail = Trail(known, older)
    for record in records:
        trail.take(record)
    rest = f"; signed by none: the last {new}" if (new := trail.end(complete=False)) else ""
    if trail.count and not (known or older):
        raise Bad("the checkpoints: there is none, so that nobody has signed these records")
    last = ([*older, *known] or [{"name": "no checkpoint yet"}])[-1]["name"]
    return f"{trail.count} records, whole; {last}{rest}"


def _database(file: Path, keys: Keys, older: Older) -> str:
    with closing(sqlite3.connect(f"{file.resolve().as_uri()}?mode=ro", uri=True)) as opened:
        opened.execute("BEGIN")  # One moment for both.
        lines = opened.execute("SELECT line FROM audit_checkpoints ORDER BY number")
        records = opened.execute("SELECT record FROM audit ORDER BY writer, sequence")
        return verify_live([row[0] for row in lines], (row[0] for row in records), keys, older)


def main(given: Sequence[str] | None = None) -> int:
    """Check one file: 0 where it is whole, else 1 and the first bad record on standard error."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("file", type=Path, help="export, archive, or security.sqlite3 also in use")
    parser.add_argument("--key", type=Path, required=True)
    parser.add_argument("--checkpoint", type=Path, help="what was kept elsewhere, a line each")
    options = parser.parse_args(given)
    try:
        keys = read_keys(options.key.read_bytes())
        older = read_older(options.checkpoint.read_bytes() if options.checkpoint else b"", keys)
        if options.checkpoint and not older:
            raise Bad("the older checkpoints: there is none in that file")
        check = _database if options.file.suffix == ".sqlite3" else verify_export
        print(check(options.file, keys, older))
    except (Bad, OSError, ValueError, UnsupportedAlgorithm, sqlite3.Error, KeyError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
