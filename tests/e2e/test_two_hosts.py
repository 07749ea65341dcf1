"""The gateway on one host, security on another: a turn goes through, the cable shows nothing."""

from __future__ import annotations

import datetime as dt
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from cli import authority, bundles
from cli.certificates import write
from cli.settings import ROOT
from runtime.sockets import SECURITY_GATEWAY
from tests.e2e.installation import Installation
from tests.e2e.visitor import Visitor, cards
from tests.support.namespaces import Host, Tap, in_thread, missing, tapped, two_hosts

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.timeout(600),
    pytest.mark.skipif(bool(missing()), reason=str(missing())),
]
PLANTED = "what's my balance, dear turquoise pangolin?"


@dataclass
class Hosts:
    """Both hosts with what runs there, a thread on the gateway's, and the cable's listener."""

    front: Installation
    core: Installation
    front_host: Host
    core_host: Host
    thread: ThreadPoolExecutor
    tap: Tap
    authority: Path

    def there(self, work: Callable[[], Any]) -> Any:
        return in_thread(self.thread, work)

    def install(self, process: str, installation: Installation) -> None:
        """Issue a certificate and install it, as `gatehouse certificates` does."""
        address = self.front_host.address if process == "gateway" else self.core_host.address
        now = dt.datetime.now(dt.UTC)
        file = self.authority / f"{process}.bundle"
        issued = authority.issue(self.authority, process, [address], now)
        write(file, bundles.pack(self.authority, process, issued))
        bundles.install(bundles.unpack(file), installation.home, now)


def gatehouse(*words: str, home: Path | None = None) -> str:
    environ = {k: v for k, v in os.environ.items() if not k.startswith("GATEHOUSE_")}
    if home is not None:
        environ["GATEHOUSE_HOME"] = str(home)
    command = [Path(sys.executable).parent / "gatehouse", *words]
    done = subprocess.run(
        command, cwd=ROOT, env=environ, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def hosts(
    new_installation: Callable[..., Installation], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Hosts]:
    """The system on two hosts."""
    ca = tmp_path_factory.mktemp("authority") / "ca"
    authority.make(ca, dt.datetime.now(dt.UTC))
    with two_hosts() as (front_host, core_host):
        arrows = {
            "GATEHOUSE_GATEWAY_TO_SECURITY_URL": f"https://{core_host.address}:9441",
            "GATEHOUSE_GATEWAY_TO_RASA_URL": f"https://{core_host.address}:9442",
        }
        front = new_installation(**arrows, GATEHOUSE_ONLY="gateway")
        core = new_installation(**arrows, GATEHOUSE_ONLY="security,rasa,actions")
        front.prefix, core.prefix = front_host.prefix, core_host.prefix
        with front_host.thread() as thread, tapped(core_host) as tap:
            made = Hosts(front, core, front_host, core_host, thread, tap, ca)
            made.install("security", core)
            address = ("--host", front_host.address)
            gatehouse("certificates", "issue", str(ca), "gateway", *address)
            gatehouse("certificates", "install", str(ca / "gateway.bundle"), home=front.home)
            made.install("rasa", core)
            core.launch()
            front.start()
            core.output.wait_for(r"ready actions, rasa, security")
            yield made
            front.stop()
            core.stop()


def test_a_turn_goes_through_and_the_cable_shows_nothing_of_it(hosts: Hosts, persons):
    """ASVS 12.3.3, 12.3.5: mutual TLS 1.3 between hosts, nothing in plain."""
    alice = persons["alice"]
    before = hosts.tap.packets
    with Visitor(hosts.front.url, hosts.front.authority) as visitor:

        def visit() -> tuple[list[dict[str, Any]], str, str]:
            visitor.arrive()
            said = visitor.say(PLANTED)
            code = alice.code()
            passed = visitor.answer(visitor.password(alice), code)
            assert passed.status_code == 200, passed.text
            said += passed.json()["messages"]
            return said, code, visitor.http.cookies["__Host-gatehouse"]

        said, code, cookie = hosts.there(visit)
    assert cards(said, "balances"), said
    assert hosts.tap.packets > before + 10
    seen = bytes(hosts.tap.seen)
    for secret in ("turquoise pangolin", alice.password, cookie, "Bearer ", "alice"):
        assert secret.encode() not in seen, secret
    assert code.encode() not in seen or seen.count(code.encode()) < 2
    # What it can show of is there: the handshake of TLS, with the version that was chosen.
    assert b"\x16\x03" in seen


def test_the_certificates_are_renewed_while_it_runs(hosts: Hosts):
    """New files, new connections, no restart and no failed call; the authority as well."""
    with Visitor(hosts.front.url, hosts.front.authority) as visitor:
        hosts.there(visitor.arrive)
        ca, now = hosts.authority, dt.datetime.now(dt.UTC)
        steps = (
            lambda: None,
            lambda: authority.begin(ca, now),
            lambda: authority.switch(ca),
            lambda: authority.finish(ca),
        )
        for step in steps:
            step()
            for process, where in (
                ("security", hosts.core), ("rasa", hosts.core), ("gateway", hosts.front),
            ):  # fmt: skip
                hosts.install(process, where)
                for _ in range(3):
                    assert hosts.there(lambda: visitor.say("hello"))
        assert hosts.there(lambda: visitor.http.get("/readyz").status_code) == 200


def test_rasa_and_actions_have_no_network_for_it(hosts: Hosts):
    """ASVS 13.2.4: the relay beside them has it, and no process of theirs."""
    for module in ("dialogue.serve", "actions.serve", "apis.banking.serve"):
        process = hosts.core.processes()[module]
        lines = Path(f"/proc/{process.pid}/net/dev").read_text().splitlines()[2:]
        assert [line.split(":")[0].strip() for line in lines] == ["lo"], module


def test_attack_the_ports_take_nobody_else(hosts: Hosts, tmp_path: Path):
    """ASVS 12.3.5: from the very host of the gateway, without its certificate."""
    import socket as sockets
    import ssl

    ca = tmp_path / "theirs"
    now = dt.datetime.now(dt.UTC)
    authority.make(ca, now)
    stolen = authority.issue(ca, "gateway", ["localhost"], now)
    write(tmp_path / "stolen.pem", stolen.identity.encode())
    other = authority.issue(hosts.authority, "rasa", ["localhost"], now)
    write(tmp_path / "other.pem", other.identity.encode())

    def intrude(identity: Path | None) -> bytes:
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        if identity is not None:
            context.load_cert_chain(identity)
        try:
            # The tests' own guard lets nobody connect elsewhere: this is the cable.
            with sockets.socket() as plain:
                plain.settimeout(10)
                super(sockets.socket, plain).connect((hosts.core_host.address, 9441))
                with context.wrap_socket(plain) as tls:
                    tls.sendall(b"GET /healthz HTTP/1.1\r\nHost: security\r\n\r\n")
                    return tls.recv(4096)
        except OSError:
            return b""

    for identity in (None, tmp_path / "stolen.pem", tmp_path / "other.pem"):
        assert hosts.there(lambda identity=identity: intrude(identity)) == b"", identity
    right = authority.issue(hosts.authority, "gateway", ["localhost"], now)
    write(tmp_path / "right.pem", right.identity.encode())
    assert hosts.there(lambda: intrude(tmp_path / "right.pem")).startswith(b"HTTP/1.1 200")


def test_nobody_reaches_security_s_process_but_through_its_relay(hosts: Hosts):
    """ASVS 13.2.4: the core listens on Unix sockets alone, and its relay holds no key of it."""
    processes = hosts.core.processes()
    security, relay = processes["security.serve"], None
    for child in hosts.core.all_processes():
        if "relay.serve" in child.cmdline():
            relay = relay or child
    assert relay is not None
    assert not [one for one in security.net_connections("tcp") if one.status == "LISTEN"]
    assert (hosts.core.sockets / SECURITY_GATEWAY).exists()
    assert relay.uids().real != security.uids().real
