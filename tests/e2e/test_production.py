"""Production: its own certificate, no demo, every wall; from the shell to the first answer."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import httpcore
import httpx
import pyotp
import pytest
import trustme
import yaml

from cli.settings import ROOT
from cli.walls import missing_walls
from tests.e2e.installation import Installation
from tests.e2e.visitor import Visitor

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.skipif(bool(missing_walls()), reason="this machine does not have every wall"),
]
NAME, TENANT = "chat.example.com", "soliton-bank"


class ToThisMachine(httpcore.NetworkBackend):
    """Connects to this machine whatever the name is; the name is what TLS and Host say."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._inner = httpcore.SyncBackend()

    def connect_tcp(self, host: str, port: int, **more: object) -> httpcore.NetworkStream:
        return self._inner.connect_tcp("127.0.0.1", self._port)


def browser(installed: Installation, authority: Path) -> Visitor:
    """Return a browser that finds the public address."""
    visitor = Visitor(f"https://{NAME}", authority)
    pool = visitor.http._transport._pool  # type: ignore[attr-defined]
    pool._network_backend = ToThisMachine(installed.port)
    return visitor


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with an authority, and a certificate of its for the public name."""
    folder = tmp_path_factory.mktemp("authority")
    made = trustme.CA()
    issued = made.issue_cert(NAME)
    made.cert_pem.write_to_path(folder / "ca.pem")
    (folder / "chain.pem").write_bytes(b"".join(blob.bytes() for blob in issued.cert_chain_pems))
    issued.private_key_pem.write_to_path(folder / "own.key")
    (folder / "own.key").chmod(0o600)
    return folder


@pytest.fixture(scope="module")
def installed(new_installation: Callable[..., Installation], authority: Path) -> Installation:
    """A running production, with one organisation."""
    installation = new_installation(
        GATEHOUSE_MODE="production",
        GATEHOUSE_PUBLIC_URL=f"https://{NAME}",
        GATEHOUSE_TLS_CERTIFICATE_FILE=str(authority / "chain.pem"),
        GATEHOUSE_TLS_KEY_FILE=str(authority / "own.key"),
        GATEHOUSE_LISTEN_ADDRESS="127.0.0.1",
    )
    installation.start()
    named = ("--name", "Soliton Bank", "--api", "banking")
    made = shell(installation, "tenants", "add", TENANT, *named)
    assert made.returncode == 0, made.stderr
    return installation


@pytest.fixture
def visitor(installed: Installation, authority: Path) -> Iterator[Visitor]:
    with browser(installed, authority / "ca.pem") as opened:
        yield opened


def shell(
    installed: Installation, *words: str, given: str = "\n"
) -> subprocess.CompletedProcess[str]:
    """Run the command line beside what runs."""
    environ = {**os.environ, "GATEHOUSE_HOME": str(installed.home), "GATEHOUSE_MODE": "production"}
    command = [str(Path(sys.executable).parent / "gatehouse"), *words]
    return subprocess.run(
        command, env=environ, input=given, capture_output=True, text=True, check=False
    )


def test_from_the_shell_to_the_first_answer(installed: Installation, visitor: Visitor) -> None:
    """An organisation and a person by the shell; they enrol, prove it, and are answered."""
    said = shell(
        installed, "users", "add", TENANT, "zoe", "--name", "Zoe Faber", "--role", "customer"
    )
    password = re.search(r"shown this once: (\S+)", said.stdout)
    assert password is not None, said.stdout + said.stderr
    assert visitor.arrive().status_code == 201
    given = {"tenant": TENANT, "username": "zoe", "password": password[1]}
    assert visitor.post("/api/session/password", **given).json()["enrol"] is True
    change = visitor.post("/api/authenticators/totp").json()
    code = pyotp.TOTP(change["totp"]["secret"]).now()
    confirm = f"/api/authenticators/changes/{change['ref']}/confirm"
    assert visitor.post(confirm, code=code).json()["state"] == "done"
    assert visitor.say("hello")[0]["text"]
    [answer, *_] = visitor.say("what is my balance?")
    assert answer.get("challenge") or answer.get("refused")


def test_nothing_of_the_demo_is_there(visitor: Visitor) -> None:
    """The contract: no outbox, no people, no pages, and no organisation that is not public."""
    for path in ("/demo", "/demo/outbox", "/demo/people", "/demo/phone", "/demo/chat"):
        assert visitor.http.get(path).status_code == 404, path
    assert visitor.http.get("/api/tenants").json() == []
    alice = {"tenant": "northwind-bank", "username": "alice"}
    visitor.arrive()
    [known] = [
        one
        for one in yaml.safe_load((ROOT / "demo" / "personas.yml").read_text())["people"]
        if one["username"] == "alice"
    ]
    refused = visitor.post("/api/session/password", **alice, password=known["password"])
    assert refused.json()["code"] == "invalid_credentials"


def test_attack_a_password_of_the_demo_is_taken_for_nobody(installed: Installation) -> None:
    """The contract: production never accepts a demo secret."""
    people = yaml.safe_load((ROOT / "demo" / "personas.yml").read_text())["people"]
    asked = ("users", "add", TENANT, "yan", "--name", "Yan Li", "--role", "customer")
    refused = shell(installed, *asked, "--password-stdin", given=f"{people[0]['password']}\n")
    assert refused.returncode != 0
    assert "Everybody can read this one" in refused.stdout + refused.stderr


def test_another_name_and_the_machines_own_are_refused(
    installed: Installation, authority: Path
) -> None:
    """ASVS 4.1.4: it answers to its public name alone, with its own certificate."""
    with browser(installed, authority / "ca.pem") as visitor:
        odd = visitor.http.get("/healthz", headers={"Host": "localhost"})
        assert odd.status_code in (400, 421)
    with pytest.raises(httpx.ConnectError), Visitor(installed.url, authority / "ca.pem") as local:
        local.http.get("/healthz")
