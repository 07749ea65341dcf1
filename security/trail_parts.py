"""Wiring what signs the trail's checkpoints, and what archives it."""

from __future__ import annotations

from pathlib import Path

from security.adapters.checkpoint_file import CheckpointFile
from security.core import Core
from security.outlets.settings import load_outlets
from security.services.archiving import Archiving
from security.services.checkpoints import Checkpoints


def checkpoints_path(home: Path) -> Path:
    """Return where the checkpoints are outside the database."""
    return home / "audit" / "checkpoints.jsonl"


def archive_folder(home: Path) -> Path:
    """Return where the archives are."""
    return home / "audit" / "archive"


def build_archiving(core: Core, checkpoints: Checkpoints) -> Archiving:
    """Wire what takes old records out of the database, once a day."""
    outlets = load_outlets(core.settings.mode).names
    return Archiving(core, archive_folder(core.settings.home), checkpoints.sign, outlets)


def build_checkpoints(core: Core) -> Checkpoints:
    """Wire what signs how far the trail has come, with the key of the ring."""
    return Checkpoints(core, CheckpointFile(checkpoints_path(core.settings.home)))
