"""The weight of the chat page: what counts, and that too much of it is found."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from tools import weight

ROOT = Path(__file__).resolve().parents[2]
PAGE = '<link href="/assets/base.css"><script type="module" src="/assets/main.js"></script>'


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A project whose page loads a script, which imports the component."""
    assets = tmp_path / "web" / "assets"
    assets.mkdir(parents=True)
    (tmp_path / "web" / "index.html").write_text(PAGE)
    for name in ("base.css", *weight.COMPONENT, "deep.js", "unused.js"):
        (assets / name).write_text("")
    (assets / "main.js").write_text('import { Chat } from "./chat.js";\n')
    (assets / "chat.js").write_text('import {\n  a,\n  b,\n} from "./deep.js";\n')
    return tmp_path


def _noise(size: int) -> str:
    """Return words that do not compress well: `size` hexadecimal digits, half a byte each."""
    return random.Random(7).randbytes(size // 2).hex()


def test_everything_that_the_page_loads_counts(root: Path) -> None:
    names = {file.name for file in weight.loaded_by(root / "web" / "index.html")}
    assert names == {"index.html", "base.css", "main.js", "chat.js", "deep.js"}


def test_what_nothing_loads_weighs_nothing(root: Path) -> None:
    (root / "web" / "assets" / "unused.js").write_text(_noise(400_000))
    assert weight.complaints(root) == []


@pytest.mark.parametrize(
    ("name", "size", "found"),
    [
        ("base.css", 70_000, []),
        ("base.css", 200_000, ["chat page"]),
        ("deep.js", 100_000, ["component"]),
        ("deep.js", 200_000, ["chat page", "component"]),
    ],
)
def test_what_is_too_heavy_is_found(root: Path, name: str, size: int, found: list[str]) -> None:
    (root / "web" / "assets" / name).write_text(_noise(size))
    complaints = weight.complaints(root)
    assert len(complaints) == len(found)
    assert all(line.startswith(each) for line, each in zip(complaints, found, strict=True))


@pytest.mark.parametrize(("spare", "fine"), [(1, True), (0, True), (-1, False)])
def test_the_limit_itself_is_allowed(
    root: Path, monkeypatch: pytest.MonkeyPatch, spare: int, fine: bool
) -> None:
    size = weight.size_of(weight.loaded_by(root / "web" / "index.html"))
    monkeypatch.setattr(weight, "MOST_OF_THE_FIRST_LOAD", size + spare)
    assert (weight.complaints(root) == []) is fine


def test_the_page_itself_is_light_enough_and_its_numbers_are_told() -> None:
    assert weight.complaints(ROOT) == []
    assert "kB of 80, component " in weight.told(ROOT)
