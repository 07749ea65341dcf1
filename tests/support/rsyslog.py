"""Finds, and on Debian installs, rsyslog; runs one that keeps what it understands of each message.

A receiver that is not ours: what it parses is what the standards say was sent.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import trustme

_APT = "apt-get install --yes --no-install-recommends rsyslog rsyslog-openssl"

_CONFIG = """
global(workDirectory="{folder}" maxMessageSize="64k"
  defaultNetstreamDriver="ossl"
  defaultNetstreamDriverCAFile="{folder}/ca.pem"
  defaultNetstreamDriverCertFile="{folder}/cert.pem"
  defaultNetstreamDriverKeyFile="{folder}/key.pem")
module(load="imtcp" streamDriver.name="ossl" streamDriver.mode="1"
  streamDriver.authMode="{auth}")
template(name="seen" type="list" option.jsonf="on") {{
  property(outname="facility" name="syslogfacility" format="jsonf")
  property(outname="severity" name="syslogseverity" format="jsonf")
  property(outname="at" name="timereported" dateFormat="rfc3339" format="jsonf")
  property(outname="host" name="hostname" format="jsonf")
  property(outname="app" name="app-name" format="jsonf")
  property(outname="process" name="procid" format="jsonf")
  property(outname="kind" name="msgid" format="jsonf")
  property(outname="version" name="protocol-version" format="jsonf")
  property(outname="data" name="structured-data" format="jsonf")
  property(outname="text" name="msg" format="jsonf")
}}
ruleset(name="kept") {{ action(type="omfile" file="{folder}/seen.jsonl" template="seen"
  asyncWriting="off" flushOnTXEnd="on") }}
input(type="imtcp" port="{port}" address="127.0.0.1" ruleset="kept")
"""


def find_rsyslog() -> str | None:
    """Return the path of rsyslogd where it knows TLS, or None."""
    found = shutil.which("rsyslogd", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")
    return found if found and any(Path("/usr/lib").glob("*/rsyslog/lmnsd_ossl.so")) else None


def install() -> None:
    """Install it where that is one command away; else say which command it is."""
    if find_rsyslog() is not None:
        return
    if shutil.which("apt-get") is None:
        print("some tests need rsyslog with OpenSSL: install it with your package manager")
    elif os.geteuid() != 0:
        print(f"some tests need rsyslog: sudo {_APT}")
    else:
        print("  rsyslog: installing …", flush=True)
        environ = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        subprocess.run(["apt-get", "update", "--quiet"], check=False, stdout=subprocess.DEVNULL)
        subprocess.run(_APT.split(), env=environ, check=False, stdout=subprocess.DEVNULL)


class Receiver:
    """A running receiver."""

    def __init__(self, folder: Path, port: int) -> None:
        self._file = folder / "seen.jsonl"
        self.port = port

    def seen(self, count: int, seconds: float = 10.0) -> list[dict[str, Any]]:
        """Return the messages so far, once there are so many or the time is over."""
        end = time.monotonic() + seconds
        while True:
            content = self._file.read_text("utf-8") if self._file.exists() else ""
            lines = content.splitlines()
            if len(lines) >= count or time.monotonic() > end:
                return [json.loads(line) for line in lines]
            time.sleep(0.05)


@contextmanager
def receiving(
    folder: Path, authority: trustme.CA, port: int | None = None, *, asks: bool = False
) -> Iterator[Receiver]:
    """Run one on loopback; `asks`: it wants a certificate of the same authority from us."""
    program = find_rsyslog()
    if program is None:
        raise RuntimeError("no rsyslog")
    folder.mkdir(exist_ok=True)
    at = port or _free_port()
    certificate = authority.issue_cert("localhost")
    authority.cert_pem.write_to_path(folder / "ca.pem")
    certificate.private_key_pem.write_to_path(folder / "key.pem")
    (folder / "cert.pem").write_bytes(b"".join(one.bytes() for one in certificate.cert_chain_pems))
    told = _CONFIG.format(folder=folder, port=at, auth="x509/certvalid" if asks else "anon")
    (folder / "rsyslog.conf").write_text(told, "utf-8")
    given = ["-n", "-f", f"{folder}/rsyslog.conf", "-i", f"{folder}/pid"]
    with (folder / "log").open("ab") as log:
        process = subprocess.Popen([program, *given], stdout=log, stderr=log)
    try:
        _wait_for(at, process, folder)
        yield Receiver(folder, at)
    finally:
        process.terminate()
        process.wait(10)


def _wait_for(port: int, process: subprocess.Popen[bytes], folder: Path) -> None:
    end = time.monotonic() + 15
    while time.monotonic() < end and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise RuntimeError(f"rsyslog does not listen: {(folder / 'log').read_text('utf-8')[-500:]}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


if __name__ == "__main__":
    if sys.argv[1:] != ["--install"]:
        sys.exit("python -m tests.support.rsyslog --install")
    install()
