"""What mutants change, as JSON: run in the folder of a group, with the mutants' names.

`mutmut show` tells it of one mutant at a time, and reads everything anew for each.
"""

from __future__ import annotations

import json
import sys

from mutmut.mutation.diff_apply import find_mutant, get_diff_for_mutant


def changed(mutant: str) -> tuple[str, str]:
    """Return the changed lines of a mutant, before and after."""
    diff = get_diff_for_mutant(mutant, path=find_mutant(mutant).path)
    lines = [line for line in diff.splitlines() if not line.startswith(("---", "+++"))]
    was = " ".join(line[1:].strip() for line in lines if line.startswith("-"))
    becomes = " ".join(line[1:].strip() for line in lines if line.startswith("+"))
    return was, becomes


if __name__ == "__main__":
    json.dump({mutant: changed(mutant) for mutant in sys.argv[1:]}, sys.stdout)
