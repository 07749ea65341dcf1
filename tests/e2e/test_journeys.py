"""The same journeys by page, by text and in the terminal, on real processes and the trained model.

What a channel must not do goes on at the page; everything else is the same bot, wherever it is
asked (ASVS 6.3.4).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from playwright.sync_api import Browser, sync_playwright

from tests.e2e.channels import ONWARD, ByText, Channel, InTerminal, OnPage
from tests.e2e.conftest import launched
from tests.e2e.expectations import fits
from tests.e2e.installation import Installation
from tests.e2e.people import people
from tests.e2e.telephone import carried

pytestmark = pytest.mark.e2e

JOURNEYS = yaml.safe_load((Path(__file__).parent / "journeys.yml").read_text("utf-8"))
CALLED = {
    "northwind-bank": "+12025550190",
    "harbor-clinic": "+12025550191",
    "globex": "+12025550192",
    "acme-shop": "+12025550193",
}
WAYS = ("page", "text", "terminal")


@pytest.fixture(scope="module")
def reached(new_installation: Callable[..., Installation]) -> Iterator[Installation]:
    """A Gatehouse whose organisations can be texted."""
    installation = new_installation(**carried(CALLED))
    installation.start()
    yield installation
    installation.stop()


@pytest.fixture(scope="module")
def own_browser(reached: Installation, chromium: str) -> Iterator[Browser]:
    """A browser that trusts this installation."""
    with sync_playwright() as playwright:
        started = launched(playwright, chromium, reached)
        yield started
        started.close()


@pytest.fixture(scope="module")
def channels(
    reached: Installation, own_browser: Browser
) -> Iterator[Callable[[str, str], Channel]]:
    """Who is on which channel stays there: a sign-in costs a code, and a code counts once."""
    # Of this installation: elsewhere somebody may have another password by now.
    persons = people()
    open_ones: dict[tuple[str, str], Channel] = {}

    def channel(way: str, username: str) -> Channel:
        person = persons[username]
        if (way, username) not in open_ones:
            open_ones[way, username] = {
                "page": lambda: OnPage(own_browser, reached, person),
                "text": lambda: ByText(reached, person, CALLED[person.tenant]),
                "terminal": lambda: InTerminal(reached, person),
            }[way]()
        return open_ones[way, username]

    yield channel
    for each in open_ones.values():
        each.close()


def play(channel: Channel, steps: list[Any]) -> None:
    """Go one journey; what goes on at the page ends it where that is somewhere else."""
    heard = ""
    for step in steps:
        [(verb, given)] = step.items() if isinstance(step, Mapping) else [(step, None)]
        if verb == "says":
            heard = channel.says(given)
        elif verb == "chooses":
            heard = channel.chooses(given)
        elif verb == "code":
            heard = channel.gives_code()
        elif verb == "hears":
            assert fits(given, heard), heard
        elif verb == "at_the_page" and not channel.proves_all:
            # What has to be read before may be opened by a code, as any personal read.
            assert ONWARD in channel.gives_code(), heard
            return


# All journeys on one channel, then the next: meanwhile there are new codes.
@pytest.mark.parametrize("journey", JOURNEYS, ids=lambda journey: journey["journey"])
@pytest.mark.parametrize("way", WAYS)
def test_it_is_the_same_journey_everywhere(
    channels: Callable[[str, str], Channel], journey: Mapping[str, Any], way: str
) -> None:
    play(channels(way, journey["persona"]), journey["steps"])


def test_there_are_twenty() -> None:
    assert len({journey["journey"] for journey in JOURNEYS}) == 20
