"""One real installation for the whole run; its model is kept between runs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Playwright, expect, sync_playwright

from tests.e2e.installation import Installation
from tests.e2e.people import Person, people
from tests.e2e.visitor import Visitor
from tests.support.model import copy_model, kept_model
from tests.support.virtual import spki_digest

WAIT_MS = 20_000
"""What a browser waits for at most, unless a test says otherwise."""


@pytest.fixture(scope="session")
def model_cache(request: pytest.FixtureRequest) -> Path:
    """Where the trained model is kept between test runs."""
    cache: Path = request.config.cache.mkdir("gatehouse")
    kept_model(cache)
    return cache


@pytest.fixture(scope="session")
def new_installation(
    tmp_path_factory: pytest.TempPathFactory, model_cache: Path
) -> Iterator[Callable[..., Installation]]:
    """Make installations that are not started yet; stop them at the end, whatever happens."""
    made: list[Installation] = []

    def make(**settings: str) -> Installation:
        home = tmp_path_factory.mktemp("home")
        copy_model(model_cache, home)
        made.append(Installation(home, settings=settings))
        return made[-1]

    yield make
    for each in made:
        each.stop()


@pytest.fixture(scope="session")
def gatehouse(new_installation: Callable[[], Installation]) -> Installation:
    """A running Gatehouse."""
    installation = new_installation()
    installation.start()
    return installation


@pytest.fixture(scope="session")
def persons() -> dict[str, Person]:
    """The people of the demo; they remember which codes they have used."""
    return people()


@pytest.fixture
def visitor(gatehouse: Installation) -> Iterator[Callable[[], Visitor]]:
    """Open browsers; close them at the end."""
    opened: list[Visitor] = []

    def open_one() -> Visitor:
        opened.append(Visitor(gatehouse.url, gatehouse.authority))
        return opened[-1]

    yield open_one
    for each in opened:
        each.http.close()


def launched(playwright: Playwright, chromium: str, gatehouse: Installation) -> Browser:
    """Start a browser that trusts this installation's key, and no other broken one."""
    pin = spki_digest((gatehouse.home / "tls" / "server.pem").read_bytes())
    options = ["--no-sandbox", f"--ignore-certificate-errors-spki-list={pin}"]
    return playwright.chromium.launch(executable_path=chromium, args=options)


@pytest.fixture(scope="module")
def browser(gatehouse: Installation, chromium: str) -> Iterator[Browser]:
    """A headless browser that trusts this installation's key, and no other broken one."""
    expect.set_options(timeout=WAIT_MS)
    with sync_playwright() as playwright:
        started = launched(playwright, chromium, gatehouse)
        yield started
        started.close()


@pytest.fixture
def tab(browser: Browser) -> Iterator[Page]:
    """An empty tab; a message on the console about the security policy fails the test."""
    context = browser.new_context()
    context.set_default_timeout(WAIT_MS)
    opened = context.new_page()
    complaints: list[str] = []
    opened.on("pageerror", lambda error: complaints.append(str(error)))
    opened.on(
        "console",
        lambda said: complaints.append(said.text) if "Content Security" in said.text else None,
    )
    yield opened
    context.close()
    assert complaints == []
