"""Prepare the shop's database: `python -m apis.orders.setup --home DIR [--seed FILE]`."""

from __future__ import annotations

import sys
from pathlib import Path

from apis.common.setup import Preparation
from apis.orders.seed import SeedShop, fill_when_empty
from apis.orders.tables import Base

PREPARATION = Preparation("orders", Path(__file__).parent, SeedShop, fill_when_empty, Base.metadata)

if __name__ == "__main__":
    sys.exit(PREPARATION.main())
