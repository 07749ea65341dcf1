"""Prepare the bank's database: `python -m apis.banking.setup --home DIR [--seed FILE]`."""

from __future__ import annotations

import sys
from datetime import datetime
from pathlib import Path

from apis.banking.seed import SeedBook, fill_when_empty
from apis.banking.tables import Base
from apis.common.database import database_path
from apis.common.key_file import key_path, read_keys
from apis.common.sealing.files import prepare_sealing
from apis.common.sealing.ring import PINS
from apis.common.setup import Preparation


class BankPreparation(Preparation[SeedBook]):
    """The database, and the pepper of the PINs."""

    def prepare(self, home: Path, seed: Path | None, subjects: str, now: datetime) -> str:
        """Make the pepper where there is none, then the database.

        In banks from before there were other keys, the key file itself was the pepper.
        """
        older = database_path(home, "banking").exists() and key_path(home, "banking").exists()
        sealing = prepare_sealing(home, "banking")
        sealing.ring.secret(PINS, read_keys(key_path(home, "banking"))[0] if older else None)
        return super().prepare(home, seed, subjects, now)


PREPARATION = BankPreparation(
    "banking", Path(__file__).parent, SeedBook, fill_when_empty, Base.metadata
)

if __name__ == "__main__":
    sys.exit(PREPARATION.main())
