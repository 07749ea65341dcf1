"""One real installation for a worker's whole run; its model is kept between runs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Playwright, expect, sync_playwright

from tests.e2e.installation import Installation
from tests.e2e.people import Person, people
from tests.e2e.visitor import Visitor
from tests.support.model import copy_model, kept_model
from tests.support.seeded import copy_home, kept_home
from tests.support.virtual import spki_digest

_WITH_NOTHING = {"GATEHOUSE_MODE", "GATEHOUSE_ONLY"}

WAIT_MS = 20_000
"""What a browser waits for at most, unless a test says otherwise."""


@pytest.fixture(scope="session")
def model_cache(request: pytest.FixtureRequest) -> Path:
    """Where the trained model is kept between test runs."""
    cache: Path = request.config.cache.mkdir("gatehouse")
    kept_model(cache)
    return cache


@pytest.fixture(scope="session")
def seeded_home(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """What the demo's first start makes, made once for all workers of this run."""
    base = tmp_path_factory.getbasetemp()
    return kept_home(base if worker_id == "master" else base.parent)


@pytest.fixture(scope="session")
def make_installation(
    tmp_path_factory: pytest.TempPathFactory, model_cache: Path, seeded_home: Path
) -> Callable[..., Installation]:
    """Make an installation that is not started yet: a copy of the seeded home, or a `fresh` one.

    Production has no people of the demo, and a host with some of the processes not all of it:
    those begin with nothing as well.
    """

    def make(fresh: bool = False, **settings: str) -> Installation:
        home = tmp_path_factory.mktemp("home")
        if not fresh and not settings.keys() & _WITH_NOTHING:
            copy_home(seeded_home, home)
        copy_model(model_cache, home)
        return Installation(home, settings=settings)

    return make


@pytest.fixture(scope="module")
def new_installation(
    make_installation: Callable[..., Installation],
) -> Iterator[Callable[..., Installation]]:
    """Make installations that are not started yet; the module's end stops them, come what may."""
    with ExitStack() as stack:

        def make(fresh: bool = False, **settings: str) -> Installation:
            made = make_installation(fresh, **settings)
            stack.callback(made.stop)
            return made

        yield make


@pytest.fixture(scope="session")
def gatehouse(make_installation: Callable[..., Installation]) -> Iterator[Installation]:
    """A running Gatehouse."""
    installation = make_installation()
    try:
        installation.start()
        yield installation
    finally:
        installation.stop()


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
