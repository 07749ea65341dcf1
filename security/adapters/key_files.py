"""The signing key's files: replaced whole, in an order in which a crash loses no key."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import orjson
from joserfc.jwk import OKPKey

from security.tokens.keys import PublicKey, document_of, load_public_keys, write_private

SIGNING_KEY_FILE = "signing.jwk"
_NEXT_FILE = "signing.next.jwk"


class KeyFiles:
    """The files of one home's `keys/` folder. Every call raises `OSError` where it cannot."""

    def __init__(self, folder: Path) -> None:
        self.signing = folder / SIGNING_KEY_FILE
        self.public = folder / "public" / "jwks.json"
        self._next = folder / _NEXT_FILE

    def published(self) -> Sequence[PublicKey]:
        """Return what is published; nothing where there is no usable file."""
        try:
            return load_public_keys(self.public)
        except (FileNotFoundError, ValueError):
            return ()

    def publish(self, keys: Sequence[PublicKey]) -> None:
        """Replace what the APIs read: they see all of the old or all of the new."""
        self.public.parent.chmod(0o755)  # Public keys: APIs may be other users than security.
        _replace(self.public, document_of(keys), 0o644)

    def stage(self, key: OKPKey) -> None:
        """Keep a key that does not sign yet; one that a crash left behind is dropped."""
        self._next.unlink(missing_ok=True)
        write_private(self._next, orjson.dumps(key.as_dict(private=True)))

    def promote(self) -> None:
        """Make the staged key the signing key, on the disk when this returns."""
        os.replace(self._next, self.signing)
        sync_folder(self.signing.parent)


def _replace(path: Path, content: bytes, mode: int) -> None:
    fresh = path.with_suffix(".new")
    fresh.unlink(missing_ok=True)
    write_private(fresh, content)
    fresh.chmod(mode)
    os.replace(fresh, path)
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Make what a folder names last: on the disk when this returns."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
