"""The providers' part of the composition root: those registered here, and the demo's own."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from security.adapters.outgoing import Outgoing
from security.adapters.provider_client import ProviderClient, Providers
from security.adapters.provider_files import Registered, load_providers
from security.clock import Clock, utc_now
from security.core import Core
from security.faces.sso import SsoServices
from security.reach import Reach, allowed_hosts
from security.services.demo_identities import DEMO_ID
from security.services.sso import SingleSignOn
from security.services.sso_logout import BackChannelLogout
from security.settings import SecuritySettings
from security.sso.provider import provider_of
from security.sso_model import demo_secret

DEMO_AUTHORITY = "demo-authority.pem"
"""The launcher's copy of the development certificate's authority, beside the providers."""
_SECONDS = 5.0


def build_providers(
    settings: SecuritySettings, secrets: Mapping[str, str], clock: Clock = utc_now
) -> Providers:
    """Return the providers of `<home>/providers`, and in demo mode the demo's.

    Raises `ValueError` of one line, or `OSError`.
    """
    folder = settings.home / "providers"
    registered = load_providers(folder)
    clients = {each.provider.id: _client(each, clock) for each in registered}
    demo = demo_provider(settings, secrets)
    if settings.mode != "demo":
        _refuse_the_demos(registered)
    elif demo is not None and (folder / DEMO_AUTHORITY).exists():
        if demo.provider.id in clients:
            raise ValueError(f"{demo.provider.id}.yml stands in the way of the demo's provider")
        demo_tls = folder / DEMO_AUTHORITY
        clients[demo.provider.id] = _client(demo, clock, Reach(loopback=True), demo_tls)
    return Providers(clients)


def demo_provider(settings: SecuritySettings, secrets: Mapping[str, str]) -> Registered | None:
    """Return the demo's provider, which the gateway serves in demo mode alone; None elsewhere."""
    shared = secrets.get("gateway-to-security")
    if settings.mode != "demo" or shared is None:
        return None
    issuer = f"https://localhost:{settings.port}/demo/provider"
    text = (settings.project_dir / "demo" / "provider" / f"{DEMO_ID}.yml").read_text("utf-8")
    return Registered(provider_of(text.replace("{issuer}", issuer), DEMO_ID), demo_secret(shared))


def _refuse_the_demos(registered: list[Registered]) -> None:
    for each in registered:
        host = urlsplit(each.provider.issuer).hostname or ""
        if host == "localhost" or host.endswith(".localhost"):
            raise ValueError(f"{each.provider.id}.yml: a provider of the demo, or of this machine")


def build_sso(core: Core) -> SsoServices:
    """Wire the services of single sign-on."""
    return SsoServices(SingleSignOn(core), BackChannelLogout(core))


def _client(
    each: Registered, clock: Clock, reach: Reach | None = None, ca_file: Path | None = None
) -> ProviderClient:
    provider = each.provider
    allowed = allowed_hosts(f"{provider.id}.yml: hosts", provider.asked_hosts)
    outgoing = Outgoing(allowed, reach, ca_file, _SECONDS)
    return ProviderClient(provider, each.credential, outgoing, clock)
