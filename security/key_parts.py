"""Wiring what rotates keys: of access tokens, of the vault, of the trail."""

from __future__ import annotations

from dataclasses import dataclass

from security.adapters.key_files import KeyFiles
from security.core import Core
from security.services.checkpoints import Checkpoints
from security.services.key_rotation import KeyRotation
from security.services.vault_rotation import VaultRotation


@dataclass(frozen=True)
class Rotations:
    """What changes keys while everything runs."""

    signing: KeyRotation
    vault: VaultRotation
    trail: Checkpoints


def build_rotations(core: Core, vault: VaultRotation, trail: Checkpoints) -> Rotations:
    """Wire what rotates the signing key beside what is at work already."""
    signing = KeyRotation(core, KeyFiles(core.settings.keys_dir), core.published)
    return Rotations(signing, vault, trail)
