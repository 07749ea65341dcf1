"""Prepare IT's database: `python -m apis.it.setup --home DIR [--seed FILE]`."""

from __future__ import annotations

import sys
from pathlib import Path

from apis.common.setup import Preparation
from apis.it.seed import SeedBook, fill_when_empty
from apis.it.tables import Base

PREPARATION = Preparation("it", Path(__file__).parent, SeedBook, fill_when_empty, Base.metadata)

if __name__ == "__main__":
    sys.exit(PREPARATION.main())
