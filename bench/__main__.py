"""`python -m bench [--quick]`: measure, print the table, write `bench/results.json`."""

from __future__ import annotations

import argparse

from rich.console import Console

from bench import machine, rows
from bench.measure import measure
from bench.plan import FULL, QUICK
from bench.running import measured
from cli.settings import ROOT

RESULTS = ROOT / "bench" / "results.json"


def main() -> None:
    """Run the bench; exit 1 with one clear line where it cannot be done."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a minute, and no results file")
    quick = parser.parse_args().quick
    described = machine.describe()
    found = measured(lambda work: measure(work, QUICK if quick else FULL))
    rows.show(Console(), found)
    if not quick:
        rows.write(RESULTS, described, found)
        print(f"written to {RESULTS.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
