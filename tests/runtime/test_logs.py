"""No word of a person is in a log: whoever writes it, at every level (ASVS 16.2.5)."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime.log_gate import LIBRARY, OURS, SHAPES, WITHHELD, LogGate, coded
from runtime.logs import UnknownLevel, level_of

ROOT = Path(__file__).parents[2]
PLANTED = "purple armadillo 135790"

EVERY_WAY = f"""
import asyncio, ctypes, gc, logging, os, sys, threading, warnings
import structlog
from runtime.logs import configure_logs, now_serving
configure_logs("test")
now_serving()
P = "{PLANTED}"
ours = structlog.get_logger("gateway.turns")
ours.error(P)
ours.error("turn_failed", text=P, code=P, said=P, kind="ValueError", count=3)
ours.debug("looked_at", name=P)
ours.error("turn_failed", **{{"armadillo": 1, P: 2}})
ours.error("turn_failed", where={{"armadillo": P}}, policies=[{{P: P}}], exception=[["armadillo"]])
os.write(2, P.encode()); os.write(1, P.encode())
ctypes.CDLL(None).perror(P.encode())
threading.Thread(target=lambda: sys.exit(P)).start()
ours.error("cannot_start", said=P)
structlog.get_logger("some.library").error("event", text=P)
structlog.get_logger(P).error("event", text=P)
structlog.contextvars.bind_contextvars(person=P)
logging.getLogger("library").error("said %s", P)
logging.getLogger("library").info("said %s", P)
logging.getLogger("gateway").error("said %s", P, extra={{"text": P}})
logging.getLogger("library").error({{"event": P}})
own = logging.getLogger("with.a.handler")
own.addHandler(logging.StreamHandler(sys.__stderr__))
own.error("said %s", P)
try:
    try:
        raise KeyError(P)
    except KeyError as first:
        raise ValueError(P) from first
except ValueError:
    logging.getLogger("uvicorn.error").exception("in %s", P)
    ours.exception("turn_failed", why=P)
warnings.warn(P)
print(P)
print(P, file=sys.stderr)
sys.stderr.write(P)
sys.__stdout__.write(P)
logging.getLogger("library").error("%d", P)

class Thrown:
    def __del__(self):
        raise ValueError(P)

Thrown(); gc.collect()

def fail():
    raise ValueError(P)

thread = threading.Thread(target=fail); thread.start(); thread.join()

async def forgotten():
    raise ValueError(P)

async def main():
    asyncio.create_task(forgotten(), name=P)
    await asyncio.sleep(0)
    asyncio.get_running_loop().call_soon(fail)
    await asyncio.sleep(0)
    gc.collect()

asyncio.run(main())

from sqlalchemy import create_engine, text
engine = create_engine("sqlite://", echo=True, echo_pool="debug")
with engine.connect() as connection:
    connection.execute(text("SELECT :v"), {{"v": P}})
fail()
"""


def written(script: str, **environ: str) -> tuple[str, list[dict[str, Any]]]:
    """Run a script that writes in its own process; return all of it, and its lines."""
    done = subprocess.run(
        [sys.executable, "-X", "dev", "-c", script],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], **environ},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    whole = done.stdout + done.stderr
    return whole, [json.loads(line) for line in whole.splitlines()]


def test_attack_no_way_of_writing_brings_words_into_the_log() -> None:
    """ASVS 16.2.5: logging, structlog, print, warnings, tracebacks, threads, tasks, SQL echo."""
    whole, lines = written(EVERY_WAY, GATEHOUSE_LOG_LEVEL="debug")
    assert "armadillo" not in whole
    assert "135790" not in whole
    events = {line["event"] for line in lines}
    assert {"turn_failed", "looked_at", "uncaught", "uncaught_in_thread", "unraisable"} <= events
    assert {LIBRARY, WITHHELD, "library_warning"} <= events


def test_a_line_still_says_what_went_wrong_and_where() -> None:
    _, lines = written(EVERY_WAY)
    told = [line for line in lines if line["event"] == "turn_failed" and "logger" in line]
    told = [line for line in told if {"count", "exception"} & set(line)]
    assert (told[0]["kind"], told[0]["count"]) == ("ValueError", 3)
    assert told[0]["withheld"] == ["code", "said", "unnamed"]
    assert told[1]["exception"] == ["ValueError", "KeyError"]
    assert told[1]["where"][-1].startswith("<string>:")
    thrown = next(line for line in lines if line.get("logger") == "uvicorn.error")
    assert thrown["exception"] == ["ValueError", "KeyError"]


def test_a_line_that_cannot_be_written_says_nothing_elsewhere() -> None:
    """ASVS 16.2.5: the standard library prints message and arguments where writing fails."""
    script = (
        "import os, logging, structlog\n"
        "from runtime.logs import configure_logs\n"
        "configure_logs('test')\n"
        "kept = os.dup(2)\n"
        "os.close(2)\n"
        f"structlog.get_logger('gateway').error('lost', text={PLANTED!r})\n"
        "os.dup2(kept, 2)\n"
        "structlog.get_logger('gateway').error('found', count=logging.root.handlers[0].lost)\n"
    )
    whole, [line] = written(script)
    assert "armadillo" not in whole
    assert (line["event"], line["count"]) == ("found", 1)


@pytest.mark.parametrize("level", ["debug", "INFO", " warning ", "error", ""])
def test_a_level_is_named(level: str) -> None:
    assert level_of({"GATEHOUSE_LOG_LEVEL": level}) in (10, 20, 30, 40)


@pytest.mark.parametrize("level", ["chatty", "10", "critical", "notset"])
def test_no_other_level_exists(level: str) -> None:
    with pytest.raises(UnknownLevel, match="debug, info"):
        level_of({"GATEHOUSE_LOG_LEVEL": level})


SECRETS = (
    "135790",
    "4111 1111 1111 1111",
    "DE89370400440532013000",
    "+442079460000",
    "Alice Example",
    "correct horse battery staple",
    "alice@example.com",
    "a diagnosis of type 2 diabetes",
    "eyJhbGciOiJFZERTQSJ9.e30.c2ln",
    "Qk3vN8cD-x_1",
    "7F3K-9QLM",
    "-1",
    "=9",
    "1234.56",
)


@pytest.mark.parametrize("secret", SECRETS)
@pytest.mark.parametrize("key", sorted({*SHAPES, "text", "event"}))
def test_attack_no_key_takes_a_secret(key: str, secret: str) -> None:
    """ASVS 16.2.5: whichever key a programmer puts it under."""
    line = LogGate("test")(None, "error", {"event": "e", "logger": "gateway", key: secret})
    assert secret not in json.dumps(line)


@given(st.text(), st.dictionaries(st.text(), st.text() | st.integers() | st.binary()))
def test_every_line_is_made_of_what_the_list_names(event: str, more: dict[str, Any]) -> None:
    line = LogGate("test")(None, "error", {**more, "event": event, "logger": "security.guard"})
    assert set(line) <= {*SHAPES, "event"}
    assert all(SHAPES[key](value) for key, value in line.items() if key != "event")


def test_before_anyone_is_served_a_start_may_say_what_is_wrong() -> None:
    """Who starts it has to read it; nobody else has said anything yet."""
    gate = LogGate("test")
    said = {"event": "cannot_start", "logger": "gateway", "said": "no certificate in /x"}
    assert gate(None, "error", dict(said))["said"] == "no certificate in /x"
    gate.serves = True
    assert "said" not in gate(None, "error", dict(said))


def _calls() -> Iterator[tuple[str, ast.Call]]:
    """Give each call of a logger's method in the processes' code, with where it stands."""
    for room in OURS:
        for path in sorted((ROOT / room).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                    yield f"{path.relative_to(ROOT)}:{node.lineno}", node


_METHODS = {"debug", "info", "warning", "error", "critical", "exception"}


def _logged() -> list[tuple[str, ast.Call]]:
    def is_log(node: ast.Call) -> bool:
        assert isinstance(node.func, ast.Attribute)
        written = ast.unparse(node.func.value)
        return node.func.attr in _METHODS and ("log" in written.lower())

    return [(where, node) for where, node in _calls() if is_log(node)]


def test_every_event_is_a_constant_and_every_key_is_on_the_list() -> None:
    """ASVS 16.2.5: an event is never built from anything."""
    found = _logged()
    assert len(found) > 40
    for where, node in found:
        [event] = node.args
        assert isinstance(event, ast.Constant), where
        keys = {keyword.arg for keyword in node.keywords}
        allowed = {*SHAPES, "exc_info", *(("said",) if event.value == "cannot_start" else ())}
        assert keys <= allowed, (where, keys - allowed)
        line = LogGate("t")(None, "error", {"event": event.value, "logger": "gateway"})
        assert line["event"] == event.value, where


_REFUSALS = {"TokenRefused", "ProofRefused", "AssertionRefused", "NotBelieved"}


def test_a_reason_that_becomes_a_code_is_made_of_constants() -> None:
    """`coded` makes a code of any sentence, so what it is given must never be somebody's."""
    seen = 0
    for room in ("security", "apis"):
        for path in sorted((ROOT / room).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                name = node.func.id if _is_call(node) else ""
                if name in _REFUSALS:
                    seen += 1
                    reason = ast.unparse(node.args[0])
                    constant = isinstance(node.args[0], ast.Constant)
                    assert constant or reason in (
                        "str(error)",
                        "str(refused)",
                        "f'status {reply.status}'",
                    )
                elif name == "coded":
                    said = ast.unparse(node.args[0])
                    assert said.isupper() or said in ("refused", "refused.reason", "lie.why")
    assert seen > 30


def _is_call(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and bool(node.args)


def test_a_reason_in_words_becomes_a_code() -> None:
    assert coded("assertion over, or for too long") == "assertion_over_or_for_too_long"
