"""What happens when a process, or the launcher itself, is killed or asked to stop."""

from __future__ import annotations

import re
import signal

import psutil
import pytest

from cli.apis import api_names
from tests.e2e.installation import Installation
from tests.e2e.people import accounts
from tests.e2e.visitor import Visitor, cards

pytestmark = pytest.mark.e2e

QUESTION = "what's my balance?"
PROCESSES = ("banking", "security", "actions", "rasa", "gateway")
MODULES = {"rasa": "dialogue.serve", "banking": "apis.banking.serve"}
RESTART_SECONDS = 60.0


@pytest.fixture(scope="module")
def signed_in(gatehouse, persons):
    """A browser with alice in it, through all the trouble below."""
    with Visitor(gatehouse.url, gatehouse.authority) as browser:
        browser.arrive()
        browser.sign_in(persons["alice"])
        yield browser


@pytest.mark.parametrize("name", PROCESSES)
def test_a_killed_process_comes_back_and_the_next_question_is_answered(gatehouse, signed_in, name):
    victim = gatehouse.processes()[MODULES.get(name, f"{name}.serve")]
    seen = len(gatehouse.output.lines)
    victim.kill()
    gatehouse.output.wait_for(rf"{name}: ended by SIGKILL, starting again in 1 s", seen)
    gatehouse.output.wait_for(rf"  {name}: ready in .*", seen, RESTART_SECONDS)
    assert signed_in.http.get("/readyz").status_code == 200
    [card] = cards(signed_in.say(QUESTION), "balances")
    assert card["accounts"][0]["balance"] == accounts("alice")[0]["balance"]


@pytest.mark.parametrize("name", ["security", "banking", "actions"])
def test_while_a_process_is_away_the_answer_is_a_refusal(gatehouse, signed_in, name):
    """ASVS 16.5.3: a part that fails denies, in words, and what comes back answers again."""
    victim = gatehouse.processes()[MODULES.get(name, f"{name}.serve")]
    seen = len(gatehouse.output.lines)
    victim.suspend()
    victim.kill()
    victim.wait(10)
    answer = signed_in.post("/api/messages", text=QUESTION)
    assert answer.status_code in {200, 502, 503}
    if answer.status_code == 200:
        assert not cards(answer.json()["messages"], "balances")
    gatehouse.output.wait_for(rf"  {name}: ready in .*", seen, RESTART_SECONDS)
    assert cards(signed_in.say(QUESTION), "balances")


def test_a_second_launcher_on_the_same_home_is_refused(gatehouse):
    second = Installation(gatehouse.home)
    second.launch()
    assert second.process.wait(30) == 1
    second.output.join()
    [line] = second.output.lines
    assert "already running" in line
    assert str(gatehouse.process.pid) in line


def test_a_port_in_use_is_one_line_that_names_another(gatehouse, new_installation):
    second = new_installation()
    second.port = gatehouse.port
    second.launch()
    assert second.process.wait(30) == 1
    second.output.join()
    [line] = second.output.lines
    assert f"port {gatehouse.port} is in use" in line
    assert "GATEHOUSE_PORT=" in line


@pytest.fixture(scope="module")
def second(new_installation, gatehouse):
    """A second installation, for the tests that end it; its first start begins with nothing."""
    return new_installation(fresh=True)


@pytest.fixture
def other(second):
    """The second installation; what a failed test left running is stopped."""
    yield second
    second.stop()


def test_a_launcher_killed_by_force_leaves_no_process_and_no_port(other):
    """The children notice that the launcher is gone, whatever it died of."""
    other.start()
    children = list(other.processes().values())
    assert len(children) == 4 + len(api_names())
    other.process.kill()
    _, alive = psutil.wait_procs(children, timeout=15)
    assert alive == []
    assert other.port_is_free()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=["term", "int"])
def test_after_that_it_starts_again_and_a_signal_leaves_nothing(other, number):
    other.start()
    children = list(other.processes().values())
    assert other.sockets.is_dir()
    other.process.send_signal(number)
    assert other.process.wait(15) == 0
    other.output.join()
    assert other.output.lines[-1] == "stopped"
    assert not any(child.is_running() for child in children)
    assert not other.sockets.exists()
    assert other.port_is_free()


def test_a_second_start_trains_nothing(other):
    assert not any("training" in line for line in other.output.lines)
    assert any(re.fullmatch(r"ready https://localhost:\d+", line) for line in other.output.lines)


def test_a_damaged_model_is_one_line_that_says_what_to_do(other):
    [model] = (other.home / "models").glob("*.tar.gz")
    model.write_bytes(model.read_bytes()[:1000])
    other.launch()
    assert other.process.wait(60) == 1
    other.output.join()
    assert "is refused: its archive is damaged" in other.output.lines[-1]
    assert "make train" in other.output.lines[-1]
    assert other.port_is_free()
