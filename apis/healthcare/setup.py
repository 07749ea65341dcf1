"""Prepare the clinic's database: `python -m apis.healthcare.setup --home DIR [--seed FILE]`."""

from __future__ import annotations

import sys
from pathlib import Path

from apis.common.setup import Preparation
from apis.healthcare.seed import SeedBook, fill_when_empty
from apis.healthcare.tables import Base

PREPARATION = Preparation(
    "healthcare", Path(__file__).parent, SeedBook, fill_when_empty, Base.metadata
)

if __name__ == "__main__":
    sys.exit(PREPARATION.main())
