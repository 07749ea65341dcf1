"""Two hosts on one machine: network namespaces with a cable between, and who listens on it."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TypeVar

T = TypeVar("T")

_APT = "apt-get install --yes --no-install-recommends iproute2"
_EVERY_PROTOCOL = 0x0003
_NETWORK_NAMESPACE = 0x40000000


def missing() -> str | None:
    """Say what keeps this machine from having namespaces; None where it can."""
    if sys.platform != "linux":
        return "only Linux has network namespaces"
    if os.geteuid() != 0:
        return "only root can make network namespaces by name"
    if shutil.which("ip") is None:
        return "needs ip (iproute2): see `make test`"
    name = f"gh-try-{os.getpid()}"
    tried = subprocess.run(["ip", "netns", "add", name], capture_output=True, check=False)
    subprocess.run(["ip", "netns", "delete", name], capture_output=True, check=False)
    return None if tried.returncode == 0 else "this machine allows no network namespaces"


@dataclass
class Host:
    """One namespace, with an address on the cable."""

    name: str
    address: str
    cable: str

    @property
    def prefix(self) -> tuple[str, ...]:
        """What stands before a command that is to run there."""
        return ("ip", "netns", "exec", self.name)

    @contextlib.contextmanager
    def thread(self) -> Iterator[ThreadPoolExecutor]:
        """Give a thread that lives there: what it opens, it opens there."""
        with ThreadPoolExecutor(1, initializer=self._enter) as pool:
            yield pool

    def _enter(self) -> None:
        with open(f"/run/netns/{self.name}") as entered:
            os.setns(entered.fileno(), _NETWORK_NAMESPACE)


@dataclass
class Tap:
    """Everything that has passed on the cable."""

    seen: bytearray = field(default_factory=bytearray)
    packets: int = 0


@contextlib.contextmanager
def two_hosts() -> Iterator[tuple[Host, Host]]:
    """Make two hosts, and take them away."""
    unique = f"{os.getpid() % 10_000}"
    one = Host(f"gh-a-{unique}", "10.213.77.1", f"gha{unique}")
    other = Host(f"gh-b-{unique}", "10.213.77.2", f"ghb{unique}")
    try:
        for host in (one, other):
            _ip("netns", "add", host.name)
            _ip("-n", host.name, "link", "set", "lo", "up")
        far = ("peer", "name", other.cable, "netns", other.name)
        _ip("-n", one.name, "link", "add", one.cable, "type", "veth", *far)
        for host in (one, other):
            _ip("-n", host.name, "address", "add", f"{host.address}/24", "dev", host.cable)
            _ip("-n", host.name, "link", "set", host.cable, "up")
        yield one, other
    finally:
        for host in (one, other):
            subprocess.run(["ip", "netns", "delete", host.name], capture_output=True, check=False)


@contextlib.contextmanager
def tapped(host: Host) -> Iterator[Tap]:
    """Listen to the cable at one of its ends."""
    tap, stop = Tap(), threading.Event()

    def open_it() -> socket.socket:
        raw = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(_EVERY_PROTOCOL))
        raw.bind((host.cable, 0))
        raw.settimeout(0.1)
        return raw

    def listen(raw: socket.socket) -> None:
        while not stop.is_set():
            with contextlib.suppress(TimeoutError):
                tap.seen += raw.recv(1 << 16)
                tap.packets += 1

    with host.thread() as pool, in_thread(pool, open_it) as raw:
        listening = threading.Thread(target=listen, args=(raw,))
        listening.start()
        try:
            yield tap
        finally:
            stop.set()
            listening.join()


def in_thread[T](pool: ThreadPoolExecutor, work: Callable[[], T]) -> T:
    """Do something in that thread, and return its result."""
    return pool.submit(work).result()


def _ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True, capture_output=True)


def install() -> None:
    """Install what is needed where that is one command away; else say which command it is."""
    if sys.platform != "linux" or shutil.which("ip") is not None:
        return
    if shutil.which("apt-get") is None:
        print("some tests need ip (iproute2): install it with your package manager")
    elif os.geteuid() != 0:
        print(f"some tests need ip: sudo {_APT}")
    else:
        print("  iproute2: installing …", flush=True)
        subprocess.run(["apt-get", "update", "--quiet"], check=False, stdout=subprocess.DEVNULL)
        subprocess.run(_APT.split(), check=False, stdout=subprocess.DEVNULL)


if __name__ == "__main__":
    if sys.argv[1:] != ["--install"]:
        sys.exit("python -m tests.support.namespaces --install")
    install()
