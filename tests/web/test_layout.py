"""What fits on the screen, and what can be read there."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.web.fake_gateway import FakeGateway
from tests.web.fake_server import WEB
from tests.web.steps import ask_for_the_balance, give_password, log, panel, pass_time, say

WIDER_THAN_THE_SCREEN = """() => document.documentElement.scrollWidth > innerWidth
  || [...document.querySelectorAll("#log, .panel-body")].some(
       (box) => box.scrollWidth > box.clientWidth)"""
# (text, what it stands on, least contrast): WCAG 1.4.3 for words, 1.4.11 for edges and marks.
PAIRS = [
    *[(ink, ground, 4.5) for ink in ("ink", "muted") for ground in ("paper", "surface", "sunken")],
    *[(ink, "accent-soft", 4.5) for ink in ("ink", "muted", "accent")],
    ("on-accent", "accent", 4.5),
    ("on-accent", "accent-strong", 4.5),
    ("on-person", "person", 4.5),
    ("accent", "surface", 4.5),
    ("good", "surface", 4.5),
    ("bad", "paper", 4.5),
    ("bad", "bad-soft", 4.5),
    ("ink", "bad-soft", 4.5),
    ("warn", "warn-soft", 4.5),
    ("warn", "surface", 4.5),
    ("bad", "surface", 4.5),
    ("muted", "accent-soft", 4.5),
    ("edge", "surface", 3),
    ("edge", "paper", 3),
    ("accent", "paper", 3),
]


def luminance(colour: str) -> float:
    """Return the relative luminance of "#rrggbb" (WCAG 2.2, definition)."""
    parts = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio of two colours, 1 to 21."""
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
def test_every_pair_of_colours_has_enough_contrast(theme: int) -> None:
    css = (WEB / "assets/base.css").read_text()
    found = re.findall(r"--([\w-]+): light-dark\((#\w{6}), (#\w{6})\)", css)
    palette = {name: (light, dark) for name, light, dark in found}
    for ink, ground, least in PAIRS:
        ratio = contrast(palette[ink][theme], palette[ground][theme])
        assert ratio >= least, f"{ink} on {ground}: {ratio:.2f}"


@pytest.mark.parametrize("width", [360, 1280])
def test_only_the_conversation_scrolls(page: Page, width: int) -> None:
    """What is hidden but read aloud in a long conversation must not make the page longer."""
    page.set_viewport_size({"width": width, "height": 700})
    ask_for_the_balance(page)
    for _ in range(4):
        say(page, "transactions")
    expect(log(page).get_by_role("table")).to_have_count(4)
    size = page.evaluate("[document.documentElement.scrollHeight, innerHeight]")
    assert size == [700, 700]


def fits(page: Page) -> bool:
    """Tell whether nothing has to be scrolled sideways."""
    return not page.evaluate(WIDER_THAN_THE_SCREEN)


@pytest.mark.parametrize(("width", "height"), [(320, 640), (640, 400), (320, 256), (1280, 800)])
def test_nothing_is_wider_than_the_screen(
    page: Page, gateway: FakeGateway, width: int, height: int
) -> None:
    """WCAG 1.4.10: 320 px; 640 × 400 is a common window at a zoom of 200 %."""
    page.set_viewport_size({"width": width, "height": height})
    assert fits(page)
    say(page, "What's my balance?")
    give_password(page)
    panel(page).get_by_label("6-digit code").wait_for()
    assert fits(page)
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Sign in", exact=True).first.click()
    panel(page).get_by_label("6-digit code").fill("492816")
    page.keyboard.press("Enter")
    log(page).get_by_text("€2,480.15").wait_for()
    say(page, "transactions " + "unbroken" * 30)
    log(page).get_by_role("table").wait_for()
    assert fits(page)
    page.context.set_offline(True)
    say(page, "later")
    expect(page.locator("#network")).to_be_visible()
    page.get_by_role("button", name="Keep this conversation").click()
    for name in ("Copy it", "Save it as a file"):
        expect(page.get_by_role("button", name=name)).to_be_in_viewport(ratio=1)
    page.keyboard.press("Escape")
    assert fits(page)
    page.context.set_offline(False)
    expect(page.locator("#network")).to_be_hidden()
    # What waited is activity too: answered after the clock went on, it would renew the session.
    expect(log(page)).to_contain_text("You said: later")
    pass_time(page, gateway, 245)
    button = page.get_by_role("button", name="Stay in this session")
    button.scroll_into_view_if_needed()
    expect(button).to_be_in_viewport()
    assert fits(page)


@pytest.mark.parametrize("system", ["light", "dark"])
def test_the_theme_follows_the_system_until_it_is_chosen(
    context: BrowserContext, system: str
) -> None:
    page = context.new_page()
    page.emulate_media(color_scheme="dark" if system == "dark" else "light")
    page.goto("/")
    ground = "getComputedStyle(document.body).backgroundColor"
    before = page.evaluate(ground)
    page.get_by_role("button", name="Switch between light and dark").click()
    chosen = page.evaluate(ground)
    assert chosen != before
    page.reload()
    assert page.evaluate(ground) == chosen
    stored = page.evaluate("Object.entries(localStorage)")
    assert stored == [["gatehouse.theme", "light" if system == "dark" else "dark"]]


def test_the_focus_is_always_visible(page: Page) -> None:
    """WCAG 2.4.7, on every stop of a walk through the page with Tab."""
    ask_for_the_balance(page)
    page.evaluate("document.activeElement.blur()")
    seen = set()
    for _ in range(9):
        page.keyboard.press("Tab")
        stop = page.evaluate(
            """() => {
              const node = document.activeElement;
              const shown = [node, node.closest(".field-row")].filter(Boolean);
              return [node.id, shown.map((one) => getComputedStyle(one)).some((style) =>
                style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2)];
            }"""
        )
        assert stop[1] or stop[0] == "", stop
        seen.add(stop[0])
    assert {"theme", "sign-out", "log", "words", "send", "saving-open"} <= seen


def test_the_panel_keeps_the_focus_and_gives_it_back(page: Page) -> None:
    opener = page.get_by_role("button", name="Sign in", exact=True)
    opener.focus()
    page.keyboard.press("Enter")
    for _ in range(12):
        page.keyboard.press("Tab")
        assert page.evaluate(
            "document.activeElement === document.body "
            "|| document.querySelector('#panel').contains(document.activeElement)"
        )
    page.keyboard.press("Escape")
    expect(opener).to_be_focused()
