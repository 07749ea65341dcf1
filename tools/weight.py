"""Page weight: how many bytes the chat page and its component are, as they travel (gzip)."""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterator
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path

FIRST_PAGE = "index.html"
COMPONENT = ("chat.js", "composer.js", "log.js", "chat.css")
"""What shows and carries a conversation; what these import is part of it."""
MOST_OF_THE_FIRST_LOAD = 80_000
MOST_OF_THE_COMPONENT = 30_000
_IMPORT = re.compile(r'^(?:import|export|\}) ?.*?"(\.[^"]+)";$', re.MULTILINE)


class _Attributes(HTMLParser):
    """Collects the values of all attributes of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.values: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.values |= {value for _, value in attrs if value}


@dataclass(frozen=True)
class Weight:
    """One sum of bytes, and the most that it may be."""

    name: str
    size: int
    most: int

    def __str__(self) -> str:
        """As it is printed: "chat page 41.2 kB of 80"."""
        return f"{self.name} {self.size / 1000:.1f} kB of {self.most / 1000:g}"


def with_imports(*files: Path) -> set[Path]:
    """Return the modules and all that they import."""
    found, open_files = set(files), list(files)
    while open_files:
        file = open_files.pop()
        for name in _IMPORT.findall(file.read_text("utf-8")):
            needed = (file.parent / name).resolve()
            if needed not in found:
                found.add(needed)
                open_files.append(needed)
    return found


def loaded_by(page: Path) -> set[Path]:
    """Return every file that opening `page` loads, itself among them."""
    reader = _Attributes()
    reader.feed(page.read_text("utf-8"))
    web = page.parent
    named = {web / value[1:] for value in reader.values if value.startswith("/assets/")}
    scripts = with_imports(*(file for file in named if file.suffix == ".js"))
    return {page, *named, *scripts}


def size_of(files: set[Path]) -> int:
    """Return the bytes of `files` as they travel."""
    return sum(len(gzip.compress(file.read_bytes(), 9, mtime=0)) for file in files)


def weights(web: Path) -> Iterator[Weight]:
    """Yield what is weighed of the pages in `web`."""
    first = size_of(loaded_by(web / FIRST_PAGE))
    yield Weight("chat page", first, MOST_OF_THE_FIRST_LOAD)
    component = size_of(with_imports(*(web / "assets" / name for name in COMPONENT)))
    yield Weight("component", component, MOST_OF_THE_COMPONENT)


def told(root: Path) -> str:
    """Return all weights on one line."""
    return ", ".join(map(str, weights(root / "web")))


def complaints(root: Path) -> list[str]:
    """Return what is too heavy."""
    return [f"{each}: too heavy" for each in weights(root / "web") if each.size > each.most]
