"""`python -m gateway.serve`: the gateway process, put together here and nowhere else."""

from __future__ import annotations

import resource
import sys

import structlog
import uvloop
from pydantic import ValidationError

from gateway.app import all_calls, build_app
from gateway.calls import Parts
from gateway.demo_site import DemoSite
from gateway.headers import HSTS_DEMO, HSTS_PUBLIC
from gateway.origins import known_hosts
from gateway.pages import NoPages, read_frame, read_pages
from gateway.protocol import GatewayListener
from gateway.rasa import RasaClient
from gateway.rates import RateLimits
from gateway.settings import GatewaySettings
from gateway.streams import StreamLimits, Streams
from gateway.turns import Turns
from runtime.descriptors import MissingDescriptor, read_secrets
from runtime.listeners import serve
from runtime.logs import UnknownLevel, configure_logs
from runtime.observing import observing
from runtime.sockets import RASA, SECURITY_GATEWAY
from security.client import GatewayClient
from security.sso_model import demo_secret


async def run(settings: GatewaySettings, secrets: dict[str, str]) -> None:
    """Serve until SIGTERM; raises `OSError` for a port or certificate that cannot be used."""
    hosts = known_hosts(settings.mode, settings.port, settings.public_url)
    demo = settings.mode == "demo"
    pages = read_pages(settings.web_dir, demo=demo)
    rasa_client = RasaClient(
        settings.run_dir / RASA, secrets["gateway-to-rasa"], settings.rasa_timeout_seconds
    )
    security_client = GatewayClient(
        settings.run_dir / SECURITY_GATEWAY, secrets["gateway-to-security"]
    )
    seeing = observing("gateway", secrets)
    async with security_client as security, rasa_client as rasa, seeing as seen:
        turns = Turns(security, rasa)
        hsts = HSTS_DEMO if demo else HSTS_PUBLIC
        limits = RateLimits(settings.rates)
        streams = Streams(security, StreamLimits(address=settings.limit_streams_per_address))
        parts, frame = Parts(security, rasa, turns, streams), read_frame(settings.web_dir)
        provider = None
        if demo:
            # Authlib's other half is eleven megabytes: no process has it but the demo's.
            from gateway.demo_provider import DemoProvider  # noqa: PLC0415

            secret = demo_secret(secrets["gateway-to-security"])
            provider = DemoProvider(security, settings.chat_url, settings.port, secret)
        app = build_app(
            parts, hosts, limits, pages, hsts, demo=demo, frame=frame, provider=provider
        )
        if demo:
            app = DemoSite(app, settings.demo_dir, settings.port, settings.chat_url, limits)
        # Whoever asks from outside begins a trace of their own, whatever they say of one.
        app = seen.around(app, counted_calls(demo=demo), trusted=False)
        listener = GatewayListener(
            app, settings.address, settings.port, settings.certificate_file, settings.key_file
        )
        try:
            await serve([listener], streams.stop)
        finally:
            await turns.stop()


def counted_calls(*, demo: bool) -> frozenset[str]:
    """Return what answers are counted under: calls with their methods, `GET /api/audit`."""
    return frozenset(f"{call.method} {call.path}" for call in all_calls(demo=demo))


def _raise_file_limit() -> None:
    """Allow as many connections as the system does: a stranger may open a thousand silent ones."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def main() -> int:
    """Run the process; a fault of its surroundings is one clear line and exit code 1."""
    _raise_file_limit()
    log = structlog.get_logger("gateway")
    try:
        configure_logs("gateway")
        settings = GatewaySettings()
        uvloop.run(run(settings, read_secrets()))
    except ValidationError as error:
        wrong = [
            f"GATEHOUSE_{detail['loc'][0]!s}".upper() for detail in error.errors() if detail["loc"]
        ]
        log.error("settings_not_valid", settings=wrong or "GATEHOUSE_PUBLIC_URL")
    except KeyError as error:
        log.error("credential_missing", name=error.args[0])
    except (MissingDescriptor, NoPages, UnknownLevel) as error:
        log.error("cannot_start", said=str(error))
    except OSError as error:
        log.error("cannot_start", said=f"cannot listen: {error.strerror or type(error).__name__}")
    else:
        return 0
    return 1


if __name__ == "__main__":
    sys.exit(main())
