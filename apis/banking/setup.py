"""Prepare the bank's database: `python -m apis.banking.setup --home DIR [--seed FILE]`."""

from __future__ import annotations

import sys
from datetime import datetime
from pathlib import Path

from apis.banking.seed import SeedBook, fill_when_empty
from apis.common.key_file import key_path, make_key
from apis.common.setup import Preparation


class BankPreparation(Preparation[SeedBook]):
    """The database, and the pepper of the PINs."""

    def prepare(self, home: Path, seed: Path | None, subjects: str, now: datetime) -> str:
        """Make the pepper where there is none, then the database."""
        make_key(key_path(home, "banking"))
        return super().prepare(home, seed, subjects, now)


PREPARATION = BankPreparation("banking", Path(__file__).parent, SeedBook, fill_when_empty)

if __name__ == "__main__":
    sys.exit(PREPARATION.main())
