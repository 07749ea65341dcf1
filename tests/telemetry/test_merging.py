"""The page of all processes: readable by Prometheus, and nothing that a process made up."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client.parser import text_string_to_metric_families

from gateway.app import all_calls
from gateway.serve import counted_calls
from runtime.calls import Calls
from runtime.metrics import Metrics
from telemetry.merging import MOST_FAMILIES, MOST_SAMPLES, merged


def numbers(call: str = "POST /invoke") -> bytes:
    made = Metrics()
    made.answered(call, 200, 0.004)
    return made.text()


def samples(page: bytes) -> dict[tuple[str, str], float]:
    """Read the page as Prometheus does: by name and process."""
    return {
        (sample.name, sample.labels["process"]): sample.value
        for family in text_string_to_metric_families(page.decode())
        for sample in family.samples
        if sample.labels.get("le", "+Inf") == "+Inf"
    }


def up(page: bytes, process: str) -> float:
    return samples(page)["gatehouse_up", process]


def test_two_processes_are_one_page() -> None:
    page = merged({"security": numbers(), "actions": numbers("POST /webhook"), "rasa": None})
    found = samples(page)
    assert found["gatehouse_requests_total", "security"] == 1
    assert found["gatehouse_requests_total", "actions"] == 1
    assert found["gatehouse_request_seconds_bucket", "actions"] == 1
    assert [found["gatehouse_up", one] for one in ("security", "actions", "rasa")] == [1, 1, 0]
    assert page.count(b"# TYPE gatehouse_requests_total counter") == 1


HOSTILE = [
    b"# HELP gatehouse_x alice typed 123456\n# TYPE gatehouse_x gauge\ngatehouse_x 1\n",
    b"# HELP gatehouse_x <script>\n# TYPE gatehouse_x gauge\ngatehouse_x 1\n",
    b"# HELP gatehouse_x " + b"a" * 121 + b"\n# TYPE gatehouse_x gauge\ngatehouse_x 1\n",
    b"# TYPE gatehouse_requests gauge\ngatehouse_requests 1\n",
    b"\xff\xfe",
    b"gatehouse_requests_total{call=",
    b"# TYPE gatehouse_up gauge\ngatehouse_up 1\n",
    b"# TYPE other_things counter\nother_things_total 1\n",
    b'# TYPE gatehouse_x gauge\ngatehouse_x{person="alice"} 1\n',
    b'# TYPE gatehouse_x gauge\ngatehouse_x{process="security"} 1\n',
    b'# TYPE gatehouse_x gauge\ngatehouse_x{call="my code is 123456"} 1\n',
    b'# TYPE gatehouse_x gauge\ngatehouse_x{call="a\\nb"} 1\n',
    b'# TYPE gatehouse_x gauge\ngatehouse_x{call="' + b"a" * 101 + b'"} 1\n',
    b"# TYPE gatehouse_x summary\ngatehouse_x 1\n",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_attack_a_process_tells_no_more_than_numbers_of_ours(text: bytes) -> None:
    """ASVS 16.4.1: who was taken over may lie of itself alone, in our shapes."""
    page = merged({"rasa": text, "security": numbers()})
    assert (up(page, "rasa"), up(page, "security")) == (0, 1)
    for planted in (b"alice", b"123456", b"other_things", b"gatehouse_x"):
        assert planted not in page


@pytest.mark.parametrize("thief", ["actions", "zz"])
def test_attack_a_process_cannot_put_itself_in_the_place_of_securitys_numbers(thief: str) -> None:
    """ASVS 16.4.1: a number that is told in another form than security tells it is not believed,
    wherever in the alphabet its teller stands; security's alarm is there all the same."""
    closed = b"# TYPE gatehouse_trail_closed gauge\ngatehouse_trail_closed 1\n"
    lie = b"# TYPE gatehouse_trail_closed_total counter\ngatehouse_trail_closed_total 0\n"
    page = merged({thief: lie, "security": closed})
    assert samples(page)["gatehouse_trail_closed", "security"] == 1
    assert (up(page, thief), up(page, "security")) == (0, 1)


def test_attack_a_page_of_endless_families_is_left_out() -> None:
    """ASVS 16.4.1: also those that have no sample are bounded."""
    names = [f"{a}{b}" for a in "abcdefghijklmnopqrstuvwxyz" for b in "abcdefghijklmnopqrstuvwxyz"]
    for count, told in ((MOST_FAMILIES, 1), (MOST_FAMILIES + 1, 0)):
        text = "".join(f"# TYPE gatehouse_{name} gauge\n" for name in names[:count])
        assert up(merged({"rasa": text.encode()}), "rasa") == told


def test_attack_a_page_of_endless_samples_is_left_out() -> None:
    """ASVS 16.4.1: bounded."""
    for count, told in ((MOST_SAMPLES, 1), (MOST_SAMPLES + 1, 0)):
        lines = (f'gatehouse_x{{call="c{number}"}} 1' for number in range(count))
        text = "# TYPE gatehouse_x gauge\n" + "\n".join(lines) + "\n"
        assert up(merged({"rasa": text.encode()}), "rasa") == told


@pytest.mark.parametrize("demo", [True, False])
def test_attack_a_stranger_who_tries_every_call_by_every_method_blinds_nobody(demo: bool) -> None:
    """ASVS 16.4.1: the public door's numbers stay within what is believed of a process."""
    calls, made = Calls(counted_calls(demo=demo)), Metrics()
    for path in {call.path.replace("{", "").replace("}", "") for call in all_calls(demo=demo)}:
        for method in ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"):
            for status in (200, 303, 404, 503):
                made.answered(calls.name(method, path), status, 0.01)
    assert up(merged({"gateway": made.text()}), "gateway") == 1


@given(st.binary(max_size=400), st.text(max_size=60))
def test_attack_whatever_is_told_the_page_can_be_read(raw: bytes, value: str) -> None:
    """ASVS 16.4.1."""
    label = f'# TYPE gatehouse_x gauge\ngatehouse_x{{call="{value}"}} 1\n'.encode()
    for text in (raw, label):
        assert up(merged({"rasa": text, "security": numbers()}), "security") == 1
