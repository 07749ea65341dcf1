"""A browser, a fake gateway, and a page that must break no rule of its policy."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    expect,
    sync_playwright,
)

from tests.web.fake_gateway import FakeGateway
from tests.web.fake_server import Routes, served

PATIENCE_MS = 20_000
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
WATCH = """
addEventListener("securitypolicyviolation", (event) =>
  console.error(`violation: ${event.violatedDirective} ${event.blockedURI}`));
"""


# Of one module: as long as Playwright runs, its event loop does, and no asynchronous test of
# another room could start its own. (The scope "package" is the whole session where no folder of
# tests has an `__init__.py`.)
@pytest.fixture(scope="module")
def browser(chromium_shell: str) -> Iterator[Browser]:
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_shell, args=list(FLAGS))
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def calls() -> Routes:
    return Routes(FakeGateway())


@pytest.fixture(scope="session")
def address(calls: Routes, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with served(calls, tmp_path_factory.mktemp("web")) as url:
        yield url


@pytest.fixture
def gateway(calls: Routes) -> Iterator[FakeGateway]:
    """A gateway of this test alone, behind the address of all."""
    calls.gateway = FakeGateway()
    yield calls.gateway
    calls.gateway.may_answer.set()


@pytest.fixture
def faults() -> list[str]:
    """What the browser complained of; empty at the end of every test."""
    return []


@pytest.fixture
def context(
    browser: Browser, address: str, gateway: FakeGateway, faults: list[str]
) -> Iterator[BrowserContext]:
    context = browser.new_context(
        base_url=address,
        ignore_https_errors=True,
        locale="en-GB",
        timezone_id="UTC",
        reduced_motion="reduce",
        viewport={"width": 1280, "height": 800},
    )
    context.set_default_timeout(PATIENCE_MS)
    context.add_init_script(WATCH)

    def note(message: ConsoleMessage) -> None:
        # The browser reports refused calls too; those are answers, not faults of the page.
        if message.type == "error" and "Failed to load resource" not in message.text:
            faults.append(message.text)

    context.on("console", note)
    context.on("weberror", lambda error: faults.append(str(error.error)))
    yield context
    context.close()
    assert faults == []


@pytest.fixture
def page(context: BrowserContext) -> Page:
    """The page, opened, with a clock that a test may move."""
    page = context.new_page()
    page.clock.install()
    page.goto("/?tenant=northwind-bank")
    page.get_by_role("heading", name="How can we help?").wait_for()
    return page
