"""The tree itself: no path of one machine, nothing too long to read."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from tools.files import project_files, words

MAX_LINES = 300
MAX_FUNCTION_LINES = 50
_HOMES = re.compile(r"(?<![\w.~$}])/(?:home|Users)/[a-z][\w.-]*/|(?<![\w.$}-])/roo[t]/[\w.]")


def machine_paths(root: Path, path: Path, text: str) -> Iterator[str]:
    """Yield the lines that name a folder of the machine that they were written on."""
    here = f"{root}/"
    for number, line in enumerate(text.splitlines(), 1):
        if here in line or _HOMES.search(line):
            yield f"{path.relative_to(root)}:{number} names a folder of one machine"


def too_long(root: Path, path: Path, text: str) -> Iterator[str]:
    """Yield Python files and functions that nobody can take in at one look."""
    name = path.relative_to(root)
    if len(text.splitlines()) > MAX_LINES:
        yield f"{name} has more than {MAX_LINES} lines"
    if "/migrations/versions/" in str(path):
        return  # One function that creates every table is how a migration is.
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            if length > MAX_FUNCTION_LINES:
                yield f"{name}:{node.lineno} {node.name} has {length} lines"


def complaints(root: Path) -> list[str]:
    """Return what is wrong with the files of the project."""
    found: list[str] = []
    for path in project_files(root):
        text = words(path)
        if text is None:
            continue
        found += machine_paths(root, path, text)
        if path.suffix == ".py":
            found += too_long(root, path, text)
    return found
