"""Security is killed while questions are being answered: nothing happens without its record."""

from __future__ import annotations

import threading

import orjson
import pytest

from security.adapters.audit_log import read_all
from security.audit.chain import Whole, verify_chain
from security.tools.audit import open_read_only
from tests.e2e.visitor import Visitor, cards

pytestmark = pytest.mark.e2e

QUESTION = "what's my balance?"
KILLS = 2


@pytest.fixture
def asking(gatehouse, persons):
    """Alice asks without a pause; yields her browser and the answers that showed a balance."""
    with Visitor(gatehouse.url, gatehouse.authority) as browser:
        browser.arrive()
        browser.sign_in(persons["alice"])
        shown: list[str] = []
        enough, going = threading.Event(), threading.Event()

        def ask() -> None:
            while not enough.is_set():
                answer = browser.post("/api/messages", text=QUESTION)
                assert answer.status_code in {200, 503}
                if answer.status_code == 200 and cards(answer.json()["messages"], "balances"):
                    shown.append(answer.text)
                    going.set()
                enough.wait(0.2)

        thread = threading.Thread(target=ask)
        thread.start()
        yield browser, shown, going
        enough.set()
        thread.join(40)


def test_no_answer_without_its_record_and_the_trail_is_whole(gatehouse, asking):
    """ASVS 16.4.2, 16.5.3, GH-4: every balance that was shown was allowed on the trail before."""
    _, shown, going = asking
    for _ in range(KILLS):
        going.clear()
        assert going.wait(30)
        seen = len(gatehouse.output.lines)
        gatehouse.processes()["security.serve"].kill()
        gatehouse.output.wait_for(r"  security: ready in .*", seen, 60)
    going.clear()
    assert going.wait(30), "alice is still signed in and answered after the last kill"

    told = len(shown)
    engine = open_read_only(gatehouse.home)
    with engine.connect() as connection:
        records = list(read_all(connection))
    engine.dispose()
    assert isinstance(verify_chain(records), Whole)
    tags = [orjson.loads(record)["tag"] for record in records]
    allowed = tags.count("operation:guard:allow")
    assert told <= tags.count("operation:api:done") <= allowed
