"""Prepare the clinic's database: `python -m apis.healthcare.setup --home DIR [--seed FILE]`."""

from __future__ import annotations

import sys
from datetime import datetime
from pathlib import Path

from apis.common.setup import Preparation
from apis.healthcare.sealing import key_path, make_key
from apis.healthcare.seed import SeedBook, fill_when_empty


class ClinicPreparation(Preparation[SeedBook]):
    """The database, and the key of what is sealed in it."""

    def prepare(self, home: Path, seed: Path | None, subjects: str, now: datetime) -> str:
        """Make the key where there is none, then the database."""
        make_key(key_path(home))
        return super().prepare(home, seed, subjects, now)


PREPARATION = ClinicPreparation("healthcare", Path(__file__).parent, SeedBook, fill_when_empty)

if __name__ == "__main__":
    sys.exit(PREPARATION.main())
