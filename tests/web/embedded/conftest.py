"""A site of its own origin, with the chat in a frame."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import BrowserContext, Page

from tests.web.fake_gateway import FakeGateway
from tests.web.fake_server import Routes, served
from tests.web.fake_site import SITE_NAME, FakeSite, SiteRoutes


@pytest.fixture(scope="session")
def site_calls() -> Routes:
    return Routes(FakeGateway())


@pytest.fixture(scope="session")
def site_routes(site_calls: Routes) -> SiteRoutes:
    return SiteRoutes(site_calls, FakeSite())


@pytest.fixture(scope="session")
def address(
    site_calls: Routes, site_routes: SiteRoutes, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("site")
    with served(site_calls, folder, site_routes.routes()) as url:
        yield url


@pytest.fixture
def gateway(site_calls: Routes) -> FakeGateway:
    site_calls.gateway = FakeGateway()
    return site_calls.gateway


@pytest.fixture
def site(site_routes: SiteRoutes) -> FakeSite:
    site_routes.site = FakeSite()
    return site_routes.site


@pytest.fixture
def page(context: BrowserContext, address: str, site: FakeSite) -> Page:
    """A page of the site, at which somebody is signed in."""
    page = context.new_page()
    page.goto(f"{address.replace('localhost', SITE_NAME)}/site")
    return page
