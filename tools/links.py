"""Links in the docs: every relative one leads to a file, every #part to a heading."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from tools.files import project_files

_LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)(?:\s+\"[^\"]*\")?\)|!\[[^\]]*\]\(([^)\s]+)\)")
_CODE = re.compile(r"^```.*?^```|`[^`\n]*`", re.MULTILINE | re.DOTALL)
_HEADING = re.compile(r"^#{1,6}\s+(.+?)\s*#*$", re.MULTILINE)
_ELSEWHERE = ("http://", "https://", "mailto:")


def anchors(text: str) -> set[str]:
    """Return the names under which a page's headings can be reached, as GitHub makes them."""
    plain = (re.sub(r"[`*]|\[([^\]]*)\]\([^)]*\)", r"\1", one) for one in _HEADING.findall(text))
    return {re.sub(r"[^\w\- ]", "", one.lower()).replace(" ", "-") for one in plain}


def links(text: str) -> Iterator[str]:
    """Yield the targets of a page's links and pictures, code left out."""
    for match in _LINK.finditer(_CODE.sub("", text)):
        yield match[1] or match[2]


def dead(root: Path, page: Path) -> Iterator[str]:
    """Yield the links of a page that lead nowhere."""
    for target in links(page.read_text("utf-8")):
        if target.startswith(_ELSEWHERE):
            continue
        name, _, part = target.partition("#")
        aim = (page.parent / name) if name else page
        broken = not aim.exists()
        if not broken and part and aim.suffix == ".md":
            broken = part not in anchors(aim.read_text("utf-8"))
        if broken:
            yield f"{page.relative_to(root)}: {target} leads nowhere"


def complaints(root: Path) -> list[str]:
    """Return the dead links of all Markdown pages."""
    pages = [path for path in project_files(root) if path.suffix == ".md"]
    return [line for page in pages for line in dead(root, page)]
