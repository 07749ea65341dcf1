"""Each process is told the settings that its code reads, and none of the others."""

from __future__ import annotations

import ast
import asyncio
import importlib
import re
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import psutil
import pytest
from pydantic_settings import BaseSettings

from apis.common.serve import base_url, issuer
from apis.common.server import server_of
from cli.apis import api_names
from cli.databases import is_owners
from cli.launching import Lifeline, launch
from cli.problems import Problem
from cli.process_settings import only, read_by_setup_of
from cli.programs import Program, programs, scrubbed_environ
from cli.settings import ROOT, Settings, load_settings, settings_of_processes
from dialogue.settings import read_settings, tracker_server
from runtime.observing import observed_by
from tests.cli.fakes.programs import fake

ROOMS = {
    "gateway": "gateway",
    "security": "security",
    "actions": "actions",
    "rasa": "dialogue",
    "telemetry": "telemetry",
    "relay-gateway": "relay",
    **dict.fromkeys(api_names(), "apis"),
}
BY_DESCRIPTOR = {
    f"GATEHOUSE_{name}".upper()
    for name, field in Settings.model_fields.items()
    if "SecretStr" in str(field.annotation)
}
NAME = re.compile(r"GATEHOUSE_[A-Z0-9_]+")


ARROWS = ("gateway_to_security_url", "gateway_to_rasa_url")


def settings(**given: Any) -> Settings:
    return Settings(_env_file=None, **given)


class Asked(dict[str, str]):
    """An environment that remembers what it was asked for."""

    def __init__(self, **given: str) -> None:
        super().__init__(given)
        self.names: set[str] = set()

    def get(self, name: str, default: Any = None) -> Any:
        self.names.add(name)
        return super().get(name, default)


def asked(read: Callable[[Asked], object], **given: str) -> set[str]:
    """Return what a function reads of the environment that it is handed."""
    environ = Asked(**given)
    read(environ)
    return environ.names


def fields(module: str) -> Iterator[str]:
    """Yield the variables of the settings classes of a module."""
    for one in vars(importlib.import_module(module)).values():
        if isinstance(one, type) and issubclass(one, BaseSettings) and one is not BaseSettings:
            prefix = one.model_config["env_prefix"]
            yield from (f"{prefix}{name}".upper() for name in one.model_fields)


def written_in(file: Path) -> Iterator[str]:
    """Yield the variables whose names stand in a file, and those of its settings classes."""
    nodes = list(ast.walk(ast.parse(file.read_text("utf-8"))))
    given = {id(one.value) for one in nodes if isinstance(one, ast.keyword)}
    parts = {id(part) for one in nodes if isinstance(one, ast.JoinedStr) for part in one.values}
    for one in nodes:
        if isinstance(one, ast.keyword) and ast.unparse(one).startswith("env_prefix='GATEHOUSE_"):
            yield from fields(".".join(file.relative_to(ROOT).with_suffix("").parts))
        whole = isinstance(one, ast.Constant) and id(one) not in given | parts
        if whole and NAME.fullmatch(str(one.value)):
            yield str(one.value)


@cache
def read_in(room: str) -> set[str]:
    """Return the variables that the code of a room reads."""
    files = [
        file
        for file in (ROOT / room).rglob("*.py")
        if "tools" not in file.parts and "migrations" not in file.parts
    ]
    return {name for file in files for name in written_in(file)}


def read_by_code(process: str) -> set[str]:
    """Return the variables that the code of a process reads, its room's and what it runs in."""
    found = read_in(ROOMS[process]) | {"GATEHOUSE_LOG_LEVEL", "GATEHOUSE_MODE"}
    if process in api_names():
        url = {f"GATEHOUSE_{process.upper()}_DATABASE_URL": "postgresql://a@/b?host=/run"}
        found |= asked(lambda environ: server_of(process, environ), **url)
        found |= asked(issuer) | asked(lambda environ: base_url(process, environ))
    if process == "rasa":
        where = {"GATEHOUSE_HOME": "/h", "GATEHOUSE_RUN_DIR": "/r"}
        found |= asked(read_settings, **where)
        found |= asked(tracker_server, GATEHOUSE_TRACKER_URL="postgresql://a@/b?host=/run")
    if not process.startswith("relay"):
        found |= {"GATEHOUSE_RUN_DIR"}
    if not process.startswith(("relay", "telemetry")):
        found |= asked(observed_by, GATEHOUSE_OBSERVED="traces")
    return found - BY_DESCRIPTOR - {name for name in found if is_owners(name)}


@pytest.fixture(scope="module")
def told() -> dict[str, Program]:
    """Every program that there is: all are observed, and one arrow leads to another host."""
    here = programs(settings(metrics_port=9464, traces_url="https://collector.example/v1/traces"))
    there = dict.fromkeys(ARROWS, "https://core.example:8500")
    away = programs(settings(only="gateway", **there))
    return {one.name: one for one in (*away, *here)}


@pytest.mark.parametrize("process", ROOMS)
def test_a_process_is_told_every_setting_that_its_code_reads(told, process):
    """What is set and not heard protects nobody."""
    program = told[process]
    known = {**dict.fromkeys(read_by_code(process), "x")}
    heard = only(program.settings, known).keys() | program.environ.keys()
    owners = {f"GATEHOUSE_{process.upper()}_DATABASE_OWNER"} if process in api_names() else set()
    assert known.keys() - heard == owners  # Of the APIs, the set-up alone is told of them.
    assert owners <= set(read_by_setup_of(process))


@pytest.mark.parametrize("process", ROOMS)
def test_attack_a_setting_that_a_process_has_no_use_for(told, process):
    """ASVS 13.2.4: whoever takes it over reads in its environment of what it works with alone."""
    program = told[process]
    assert program.settings
    assert set(program.settings) - read_by_code(process) == set()


@pytest.mark.parametrize("process", ROOMS)
def test_no_setting_of_a_process_is_taken_for_a_secret(told, process):
    """Networks of one's own are no private keys: what is set has to be heard."""
    networks = dict.fromkeys(read_by_code(process), "10.20.0.0/16, fd00::/8")
    measures = dict.fromkeys(networks, "7")
    for name in networks.keys() - {"GATEHOUSE_API_"}:
        value = (networks if name.endswith("_NETWORKS") else measures)[name]
        assert settings_of_processes({name: value}).get(name) == value


@pytest.mark.parametrize(
    ("name", "readers"),
    [
        ("OUT_WEBHOOK_URL", {"security"}),
        ("TWILIO_ACCOUNT_SID", {"security"}),
        ("SMTP_USERNAME", {"security"}),
        ("SMTP_HOST", {"security"}),
        ("API_HR_URL", {"security", "hr"}),
        ("API_HR_CLIENT_KEY_FILE", {"security"}),
        ("SECURITY_DATABASE_URL", {"security"}),
        ("RING_URL", {"security"}),
        ("TRACKER_URL", {"rasa"}),
        ("BANKING_DATABASE_URL", {"banking"}),
        ("BANKING_DATABASE_OWNER_PASS_FILE", set()),
        ("TRACES_URL", {"telemetry"}),
        ("LISTEN_ADDRESS", {"gateway"}),
        ("TLS_KEY_FILE", set()),
        ("GATEWAY_TO_SECURITY_URL", set()),
        ("NOBODYS_URL", set()),
    ],
)
def test_attack_what_stands_in_the_environment_of_another(told, monkeypatch, name, readers):
    """ASVS 13.2.4: a webhook's path is its secret; Rasa and the actions have no use for any."""
    here = settings()
    monkeypatch.setenv(f"GATEHOUSE_{name}", "planted")
    found = {
        one.name
        for one in told.values()
        if "planted" in {**scrubbed_environ(here, one.settings), **one.environ}.values()
    }
    assert found == readers


async def test_attack_a_process_looks_into_its_own_environment(tmp_path):
    """ASVS 13.2.4: the process itself was not handed it, whatever the launcher knows."""
    one = fake(tmp_path, "one", "good", settings=("GATEHOUSE_MODE", "GATEHOUSE_API_"))
    names = ("MODE", "API_HR_URL", "APIS", "MODEL", "OUT_WEBHOOK_URL", "NOBODYS_URL")
    known = {"PATH": "/bin", **{f"GATEHOUSE_{name}": "x" for name in names}}
    with Lifeline() as lifeline:
        child = await launch(one, {}, known, tmp_path / "one.log", lifeline)
        try:
            assert await child.ready()
            found = psutil.Process(child.pid).environ()
        finally:
            await child.stop(asyncio.Event())
    assert {name for name in found if found[name] == "x"} == {
        "GATEHOUSE_MODE",
        "GATEHOUSE_API_HR_URL",
    }


@pytest.mark.parametrize(
    ("name", "url"),
    [
        ("TRACES_URL", "https://user:planted@collector.example/v1/traces"),
        ("TRACES_URL", "https://planted@collector.example/v1/traces"),
        ("TRACES_URL", "https://collector.example/v1/traces?key=planted"),
        ("OUT_WEBHOOK_URL", "HTTPS://user:planted@hooks.example/trail"),
        ("SECURITY_DATABASE_URL", "postgresql://gatehouse:planted@db.example/gatehouse"),
        ("NOBODYS_URL", "https://:planted@hooks.example"),
    ],
)
def test_attack_a_password_in_an_address(monkeypatch, name, url):
    """ASVS 13.3.1: an environment can be read by others; nothing starts, and nothing repeats it."""
    monkeypatch.setenv(f"GATEHOUSE_{name}", url)
    with pytest.raises(Problem, match=f"GATEHOUSE_{name}") as refused:
        load_settings()
    assert "planted" not in str(refused.value)


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://gatehouse@db.example:5432/gatehouse",
        "postgresql://gatehouse_tracker@/tracker?host=/run/postgresql",
        "https://hooks.example:8443/a@b:c@d",
    ],
)
def test_an_address_without_a_password_may_be_told(monkeypatch, url):
    monkeypatch.setenv("GATEHOUSE_NOBODYS_URL", url)
    assert load_settings().port
