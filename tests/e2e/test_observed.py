"""A whole Gatehouse that is observed: its numbers, one trace through five processes, its trail."""

from __future__ import annotations

import json
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.e2e.installation import Installation, free_port
from tests.e2e.test_question import QUESTION
from tests.e2e.visitor import Visitor, cards

pytestmark = pytest.mark.e2e

FIVE = {f"gatehouse-{name}" for name in ("gateway", "security", "rasa", "actions", "banking")}
SECONDS = 20.0


class Collector:
    """Takes traces as an OpenTelemetry collector does, and keeps them by their ids."""

    def __init__(self) -> None:
        taken = self.bodies = []  # type: ignore[var-annotated]

        class Taking(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                taken.append(self.rfile.read(int(self.headers["Content-Length"])))
                self.send_response(200)
                self.send_header("Content-Length", "2")
                self.end_headers()
                self.wfile.write(b"{}")

            def log_message(self, *_: Any) -> None:
                return None

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Taking)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}/v1/traces"

    def traces(self) -> dict[str, list[tuple[str, dict[str, Any]]]]:
        """Return the spans of each trace, with the process of each."""
        found = defaultdict(list)
        for body in list(self.bodies):
            for resource in json.loads(body)["resourceSpans"]:
                said = {each["key"]: each["value"] for each in resource["resource"]["attributes"]}
                for span in resource["scopeSpans"][0]["spans"]:
                    found[span["traceId"]].append((said["service.name"]["stringValue"], span))
        return found


@pytest.fixture(scope="module")
def collector() -> Iterator[Collector]:
    """A collector on this machine."""
    made = Collector()
    yield made
    made.server.shutdown()
    made.server.server_close()


@pytest.fixture(scope="module")
def observed(new_installation: Callable[..., Installation], collector: Collector) -> Installation:
    """A running Gatehouse that tells numbers, traces and its trail."""
    made = new_installation(
        GATEHOUSE_METRICS_PORT=str(free_port()),
        GATEHOUSE_TRACES_URL=collector.url,
        GATEHOUSE_TRACES_DEVELOPMENT_LOOPBACK="true",
        GATEHOUSE_OUT_FILES="true",
    )
    made.start()
    return made


@pytest.fixture(scope="module")
def asked(observed: Installation, persons) -> list[dict[str, Any]]:
    """What alice was told when she asked for her balance."""
    with Visitor(observed.url, observed.authority) as browser:
        browser.arrive()
        browser.sign_in(persons["alice"])
        return browser.say(QUESTION)


def eventually[A](look: Callable[[], A | None]) -> A:
    end = time.monotonic() + SECONDS
    while (found := look()) is None:
        assert time.monotonic() < end, "it has not been seen"
        time.sleep(0.1)
    return found


def samples(observed: Installation) -> dict[str, list[tuple[dict[str, str], float]]]:
    port = observed.settings["GATEHOUSE_METRICS_PORT"]
    page = httpx.get(f"http://127.0.0.1:{port}/metrics", trust_env=False).raise_for_status()
    found = defaultdict(list)
    for family in text_string_to_metric_families(page.text):
        for sample in family.samples:
            found[sample.name].append((sample.labels, sample.value))
    return found


def test_every_process_tells_its_numbers(observed: Installation, asked: Any) -> None:
    """PCI DSS 10.7.2: what stands still is seen."""
    assert cards(asked, "balances")
    told = samples(observed)
    up = {labels["process"]: value for labels, value in told["gatehouse_up"]}
    assert {"gateway", "security", "rasa", "actions", "banking", "orders"} <= up.keys()
    assert set(up.values()) == {1}
    calls = {(one["process"], one["call"]) for one, _ in told["gatehouse_requests_total"]}
    assert ("gateway", "POST /api/messages") in calls
    assert ("security", "POST /invoke") in calls
    assert ("rasa", "POST /webhooks/gatehouse/turn") in calls
    assert ("actions", "POST /webhook") in calls
    assert ("banking", "GET /accounts") in calls
    allowed = {one["operation"] for one, _ in told["gatehouse_decisions_total"]}
    assert allowed == {"banking.list_accounts"}
    assert told["gatehouse_trail_closed"][0][1] == 0


def test_attack_numbers_and_traces_are_not_public(observed: Installation, asked: Any) -> None:
    """ASVS 13.2.4: the public door leads to no page of numbers."""
    with Visitor(observed.url, observed.authority) as browser:
        for path in ("/metrics", "/api/metrics", "/spans"):
            assert browser.http.get(path).status_code == 404


def test_one_question_is_one_trace_through_five_processes(collector: Collector, asked: Any) -> None:
    """ASVS 16.2.5: who called whom, and how long it took; not a word of what was said."""

    def whole() -> list[tuple[str, dict[str, Any]]] | None:
        every = collector.traces().values()
        return next((one for one in every if {name for name, _ in one} >= FIVE), None)

    spans = eventually(whole)
    by_id = {span["spanId"]: name for name, span in spans}
    arrows = {(by_id.get(span.get("parentSpanId", "")), name) for name, span in spans}
    assert arrows == {
        (None, "gatehouse-gateway"),
        ("gatehouse-gateway", "gatehouse-security"),
        ("gatehouse-gateway", "gatehouse-rasa"),
        ("gatehouse-rasa", "gatehouse-actions"),
        ("gatehouse-actions", "gatehouse-security"),
        ("gatehouse-security", "gatehouse-banking"),
    }
    said = b"".join(collector.bodies)
    assert b"balance?" not in said
    assert b"alice" not in said.lower()


def test_the_trail_arrives_in_its_files(observed: Installation, asked: Any) -> None:
    """ASVS 16.4.3: within its walls, security writes them beside the database."""
    file = observed.home / "audit" / "out" / "trail.jsonl"

    def done() -> list[dict[str, Any]] | None:
        lines = file.read_text("utf-8").splitlines() if file.exists() else []
        records = [json.loads(line) for line in lines]
        return records if any(one.get("tag") == "operation:api:done" for one in records) else None

    records = [one for one in eventually(done) if "tag" in one]
    assert [one["sequence"] for one in records] == list(range(1, len(records) + 1))
