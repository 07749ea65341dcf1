"""The providers' part of the composition root: those registered here, and the demo's own."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from security.adapters.outgoing import Outgoing
from security.adapters.provider_client import ProviderClient, Providers
from security.adapters.provider_files import Registered, load_providers
from security.clock import Clock, utc_now
from security.core import Core
from security.faces.sso import SsoServices
from security.reach import Reach, allowed_hosts
from security.services.sso import SingleSignOn
from security.services.sso_logout import BackChannelLogout
from security.settings import SecuritySettings
from security.sso.provider import provider_of

DEMO_CREDENTIAL = "security-to-provider"
DEMO_FILE = "globex-demo"
_SECONDS = 5.0


def build_providers(
    settings: SecuritySettings, secrets: Mapping[str, str], clock: Clock = utc_now
) -> Providers:
    """Return the providers of `<home>/providers`, and in demo mode the demo's.

    Raises `ValueError` of one line, or `OSError`.
    """
    registered = load_providers(settings.home / "providers")
    clients = {each.provider.id: _client(each, clock) for each in registered}
    demo = demo_provider(settings, secrets)
    if demo is not None:
        there = {(one.provider.tenant, one.provider.issuer) for one in registered}
        if demo.provider.id in clients or (demo.provider.tenant, demo.provider.issuer) in there:
            raise ValueError(f"{demo.provider.id}.yml stands in the way of the demo's provider")
        tls = settings.home / "tls" / "ca.pem"
        clients[demo.provider.id] = _client(demo, clock, Reach(loopback=True), tls)
    return Providers(clients)


def demo_provider(settings: SecuritySettings, secrets: Mapping[str, str]) -> Registered | None:
    """Return the demo's provider where it is served; settings refuse it in production."""
    url, secret = settings.demo_provider_url, secrets.get(DEMO_CREDENTIAL)
    if url is None or secret is None:
        return None
    text = (settings.project_dir / "demo" / "provider" / f"{DEMO_FILE}.yml").read_text("utf-8")
    return Registered(provider_of(text.replace("{issuer}", url), DEMO_FILE), secret)


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
