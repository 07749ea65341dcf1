"""Prepare the bank's database: `python -m apis.banking.setup --home DIR [--seed FILE]`."""

from __future__ import annotations

import sys
from pathlib import Path

from apis.banking.seed import SeedBook, fill_when_empty
from apis.common.setup import Preparation

PREPARATION = Preparation("banking", Path(__file__).parent, SeedBook, fill_when_empty)

if __name__ == "__main__":
    sys.exit(PREPARATION.main())
