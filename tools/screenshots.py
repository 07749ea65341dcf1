"""`make screenshots`: starts Gatehouse, plays what the README tells, and takes its pictures anew.

In a home and on a port of its own, so nothing of yours is touched; the trained model is taken
from your home where there is one. WebP, light and dark, into docs/pictures/.
"""

from __future__ import annotations

import base64
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from playwright.sync_api import Browser, Page, expect, sync_playwright

from cli.settings import ROOT, load_settings
from tests.e2e.installation import Installation
from tests.support.browser import find_chromium
from tests.support.model import copy_model

PICTURES = ROOT / "docs" / "pictures"
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
QUALITY = 82
PATIENCE_MS = 60_000
"""A code that was used already is waited out."""


@contextmanager
def running() -> Iterator[Installation]:
    """Run a Gatehouse until the block ends."""
    with tempfile.TemporaryDirectory(prefix="gatehouse-pictures-") as folder:
        home = Path(folder) / "home"
        copy_model(load_settings().home_folder, home)
        installation = Installation(home)
        print("starting Gatehouse; where there is no model yet, it is trained first", flush=True)
        installation.start()
        try:
            yield installation
        finally:
            installation.stop()


def take(page: Page, name: str, scheme: str) -> None:
    """Write one picture. Playwright itself writes no WebP, Chromium does."""
    page.bring_to_front()
    page.wait_for_timeout(400)  # What has just been drawn may still move.
    session = page.context.new_cdp_session(page)
    told = session.send("Page.captureScreenshot", {"format": "webp", "quality": QUALITY})
    session.detach()
    file = PICTURES / f"{name}-{scheme}.webp"
    file.write_bytes(base64.b64decode(told["data"]))
    print(f"  {file.relative_to(ROOT)}: {file.stat().st_size / 1000:.0f} kB", flush=True)


def step(demo: Page, *actions: str) -> None:
    """Press the buttons of one step of the tour, and go on."""
    for words in actions:
        demo.locator(".step").get_by_role("button", name=words).click()
        expect(demo.locator(".step-button[aria-disabled]")).to_have_count(0)
        expect(demo.locator("#doing")).to_be_empty()
    demo.get_by_role("button", name="Next", exact=True).click()


def play(browser: Browser, url: str, scheme: Literal["light", "dark"]) -> None:
    """Show the bank's tour, and take a picture where it is worth one."""
    context = browser.new_context(
        base_url=url,
        ignore_https_errors=True,
        locale="en-GB",
        timezone_id="UTC",
        color_scheme=scheme,
        reduced_motion="reduce",
        viewport={"width": 1360, "height": 850},
    )
    context.set_default_timeout(PATIENCE_MS)
    demo, alone = context.new_page(), context.new_page()
    alone.set_viewport_size({"width": 1000, "height": 720})
    demo.bring_to_front()
    demo.goto("/demo")
    chat = demo.frame_locator(".chat-frame")
    chat.get_by_role("heading", name="How can we help?").wait_for()
    step(demo, "what's my balance?")
    step(demo, "Sign in as Alice Moreau")
    expect(chat.get_by_text("Available", exact=True)).to_be_visible()
    alone.goto("/")
    expect(alone.get_by_text("Available", exact=True)).to_be_visible()
    take(alone, "balance", scheme)
    alone.goto("/security")
    expect(alone.get_by_role("heading", name="Recent sign-ins")).to_be_visible()
    take(alone, "security", scheme)
    demo.bring_to_front()
    step(demo, "send Anna 50 euros")
    step(demo, "make it 60")
    demo.locator(".step").get_by_role("button", name="Have the code come as a text").click()
    demo.get_by_role("button", name="into the secure panel").last.wait_for()
    take(demo, "demo", scheme)
    demo.get_by_role("tab", name="Attacks").click()
    attack = demo.get_by_role("article", name="Copy the cookie")
    expect(attack).to_be_visible()
    while True:
        attack.get_by_role("button", name="Try it").click()
        expect(attack.get_by_role("status")).not_to_have_text("Trying …")
        if attack.get_by_role("status").inner_text() == "Stopped":
            break
        demo.wait_for_timeout(5_000)
    attack.evaluate("node => node.scrollIntoView()")
    take(demo, "attack", scheme)
    context.close()


def main() -> int:
    """Take all pictures; 1 where there is no browser."""
    chromium = find_chromium()
    if chromium is None:
        print("screenshots: no Chromium was found", file=sys.stderr)
        return 1
    PICTURES.mkdir(parents=True, exist_ok=True)
    expect.set_options(timeout=PATIENCE_MS)
    with running() as gatehouse, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(chromium), args=["--no-sandbox"])
        for scheme in SCHEMES:
            play(browser, gatehouse.url, scheme)
        browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
