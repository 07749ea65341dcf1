"""Reads docs/extending.md as what it asks its reader to do."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from pathlib import Path

_BLOCK = re.compile(
    r"(?:<!-- file: (?P<file>\S+) -->\n)?```(?P<kind>\w*)\n(?P<text>.*?)```", re.DOTALL
)


@dataclass(frozen=True)
class Step:
    """A command to run, or a file to write."""

    command: list[str]
    file: Path | None = None
    text: str = ""


def steps(page: str) -> list[Step]:
    """Return the page's steps in their order; what is only shown is none."""
    found = []
    for block in _BLOCK.finditer(page):
        if block["file"]:
            found.append(Step([], Path(block["file"]), block["text"]))
        elif block["kind"] == "sh":
            found += [Step(shlex.split(line)) for line in block["text"].splitlines()]
    return found
