"""Prepare the clinic's database: `python -m apis.healthcare.setup --home DIR [--seed FILE]`."""

from __future__ import annotations

import sys
from pathlib import Path

from apis.common.setup import Preparation
from apis.healthcare.seed import SeedBook, fill_when_empty

PREPARATION = Preparation("healthcare", Path(__file__).parent, SeedBook, fill_when_empty)

if __name__ == "__main__":
    sys.exit(PREPARATION.main())
