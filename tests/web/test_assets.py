"""Rules of the files themselves; no browser needed."""

from __future__ import annotations

import gzip
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from tests.web.fake_server import WEB
from tools.weight import loaded_by, with_imports

CHAT = ("chat.js", "composer.js", "log.js")
ASSETS = WEB / "assets"
SCRIPTS = [*sorted(ASSETS.rglob("*.js")), WEB / "embed.js"]
CATALOGUES = [file for file in SCRIPTS if file.name == "texts.js"]
PAGES = sorted(WEB.glob("*.html"))
# Of a sheet: comments and conditional blocks; what stands before a rule; a class that stands alone.
BLOCKS = re.compile(r"/\*.*?\*/|@[^{]*\{(?:[^{}]*\{[^{}]*\})*[^{}]*\}", re.DOTALL)
HEADS = re.compile(r"([^{}]+)\{")
ALONE = re.compile(r"(?:^|,)\s*\.([\w-]+)\s*(?=,|$)")
PATHS = ("/", "/security", "/push", "/admin", "/monitor", "/demo", "/demo/phone")


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


def tags_of(file: Path) -> Tags:
    """Read a page."""
    tags = Tags()
    tags.feed(file.read_text())
    return tags


@pytest.fixture(params=PAGES, ids=lambda file: file.stem)
def html(request: pytest.FixtureRequest) -> Tags:
    return tags_of(request.param)


def test_each_page_loads_only_what_is_its_own() -> None:
    names = ("index", "security", "admin", "demo", "demo-phone", "embed")
    chat, security, admin, demo, phone, frame = (loaded_by(WEB / f"{name}.html") for name in names)
    # Loaded by the chat only for whoever comes by a link in a text.
    onward = with_imports(ASSETS / "onward" / "main.js")
    others = {"security", "admin", "monitor", "demo", "embed", "onward"}
    assert not [file for file in chat if others & set(file.relative_to(WEB).parts)]
    assert not [file for file in security if "admin" in file.relative_to(WEB).parts]
    assert not (security | admin) & {ASSETS / name for name in (*CHAT, "chat.css", "messages.js")}
    assert not [file for file in demo if file.name in ("session.js", "code-form.js")]
    # What asks for a password or a code is not even there inside another site.
    assert not [file for file in frame if file.name in ("panel.js", "password-form.js", "sheet.js")]
    assert not [file for file in frame if file.name.startswith("code-")]
    assert {ASSETS / name for name in CHAT} <= frame
    device, back = loaded_by(WEB / "push.html"), loaded_by(WEB / "sso.html")
    assert not [file for file in device if file.name in ("session.js", "code-form.js")]
    monitor = loaded_by(WEB / "monitor.html")
    assert not [file for file in monitor if "admin" in file.relative_to(WEB).parts]
    assert not monitor & {ASSETS / name for name in (*CHAT, "chat.css", "messages.js")}
    alone = {WEB / "embed.js", WEB / "push-worker.js"}
    assert set(SCRIPTS) - alone <= (
        chat | security | admin | monitor | demo | phone | frame | onward | device | back
    )


def test_a_conversation_looks_alike_in_a_frame() -> None:
    """The page of frames has its own copy of what a message is drawn from: the very same."""
    page, frame = (
        re.findall(r"<template.*?</template>", (WEB / name).read_text("utf-8"), re.DOTALL)
        for name in ("index.html", "embed.html")
    )
    frame = [one.replace("embed.welcome", "welcome.text") for one in frame]
    assert len(page) > 3
    assert frame == page


def test_nothing_is_inline_and_nothing_comes_from_elsewhere(html: Tags) -> None:
    """ASVS 3.4.3: the policy needs no exception."""
    assert html.inline == []
    for tag, attributes in html.tags:
        assert tag not in ("style", "iframe", "base", "object", "embed")
        assert not [name for name in attributes if name == "style" or name.startswith("on")]
        for name in ("src", "href", "action"):
            value = attributes.get(name)
            known = value is None or value.partition("#")[0] in PATHS
            assert known or str(value).startswith(("/assets/", "#")), value


def test_every_file_that_the_page_names_is_there(html: Tags) -> None:
    named = {value for _, attributes in html.tags for value in attributes.values() if value}
    for path in (value for value in named if value.startswith("/assets/")):
        assert (WEB / path.removeprefix("/")).is_file(), path


def test_no_class_is_laid_out_by_two_sheets_of_a_page(html: Tags) -> None:
    """A chart's bar and the page's bar by one name would spoil each other."""
    sheets = [values["href"] or "" for tag, values in html.tags if tag == "link"]
    seen: dict[str, str] = {}
    for sheet in (name for name in sheets if name.endswith(".css")):
        rules = BLOCKS.sub("", (WEB / sheet.removeprefix("/")).read_text())
        alone = {name for part in HEADS.findall(rules) for name in ALONE.findall(part)}
        assert {name: seen[name] for name in alone & seen.keys()} == {}, sheet
        seen |= dict.fromkeys(alone, sheet)


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda file: file.relative_to(WEB).as_posix())
def test_no_script_makes_markup_or_keeps_a_secret(script: Path) -> None:
    """ASVS 3.2.2: text nodes only; a store of the browser is used for the theme alone."""
    code = script.read_text()
    unsafe = r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|DOMParser|\beval\(|Function\("
    assert re.search(unsafe, code) is None
    assert "sessionStorage" not in code
    # A device keeps its key there, which no script can read.
    assert ("indexedDB" in code) == (script == ASSETS / "push" / "device.js")
    assert "document.cookie" not in code
    assert ".style." not in code
    assert ("localStorage" in code) == (script.name == "theme.js")
    assert len(code.splitlines()) <= 300


def test_the_script_for_other_sites_is_small_and_stands_alone() -> None:
    """A host takes one file, which needs no exception of its policy and reads nothing of it."""
    code = (WEB / "embed.js").read_text()
    assert len(gzip.compress(code.encode(), 9, mtime=0)) <= 4_000
    assert not re.search(r"^\s*(?:import|export)\b", code, re.MULTILINE)
    assert "window." not in code
    assert not re.search(r"localStorage|setAttribute\(\"style|\.cookie", code)


def test_every_text_is_used_and_every_used_text_exists() -> None:
    words = "".join(file.read_text() for file in CATALOGUES)
    listed = re.findall(r'^    "([\w.]+)":', words, re.MULTILINE)
    keys = set(listed)
    assert len(listed) == len(keys), "a text is there twice"
    named = {
        value
        for page in PAGES
        for _, attributes in tags_of(page).tags
        for name, value in attributes.items()
        if name in ("data-text", "data-label", "data-placeholder") and value
    }
    assert named <= keys
    code = "".join(file.read_text() for file in SCRIPTS if file not in CATALOGUES)
    literal = set(re.findall(r'"([a-z]\w*(?:\.\w+)+)"', code))
    roots = {key.split(".")[0] for key in keys}
    asked = {key for key in literal if key.split(".")[0] in roots}
    plain = {re.sub(r"\.(one|other)$", "", key) for key in keys} | keys
    assert asked <= plain
    built = re.findall(r"`((?:[a-z]\w*\.)+)\$\{", code)
    # What each way of confirming is called by: `${method}.use`.
    ways = [*re.findall(r"`\$\{\w+\}(\.\w+)`", code), ".check", ".binding"]
    built += [f"{way}{word}" for way in ("passkey", "push", "sso") for word in ways]
    unused = {
        key
        for key in keys - named
        if re.sub(r"\.(one|other)$", "", key) not in asked and key not in asked
    }
    assert {key for key in unused if not key.startswith(tuple(built))} == set()
