"""`gatehouse trust`: how a browser learns to trust the development certificate."""

from __future__ import annotations

import os
import platform
import shlex
import shutil
import subprocess
from pathlib import Path

from cli.certificates import CA
from cli.problems import Problem

_DEBIAN = Path("/usr/local/share/ca-certificates")


def authority(home: Path) -> Path:
    """Return the path of the development CA; raises `Problem` where there is none yet."""
    path = home / "tls" / CA
    if not path.exists():
        raise Problem("there is no development certificate yet", "start once with `make run`")
    return path


def instructions(path: Path, system: str | None = None) -> list[str]:
    """Return what to do on this system, a line each."""
    quoted = shlex.quote(str(path))
    lines = [
        f"The development certificate authority is {path}",
        "Its private key was thrown away when it had signed the certificate of this machine's",
        "own names (localhost), so trusting it trusts nothing else.",
        "",
    ]
    if (system or platform.system()) == "Darwin":
        keychain = '"$HOME/Library/Keychains/login.keychain-db"'
        return [
            *lines,
            "Safari and Chrome on macOS:",
            f"  security add-trusted-cert -r trustRoot -k {keychain} {quoted}",
            *_firefox(path),
        ]
    nss = 'certutil -d sql:"$HOME/.pki/nssdb" -A -t C,, -n Gatehouse -i'
    return [
        *lines,
        "Chrome and Chromium on Linux (certutil is in the package libnss3-tools):",
        f"  {nss} {quoted}",
        *_firefox(path),
        "Programs of this system (Debian, Ubuntu), as root:",
        "  gatehouse trust --install",
    ]


def _firefox(path: Path) -> list[str]:
    return [
        "Firefox: Settings, Privacy & Security, View Certificates, Authorities, Import:",
        f"  {path}",
    ]


def install(path: Path) -> Path:
    """Add the CA to the trusted ones of Debian or Ubuntu; return where it now is."""
    update = shutil.which("update-ca-certificates")
    if update is None or not _DEBIAN.is_dir():
        raise Problem("this is not Debian or Ubuntu", "follow the lines of `gatehouse trust`")
    if os.geteuid() != 0:
        raise Problem("only root may do this", "run it with sudo")
    target = _DEBIAN / "gatehouse-development.crt"
    shutil.copyfile(path, target)
    target.chmod(0o644)
    subprocess.run([update], check=True, stdout=subprocess.DEVNULL)  # noqa: S603
    return target
