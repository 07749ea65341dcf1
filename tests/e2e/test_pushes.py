"""A payment that is confirmed on another device: two browsers, real processes, a real worker."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.conftest import WAIT_MS
from tests.e2e.installation import Installation
from tests.support.push_device import SoftDevice
from tests.support.push_service import PushService, push_service

pytestmark = pytest.mark.e2e

# A headless browser has no push service of its own: this one is the test's.
SUBSCRIBES = """(told) => {
  PushManager.prototype.subscribe = async (asked) => {
    window.askedFor = btoa(String.fromCharCode(...asked.applicationServerKey));
    return { toJSON: () => told };
  };
}"""

# A browser shows what was pushed when its worker has got round to it.
NOTICES = """async (until) => {
  const worker = await navigator.serviceWorker.ready;
  const end = performance.now() + until;
  for (;;) {
    const shown = (await worker.getNotifications()).map(({ body }) => body);
    if (shown.length > 0 || performance.now() > end) return shown;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}"""


@pytest.fixture(scope="module")
def service() -> Iterator[PushService]:
    with push_service() as running:
        yield running


@pytest.fixture(scope="module")
def gatehouse(
    new_installation: Callable[..., Installation], service: PushService
) -> Iterator[Installation]:
    """One whose pushes may go to this machine, and whose money may move."""
    installation = new_installation(GATEHOUSE_PUSH_DEVELOPMENT_LOOPBACK_URL=service.address)
    installation.start()
    yield installation
    installation.stop()


class Worker:
    """The service worker of a page, as the browser's own tools see it."""

    def __init__(self, page: Page, origin: str) -> None:
        self._origin = origin
        self._registered: list[str] = []
        self._cdp = page.context.new_cdp_session(page)
        self._cdp.on("ServiceWorker.workerRegistrationUpdated", self._note)
        self._cdp.send("ServiceWorker.enable")

    def _note(self, told: dict[str, Any]) -> None:
        self._registered += [each["registrationId"] for each in told["registrations"]]

    def deliver(self, data: dict[str, Any]) -> None:
        """Bring it what a push service would."""
        told = {"origin": self._origin, "registrationId": self._registered[-1]}
        self._cdp.send("ServiceWorker.deliverPushMessage", {**told, "data": json.dumps(data)})


@pytest.fixture
def phone(browser: Browser, gatehouse: Installation, service: PushService) -> Iterator[Page]:
    """A browser of its own that may notify, and that subscribes with the test's service."""
    device = SoftDevice(endpoint=f"{service.address}/push/1")
    context = browser.new_context(viewport={"width": 360, "height": 740})
    context.set_default_timeout(WAIT_MS)
    context.grant_permissions(["notifications"], origin=gatehouse.url)
    context.add_init_script(f"({SUBSCRIBES})({json.dumps(device.subscription())})")
    page = context.new_page()
    page.device = device  # type: ignore[attr-defined]
    yield page
    context.close()


def test_a_payment_is_confirmed_on_another_device(
    tab: Page, phone: Page, gatehouse: Installation, service: PushService, persons: Any
) -> None:
    """NIST SP 800-63B-4 3.1.3, PSD2 RTS 5(1): the device shows exactly this payment and asks for
    the number of the other screen; what is pushed is encrypted for it, and carries no number."""
    alice, panel, log = persons["alice"], tab.get_by_role("dialog"), tab.get_by_role("log")
    complaints: list[str] = []
    phone.on("pageerror", lambda error: complaints.append(str(error)))
    worker = _enrolled(phone, gatehouse, alice)

    _signs_in_by_push(tab, phone, gatehouse, alice)
    service.next()
    tab.get_by_label("Your message").fill("please send anna berg 12 euros")
    tab.get_by_label("Your message").press("Enter")
    panel.get_by_role("button", name="Confirm on my device instead").click()
    number = panel.locator(".number strong").inner_text()
    assert re.fullmatch(r"[1-9][0-9]", number)

    pushed = service.next()
    assert (pushed.path, pushed.headers["content-encoding"]) == ("/push/1", "aes128gcm")
    told = phone.device.read(pushed.body)  # type: ignore[attr-defined]
    assert "Anna Berg" in json.dumps(told)
    assert f'"{number}"' not in json.dumps(told)
    worker.deliver(told)

    phone.goto(f"{gatehouse.url}/push#{told['id']}")
    [shown] = phone.evaluate(NOTICES, WAIT_MS)
    assert "Anna Berg" in shown
    expect(phone.locator("#waiting")).to_contain_text("Anna Berg")
    expect(phone.locator("#waiting")).to_contain_text("12.00")
    assert number not in phone.locator("#waiting").inner_text().split()
    wrong = "10" if number != "10" else "11"
    _types(phone, wrong)
    expect(phone.locator("#waiting")).to_contain_text("2 tries left")
    _types(phone, number)
    expect(phone.locator("#waiting")).to_contain_text("You can go on, on the other screen")
    expect(panel).to_be_hidden()
    expect(log).to_contain_text(re.compile(r"Anna Berg"))
    expect(log).to_contain_text(re.compile(r"12\.00"))
    assert complaints == []


def _enrolled(phone: Page, gatehouse: Installation, person: Any) -> Worker:
    """Make the phone's browser a device."""
    panel = phone.get_by_role("dialog")
    _signed_in(phone, gatehouse, person)
    phone.goto(f"{gatehouse.url}/security")
    worker = Worker(phone, gatehouse.url)
    phone.get_by_role("button", name="Make this browser a device").click()
    panel.get_by_label("Name", exact=True).fill("My phone")
    panel.get_by_label("Your current password", exact=True).fill(person.password)
    panel.get_by_role("button", name="Continue").click()
    _code(phone, person)
    panel.get_by_role("button", name="Make it a device").click()
    expect(panel).to_contain_text("This browser is your device now")
    key = base64.b64decode(phone.evaluate("window.askedFor"))
    assert (len(key), key[0]) == (65, 4)
    return worker


def _signed_in(page: Page, gatehouse: Installation, person: Any) -> None:
    panel = page.get_by_role("dialog")
    page.goto(f"{gatehouse.url}/?tenant={person.tenant}")
    page.get_by_role("button", name="Sign in", exact=True).click()
    panel.get_by_label("User name").fill(person.username)
    panel.get_by_label("Password", exact=True).fill(person.password)
    panel.get_by_role("button", name="Continue").click()
    _code(page, person)
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()


def _signs_in_by_push(tab: Page, phone: Page, gatehouse: Installation, person: Any) -> None:
    """Give the password here, and the number of this screen there."""
    panel = tab.get_by_role("dialog")
    tab.goto(f"{gatehouse.url}/?tenant={person.tenant}")
    tab.get_by_role("button", name="Sign in", exact=True).click()
    panel.get_by_label("User name").fill(person.username)
    panel.get_by_label("Password", exact=True).fill(person.password)
    panel.get_by_role("button", name="Continue").click()
    panel.get_by_role("button", name="Confirm on my device instead").click()
    phone.goto(f"{gatehouse.url}/push")
    _types(phone, panel.locator(".number strong").inner_text())
    expect(tab.get_by_role("button", name="Sign out")).to_be_visible()


def _types(phone: Page, number: str) -> None:
    phone.get_by_label("The number on the other screen").fill(number)
    phone.get_by_role("button", name="Confirm", exact=True).click()


def _code(page: Page, person: Any) -> None:
    panel = page.get_by_role("dialog")
    panel.get_by_label("6-digit code").filter(visible=True).fill(person.code())
    panel.get_by_role("button", name="Confirm", exact=True).click()
