"""Wires what sends the trail elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

from security.adapters.outgoing import Outgoing
from security.adapters.outlet_store import SqlOutletStore
from security.adapters.outlets.jsonl import JsonlFiles
from security.adapters.outlets.syslog import Syslog, client_tls
from security.adapters.outlets.webhook import Webhook
from security.core import Core
from security.outlets.ports import Outlet
from security.outlets.settings import SECRET, OutletSettings, load_outlets
from security.outlets.webhook import read_secret
from security.services.forwarding import Forwarder

_WEBHOOK_SECONDS = 10.0
_MEGABYTE = 1 << 20


def build_forwarders(core: Core, secrets: Mapping[str, str]) -> list[Forwarder]:
    """Return a worker for each outlet that is set; nothing is asked of the network.

    Raises `ValueError` or `OSError` where one is set by half.
    """
    store = SqlOutletStore(core.database, core.clock)
    outlets = build_outlets(core, load_outlets(core.settings.mode), secrets)
    return [Forwarder(outlet, store) for outlet in outlets]


def build_outlets(core: Core, told: OutletSettings, secrets: Mapping[str, str]) -> list[Outlet]:
    """Return the outlets that are set. Raises as `build_forwarders` does."""
    found: list[Outlet] = []
    if told.files:
        folder = core.settings.home / "audit" / "out"
        found.append(JsonlFiles(folder, told.files_megabytes * _MEGABYTE, told.files_kept))
    if told.syslog_url is not None:
        called = urlsplit(core.settings.public_url).hostname or "-"
        certificate = (told.syslog_client_cert_file, told.syslog_client_key_file)
        tls = client_tls(told.syslog_ca_file, *certificate)
        found.append(Syslog(*told.syslog_address, called, tls, told.reach))
    if told.webhook_url is not None:
        if SECRET not in secrets:
            raise ValueError("GATEHOUSE_OUT_WEBHOOK_URL needs GATEHOUSE_OUT_WEBHOOK_SECRET")
        given = (told.webhook_hosts, told.reach, told.webhook_ca_file)
        outgoing = Outgoing(*given, seconds=_WEBHOOK_SECONDS)
        key = read_secret(secrets[SECRET])
        found.append(Webhook(outgoing, told.webhook_url, key, core.clock))
    return found
