"""Rules of the files themselves; no browser needed."""

from __future__ import annotations

import gzip
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from tests.web.fake_server import WEB

MOST_BYTES = 30_000
SCRIPTS = sorted((WEB / "assets").glob("*.js"))
FILES = [WEB / "index.html", *sorted((WEB / "assets").iterdir())]


class Tags(HTMLParser):
    """Collects the tags of the page with their attributes and words."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.inline: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        if self.tags and self.tags[-1][0] in ("script", "style") and data.strip():
            self.inline.append(data)


@pytest.fixture(scope="module")
def html() -> Tags:
    tags = Tags()
    tags.feed((WEB / "index.html").read_text())
    return tags


def test_the_whole_page_is_small() -> None:
    sizes = {file.name: len(gzip.compress(file.read_bytes(), 9, mtime=0)) for file in FILES}
    assert sum(sizes.values()) <= MOST_BYTES, sizes


def test_nothing_is_inline_and_nothing_comes_from_elsewhere(html: Tags) -> None:
    """ASVS 3.4.3: the policy needs no exception."""
    assert html.inline == []
    for tag, attributes in html.tags:
        assert tag not in ("style", "iframe", "base", "object", "embed")
        assert not [name for name in attributes if name == "style" or name.startswith("on")]
        for name in ("src", "href", "action"):
            value = attributes.get(name)
            assert value is None or value.startswith(("/assets/", "#"))


def test_every_file_that_the_page_names_is_there(html: Tags) -> None:
    named = {value for _, attributes in html.tags for value in attributes.values() if value}
    for path in (value for value in named if value.startswith("/assets/")):
        assert (WEB / path.removeprefix("/")).is_file(), path


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda file: file.name)
def test_no_script_makes_markup_or_keeps_a_secret(script: Path) -> None:
    """ASVS 3.2.2: text nodes only; a store of the browser is used for the theme alone."""
    code = script.read_text()
    unsafe = r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|DOMParser|\beval\(|Function\("
    assert re.search(unsafe, code) is None
    assert "sessionStorage" not in code
    assert "indexedDB" not in code
    assert "document.cookie" not in code
    assert ("localStorage" in code) == (script.name == "theme.js")
    assert len(code.splitlines()) <= 300


def test_every_text_is_used_and_every_used_text_exists(html: Tags) -> None:
    catalogue = (WEB / "assets/texts.js").read_text()
    keys = set(re.findall(r'^    "([\w.]+)":', catalogue, re.MULTILINE))
    named = {
        value
        for _, attributes in html.tags
        for name, value in attributes.items()
        if name in ("data-text", "data-label", "data-placeholder") and value
    }
    assert named <= keys
    code = "".join(file.read_text() for file in SCRIPTS if file.name != "texts.js")
    literal = set(re.findall(r'"([a-z]+(?:\.\w+)+)"', code))
    roots = {key.split(".")[0] for key in keys}
    asked = {key for key in literal if key.split(".")[0] in roots}
    plain = {re.sub(r"\.(one|other)$", "", key) for key in keys} | keys
    assert asked <= plain
    built = re.findall(r"`([a-z]+\.)\$\{", code)
    unused = {
        key
        for key in keys - named
        if re.sub(r"\.(one|other)$", "", key) not in asked and key not in asked
    }
    assert {key for key in unused if not key.startswith(tuple(built))} == set()
