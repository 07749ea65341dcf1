"""Lock files: they hold what was asked for, with hashes, and no download address."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

_PIN = re.compile(r"^(?P<name>[A-Za-z0-9._-]+)==(?P<version>[^\s;\\]+)", re.MULTILINE)
_ADDRESS = re.compile(r"https?://|--index-url|--extra-index-url|--find-links|file://")
_HASH = "--hash=sha256:"


def asked(source: Path) -> list[Requirement]:
    """Return what a .in file asks for itself; `-r` lines are files of their own."""
    lines = (line.split(" #")[0].strip() for line in source.read_text().splitlines())
    return [Requirement(line) for line in lines if line and not line.startswith(("#", "-"))]


def included(source: Path) -> list[Path]:
    """Return the files that a .in file takes in."""
    lines = (line.strip() for line in source.read_text().splitlines())
    return [source.parent / line[3:].strip() for line in lines if line.startswith("-r ")]


def asked_directly(lock: str, source: str) -> set[str]:
    """Return the packages of a lock file that are there because `source` asks for them."""
    found: set[str] = set()
    for block in re.split(r"\n(?=[A-Za-z0-9])", lock):
        pin = _PIN.match(block)
        if pin and re.search(rf"#\s+(via )?-r {re.escape(source)}$", block, re.MULTILINE):
            found.add(canonicalize_name(pin["name"]))
    return found


def hashes(lock: Path) -> dict[str, list[str]]:
    """Return the SHA-256 digests that a lock file allows, by the canonical name of a package."""
    found: dict[str, list[str]] = {}
    for block in re.split(r"\n(?=[A-Za-z0-9])", lock.read_text()):
        if pin := _PIN.match(block):
            digests = re.findall(r"--hash=sha256:([0-9a-f]{64})", block)
            found.setdefault(canonicalize_name(pin["name"]), []).extend(digests)
    return found


def _of_one(root: Path, source: Path) -> Iterator[str]:
    lock = source.with_suffix(".txt")
    if not lock.exists():
        yield f"{lock.relative_to(root)} is missing: run `make lock`"
        return
    text = lock.read_text()
    if _ADDRESS.search(text):
        yield f"{lock.relative_to(root)} names a download address"
    versions: dict[str, list[str]] = {}
    for pin in _PIN.finditer(text):
        versions.setdefault(canonicalize_name(pin["name"]), []).append(pin["version"])
    blocks = [block for block in re.split(r"\n(?=[A-Za-z0-9])", text) if _PIN.match(block)]
    yield from (
        f"{lock.relative_to(root)}: {block.split()[0]} has no hash"
        for block in blocks
        if _HASH not in block
    )
    for each in [source, *included(source)]:
        yield from _stale(root, each, lock, text, versions)


def _stale(
    root: Path, source: Path, lock: Path, text: str, versions: dict[str, list[str]]
) -> Iterator[str]:
    """Yield where `source` asks for something else than the lock file holds."""
    wanted = {canonicalize_name(each.name): each for each in asked(source)}
    held = asked_directly(text, str(source.relative_to(root)))
    for name in sorted(wanted.keys() ^ held):
        yield f"{lock.relative_to(root)} is not current for {name}: run `make lock`"
    for name in sorted(wanted.keys() & held):
        if not any(version in wanted[name].specifier for version in versions[name]):
            yield f"{lock.relative_to(root)} holds another version of {name}: run `make lock`"


def complaints(root: Path) -> list[str]:
    """Return what is wrong with the lock files under requirements/."""
    sources = sorted((root / "requirements").glob("*.in"))
    return [line for source in sources for line in _of_one(root, source)]
