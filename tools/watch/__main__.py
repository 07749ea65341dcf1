"""`make watch-report`: months of ordinary life with planted attacks, and what the watch sees.

Prints the measures, and writes them with a picture into docs/watch.md. Ends with 1 where fewer
than 95 % of the attacks are seen, or more than one session in a thousand raises a false alarm.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from security.monitor.rules import read_rules
from tools.watch.month import SEED, run
from tools.watch.page import measured, put, rules_of
from tools.watch.picture import THEMES, picture

DOCS = Path(__file__).resolve().parents[2] / "docs"
LEAST_SEEN, MOST_FALSE = 0.95, 1.0


def main() -> int:
    """Do it."""
    parser = argparse.ArgumentParser(prog="make watch-report")
    parser.add_argument("--months", type=int, default=3)
    options = parser.parse_args()
    rules, months = read_rules(), []
    for number in range(options.months):
        print(f"month {number + 1} of {options.months}", flush=True)
        months.append(run(rules, SEED + number))
        rate = months[-1].records / months[-1].took
        print(f"  {months[-1].records:,} records, {rate:,.0f} a second held against the rules")
    lines = list(measured(months))
    print("\n".join(lines))
    put(DOCS / "watch.md", "rules", list(rules_of(rules)))
    put(DOCS / "watch.md", "measured", lines)
    for theme in THEMES:
        drawn = picture(months[0].found, theme)
        (DOCS / "pictures" / f"watch-{theme}.svg").write_text(drawn, "utf-8")
    seen = [found for month in months for found in month.found]
    detected = sum(bool(found.alerts) for found in seen) / len(seen)
    false = 1_000 * sum(len(m.false) for m in months) / sum(m.sessions for m in months)
    print(f"seen {detected:.1%}, false alarms {false:.2f} in 1,000 sessions")
    return 0 if detected >= LEAST_SEEN and false <= MOST_FALSE else 1


if __name__ == "__main__":
    sys.exit(main())
