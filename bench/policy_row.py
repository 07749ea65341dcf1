"""One decision with the project's own policies, in this process: nothing is asked of a database.

Alone: `python -m bench.policy_row`.
"""

from __future__ import annotations

import time

from bench.figures import percentile
from bench.rows import Row, rounded
from cli.settings import ROOT
from security.access import Access, Facts
from security.operations.operation import Operation
from security.server import read_access, read_operations

CALLS = 5_000
_WARM_UP = 200
_CUSTOMER = Facts("northwind-bank", ("customer",), "northwind-bank", "web", "aal2", 60)


def measure(calls: int = CALLS) -> list[Row]:
    """Return the row: microseconds of an allowed decision about a balance."""
    operations = read_operations(ROOT)
    access, asked = read_access(ROOT, operations), operations["banking.list_accounts"]
    if not access.allows(asked, _CUSTOMER):
        raise RuntimeError("a customer was denied their balance")
    times = _times(access, asked, calls)
    return [Row("policy_decision_p50", "us", None, percentile(times, 50))]


def _times(access: Access, asked: Operation, calls: int) -> list[float]:
    times = []
    for _ in range(_WARM_UP + calls):
        began = time.perf_counter()
        access.allows(asked, _CUSTOMER)
        times.append((time.perf_counter() - began) * 1_000_000)
    return times[_WARM_UP:]


if __name__ == "__main__":
    for row in measure():
        print(f"{row.name}: {rounded(row.gatehouse)} {row.unit}")
