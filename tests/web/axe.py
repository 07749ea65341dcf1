"""axe-core looks at a page: what it finds, in words; and the pages in each of their states."""

from __future__ import annotations

import os
from itertools import product
from typing import Any, Literal

import pytest
from playwright.sync_api import Frame, Page

from tests.support.node import FOLDER, is_installed

SCRIPT = FOLDER / "node_modules" / "axe-core" / "axe.min.js"
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
SIZES = ((1280, 800), (320, 640))
# What axe-core cannot decide is a finding as well, but for words that are scrolled out of view: for
# those the palette is checked (test_layout.py).
_RUN = """async (tags) => {
  const { violations, incomplete } = await axe.run(document, {
    iframes: false, runOnly: { type: "tag", values: tags },
    resultTypes: ["violations", "incomplete"] });
  const unsure = incomplete.filter(({ id }) => id !== "color-contrast");
  return [...violations, ...unsure].flatMap(({ id, nodes }) => nodes.map((node) =>
    `${id}: ${node.target.join(" ")}: ${node.failureSummary}`));
}"""


def read_axe() -> str:
    """Return axe-core's source; where it is not installed the test is skipped, and fails in CI."""
    if not is_installed():
        missing = "axe-core of tests/foreign is not there: make test installs it with npm"
        if os.environ.get("CI"):
            pytest.fail(missing)
        pytest.skip(missing)
    return SCRIPT.read_text("utf-8")


def faults_of(page: Page, source: str, frame: Frame | None = None) -> list[str]:
    """Return what axe-core finds on `page` as it is, or in `frame`, in all schemes and sizes."""
    looked_at = frame or page
    if not looked_at.evaluate("'axe' in window"):
        looked_at.evaluate(source)
    found: list[str] = []
    for scheme, (width, height) in product(SCHEMES, SIZES):
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        page.set_viewport_size({"width": width, "height": height})
        said: list[Any] = looked_at.evaluate(_RUN, TAGS)
        found += [f"{scheme}, {width} px: {one}" for one in said]
    return found
