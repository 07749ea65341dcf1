"""Where the APIs are: the demo's own on a Unix socket each, or a real one by `https` address.

Pure rules over settings. A rule that does not hold is a `ValueError` of one line that names the
variable. Nothing here asks the network.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from runtime.sockets import api_socket
from security.operations.operation import OWN_API
from security.reach import Network, Reach, ip_of, meant_by

PREFIX = "GATEHOUSE_API_"
PRIVATE_NETWORKS = f"{PREFIX}PRIVATE_NETWORKS"
DEVELOPMENT_LOOPBACK = f"{PREFIX}DEVELOPMENT_LOOPBACK"
_NAMED = re.compile(rf"{PREFIX}([A-Z]+)_(URL|CA_FILE|CLIENT_CERT_FILE|CLIENT_KEY_FILE)")
_PATH = re.compile(r"(?:/[A-Za-z0-9._~-]+)*")
_HOST = re.compile(r"[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?")
_TRUE, _FALSE = ("1", "true", "yes"), ("", "0", "false", "no")


@dataclass(frozen=True)
class ApiAddress:
    """One API: `base` is what stands before each path; `socket` is set where it is our own."""

    api: str
    base: str
    socket: Path | None = None
    reach: Reach = field(default_factory=Reach)
    ca_file: Path | None = None
    client_cert_file: Path | None = None
    client_key_file: Path | None = None


def api_addresses(
    apis: Iterable[str], run_dir: Path, mode: str, environ: Mapping[str, str]
) -> dict[str, ApiAddress]:
    """Return the address of each API that a manifest declares. Raises `ValueError`."""
    names = set(apis) - {OWN_API}
    given: dict[str, dict[str, str]] = {}
    for variable, value in environ.items():
        found = _NAMED.fullmatch(variable)
        if found is None or not value:
            continue
        api = found[1].lower()
        if api not in names:
            raise ValueError(f"{variable} names no API: there are {', '.join(sorted(names))}")
        given.setdefault(api, {})[found[2]] = value
    reach = Reach(_networks(environ), _loopback(environ, mode))
    return {api: _address(api, given.get(api, {}), reach, run_dir) for api in sorted(names)}


def own_address(api: str, socket: Path) -> ApiAddress:
    """Return the address of an API of this installation; `socket` is its Unix socket."""
    return ApiAddress(api, f"http://{api}", socket)


def _address(api: str, given: Mapping[str, str], reach: Reach, run_dir: Path) -> ApiAddress:
    url = f"{PREFIX}{api.upper()}_URL"
    if "URL" not in given:
        if given:
            raise ValueError(f"{url} is missing: its other settings need it")
        return own_address(api, run_dir / api_socket(api))
    base = _base(url, given["URL"], reach)
    files = {name: Path(value) for name, value in given.items() if name != "URL"}
    for name, file in files.items():
        if not file.is_file():
            raise ValueError(f"{PREFIX}{api.upper()}_{name} is no file")
    if ("CLIENT_CERT_FILE" in files) != ("CLIENT_KEY_FILE" in files):
        raise ValueError(f"{PREFIX}{api.upper()}_CLIENT_CERT_FILE and …_KEY_FILE need each other")
    key = files.get("CLIENT_KEY_FILE")
    if key is not None and key.stat().st_mode & 0o077:
        raise ValueError(
            f"{PREFIX}{api.upper()}_CLIENT_KEY_FILE may be readable for its owner only"
        )
    return ApiAddress(
        api=api,
        base=base,
        reach=reach,
        ca_file=files.get("CA_FILE"),
        client_cert_file=files.get("CLIENT_CERT_FILE"),
        client_key_file=key,
    )


def _base(variable: str, url: str, reach: Reach) -> str:
    """Return a base URL in the one form that it has; whatever else it might mean is refused."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise ValueError(f"{variable} is not right: no URL") from None
    ip = ip_of(host)
    local = host == "localhost" or (ip is not None and meant_by(ip).is_loopback)
    if local and not reach.loopback:
        raise ValueError(f"{variable} may lead to this machine only with {DEVELOPMENT_LOOPBACK}")
    if parts.scheme != "https" and not (local and parts.scheme == "http"):
        raise ValueError(f"{variable} is not right: https://host[:port][/path]")
    if ip is not None and not reach.permits(ip):
        raise ValueError(f"{variable} leads to an address that is not public")
    shown = f"[{host}]" if ip is not None and ip.version == 6 else host
    base = f"{parts.scheme}://{shown}{f':{port}' if port is not None else ''}"
    path = parts.path.rstrip("/")
    is_plain = ip is not None or _HOST.fullmatch(host) is not None
    # What is not the same once put together again has a part that is not looked at above.
    same = url.rstrip("/").lower() == f"{base}{path}".lower()
    walks = any(part in (".", "..") for part in path.split("/"))
    if not (is_plain and same and _PATH.fullmatch(path)) or walks:
        raise ValueError(f"{variable} is not right: https://host[:port][/path]")
    return f"{base}{path}"


def _networks(environ: Mapping[str, str]) -> tuple[Network, ...]:
    found: list[Network] = []
    for text in filter(
        None, (part.strip() for part in environ.get(PRIVATE_NETWORKS, "").split(","))
    ):
        try:
            network = ipaddress.ip_network(text)
        except ValueError:
            raise ValueError(f"{PRIVATE_NETWORKS} is not right: 10.20.0.0/16, …") from None
        if not network.is_private or network.is_loopback or network.is_link_local:
            raise ValueError(f"{PRIVATE_NETWORKS} is for private networks only")
        found.append(network)
    return tuple(found)


def _loopback(environ: Mapping[str, str], mode: str) -> bool:
    said = environ.get(DEVELOPMENT_LOOPBACK, "").lower()
    if said not in (*_TRUE, *_FALSE):
        raise ValueError(f"{DEVELOPMENT_LOOPBACK} is not right: true or false")
    if said in _TRUE and mode != "demo":
        raise ValueError(f"{DEVELOPMENT_LOOPBACK} is for demo mode only")
    return said in _TRUE
