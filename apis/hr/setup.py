"""Prepare HR's database: `python -m apis.hr.setup --home DIR [--seed FILE]`."""

from __future__ import annotations

import sys
from pathlib import Path

from apis.common.setup import Preparation
from apis.hr.seed import SeedBook, fill_when_empty
from apis.hr.tables import Base

PREPARATION = Preparation("hr", Path(__file__).parent, SeedBook, fill_when_empty, Base.metadata)

if __name__ == "__main__":
    sys.exit(PREPARATION.main())
