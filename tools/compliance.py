"""`make compliance`: docs/compliance.md, from the catalogues and the tests' last outcomes.

Runs no tests itself: what came of each test is what pytest kept (`tests/support/outcomes.py`).
"""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path
from typing import Any

if __package__ is None or __package__ == "":
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tests.support import outcomes
from tests.support.requirements import written
from tools import compliance_page, compliance_picture, compliance_rows

ROOT = Path(__file__).resolve().parent.parent
PAGE = Path("docs/compliance.md")
PICTURE = "docs/pictures/compliance-{}.svg"


def last(known: dict[str, Any], tests: dict[str, tuple[str, ...]]) -> dict[str, str]:
    """Return what each test that there is came to at last: the worst of its parameters."""
    worst = ("skipped", "passed", "failed")
    found: dict[str, str] = {}
    for node, (came, _, _) in known["tests"].items():
        name = node.partition("[")[0]
        if name in tests and came in worst:
            found[name] = max(found.get(name, came), came, key=worst.index)
    return found


def runs(known: dict[str, Any], tests: dict[str, tuple[str, ...]]) -> list[compliance_page.Run]:
    """Return the runs from which the outcomes are, the one with most tests first."""
    counted = Counter(
        run for node, (_, run, _) in known["tests"].items() if node.partition("[")[0] in tests
    )
    return [
        compliance_page.Run(known["runs"][run]["at"], known["runs"][run]["commit"], tests)
        for run, tests in counted.most_common()
    ]


def main() -> None:
    """Write the page and its pictures."""
    known = outcomes.read(ROOT / outcomes.FILE)
    tests = written(ROOT)
    catalogues = compliance_rows.read(ROOT)
    verdicts = compliance_rows.judged(catalogues, tests, last(known, tests))
    text = compliance_page.page(catalogues, verdicts, runs(known, tests))
    (ROOT / PAGE).write_text(text, "utf-8")
    for scheme in ("light", "dark"):
        drawn = compliance_picture.drawing(catalogues, verdicts, scheme)
        (ROOT / PICTURE.format(scheme)).write_text(drawn, "utf-8")
    said = Counter(verdict.state for verdict in verdicts.values())
    print(f"{PAGE}: " + ", ".join(f"{said[state]} {state}" for state in compliance_rows.STATES))


if __name__ == "__main__":
    main()
