"""A model's archive, read with care: what is unpacked is what was verified, and nothing else.

The archive is copied once, from one descriptor, into a file without a name that nobody else can
open; that copy is verified and unpacked. Changing the archive afterwards changes nothing.
"""

from __future__ import annotations

import gzip
import hashlib
import hmac
import os
import stat
import tarfile
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from runtime.signed_model import NotTrusted, SignedFile, Statement, Trust, verified

_BLOCK = 1 << 20
_BROKEN = (tarfile.TarError, gzip.BadGzipFile, EOFError, zlib.error)


def unpack(archive: Path, trust: Trust, folder: Path) -> Statement:
    """Fill `folder`, empty and this process's own, with the files that were signed.

    Returns what was signed. Raises `NotTrusted` for whatever differs from it; what has been
    unpacked by then is of no use, and the caller removes it. Raises `OSError` where `folder`
    cannot be written.
    """
    statement = verified(archive, trust)
    with _copied(archive, statement.archive, folder) as copy, _readable():
        left = {each.name: each for each in statement.files}
        for name, content in _files(copy):
            if name not in left:
                raise NotTrusted("its archive holds a file that was not signed")
            _write(folder, left.pop(name), content)
    if left:
        raise NotTrusted("a file is missing from its archive")
    return statement


def check(archive: Path, trust: Trust) -> Statement:
    """Return what was signed of an archive that is whole. Raises `NotTrusted`."""
    statement = verified(archive, trust)
    with _opened(archive) as file:
        _compare(file, statement.archive, None, "its archive is damaged, or not what was signed")
    return statement


def contents(archive: Path) -> tuple[SignedFile, tuple[SignedFile, ...]]:
    """Return an archive and all files in it, to be signed. Raises `NotTrusted`.

    Only an archive that one may sign passes: plain files, each once.
    """
    with _opened(archive) as file, _readable():
        digest, size = _measured(file)
        file.seek(0)
        found = [SignedFile(name, *_measured(content)) for name, content in _files(file)]
    if len({each.name for each in found}) != len(found):
        raise NotTrusted("its archive holds a file twice")
    return SignedFile(archive.name, digest, size), tuple(found)


@contextmanager
def _opened(archive: Path) -> Iterator[IO[bytes]]:
    try:
        descriptor = os.open(archive, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK)
    except OSError as error:
        raise NotTrusted(f"its archive cannot be read ({error.strerror})") from None
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise NotTrusted("its archive is no file")
    with os.fdopen(descriptor, "rb") as file:
        yield file


@contextmanager
def _copied(archive: Path, signed: SignedFile, folder: Path) -> Iterator[IO[bytes]]:
    """Give a copy of the archive that is what was signed; it goes with the block."""
    with tempfile.TemporaryFile(dir=folder) as copy:
        with _opened(archive) as file:
            _compare(file, signed, copy, "its archive is damaged, or not what was signed")
        copy.seek(0)
        yield copy


def _files(archive: IO[bytes]) -> Iterator[tuple[str, IO[bytes]]]:
    """Yield the plain files. Folders say nothing: those of the files are made as they are named."""
    with tarfile.open(fileobj=archive, mode="r:gz") as tar:
        for member in tar:
            if member.isdir():
                continue
            content = tar.extractfile(member) if member.isreg() else None
            if content is None:
                raise NotTrusted("its archive holds something else than files")
            yield member.name, content


@contextmanager
def _readable() -> Iterator[None]:
    try:
        yield
    except _BROKEN:
        raise NotTrusted("its archive cannot be read") from None


def _write(folder: Path, signed: SignedFile, content: IO[bytes]) -> None:
    path = folder / signed.name
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with path.open("xb") as file:
        _compare(content, signed, file, "a file in its archive is not what was signed")


def _compare(source: IO[bytes], signed: SignedFile, into: IO[bytes] | None, otherwise: str) -> None:
    """Read `source` to its end, or one byte past its signed size; copy it into a file."""
    digest, size = _measured(source, signed.size + 1, into)
    if size != signed.size or not hmac.compare_digest(digest, signed.sha256):
        raise NotTrusted(otherwise)


def _measured(
    source: IO[bytes], most: int | None = None, into: IO[bytes] | None = None
) -> tuple[str, int]:
    """Return the SHA-256 in hex and the number of bytes read, `most` at most."""
    total, size = hashlib.sha256(), 0
    while block := source.read(_BLOCK if most is None else min(_BLOCK, most - size)):
        total.update(block)
        size += len(block)
        if into is not None:
            into.write(block)
    return total.hexdigest(), size
