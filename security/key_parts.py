"""Wiring what rotates the key that signs access tokens."""

from __future__ import annotations

from security.adapters.key_files import KeyFiles
from security.core import Core
from security.services.key_rotation import KeyRotation


def build_rotation(core: Core) -> KeyRotation:
    """Wire what rotates the signing key."""
    return KeyRotation(core, KeyFiles(core.settings.keys_dir), core.published)
